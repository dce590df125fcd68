"""The use case of a guest: turn a token into a session; or a link, for a program."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from nb_presign.attempts import Attempts
from nb_presign.audit import AuditEvent, Emit, nowhere
from nb_presign.clock import Clock
from nb_presign.errors import (
    ConflictError,
    LinkExpiredError,
    LinkNotFoundError,
    LinkRevokedError,
    NotAllowedError,
    PresignError,
    StoreError,
    UnavailableError,
)
from nb_presign.model import Link, Session, Target, new_id
from nb_presign.offload import Offload
from nb_presign.policy import NO_POLICY, ConnectPolicy, Visit, address_allowed
from nb_presign.secret import Secret
from nb_presign.signing.token import Claims, TokenSigner
from nb_presign.store.base import Redemption, Store

#: What a program sends instead of a cookie begins so: nobody else's tokens do.
BEARER = "nbb1."
#: Seconds; as long as Athena's `AuthToken` lasts (API reference, CreatePresignedNotebookUrl).
LENT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A session, the cookie that stands for it, and where it begins."""

    session: Session
    #: 256 bits, opaque; the store has its SHA-256 hash only.
    cookie: Secret
    #: Path below the server's base URL, percent-encoded, without a leading slash; may be empty.
    location: str


def location_of(target: Target) -> str:
    """Write where a target begins, below the base URL: percent-encoded, no leading slash."""
    return quote(target.path)


def cookie_hash(cookie: str) -> bytes:
    """Hash a cookie as the store keeps it; 256 random bits need no slow hash."""
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeemer:
    """Redeems the links of one server."""

    signer: TokenSigner
    store: Store
    offload: Offload
    clock: Clock
    #: Id of this server.
    audience: str
    #: Failures, counted.
    attempts: Attempts
    emit: Emit = nowhere
    #: What else decides who may.
    policy: ConnectPolicy = NO_POLICY

    async def redeem(
        self, token: Secret, nonce: str, address: str, *, secure: bool = False
    ) -> Redeemed:
        """Redeem a token for the guest at `address`, who came over TLS or not.

        `nonce` is the landing page's: a lost answer is repeated, not paid for twice. Raises
        `LinkNotFoundError` for whatever is no authentic token for this server, one of the
        `GoneError`s for a spent one, `NotAllowedError` for an address that the link or the policy
        does not allow, `RateLimitedError` after too many failures, `StoreError`.
        """
        try:
            claims = await self._verify(token)
        except LinkNotFoundError:
            self.attempts.forged(address)
            raise
        self.attempts.admit(claims.link_id, nonce, address)
        try:
            redeemed = await self._redeem(claims, nonce, Visit(address, secure))
        except PresignError as error:
            await self._tell_refusal(claims, address, error)
            raise
        self.attempts.redeemed(claims.link_id, nonce)
        return redeemed

    async def lend(self, link: Link, visit: Visit) -> tuple[Secret, Session]:
        """Redeem a link for the program that minted it, which is given a bearer token.

        One use of the link, and a session like any other, of ten minutes at most. The token stands
        for it in `Authorization: Bearer`, for whoever holds it. Raises `ConflictError` for a link
        of another server, and besides what `redeem` raises for an authentic token.
        """
        if link.audience != self.audience:
            raise ConflictError(
                "Another server opens this link, and it alone can lend a token for it.",
                hint="Open the URL, or ask that server.",
                id=link.id,
            )
        now = self.clock.now()
        self._check(link, visit, now)
        bearer = Secret(BEARER + secrets.token_urlsafe(32))
        nonce_hash = secrets.token_bytes(32)  # nobody asks again
        session = await self._begin(
            Redemption(
                link_id=link.id,
                audience=self.audience,
                now=now,
                session_id=new_id("ses"),
                cookie_hash=cookie_hash(bearer.reveal()),
                nonce_hash=nonce_hash,
                address=visit.address,
                at_most=LENT_SECONDS,
            )
        )
        return bearer, session

    async def look_up(self, token: Secret) -> Link:
        """Find the link of a token and use nothing of it: its owner follows it as who they are.

        Raises `LinkNotFoundError`, `LinkExpiredError`, `LinkRevokedError`, `StoreError`.
        """
        link = await self._find(await self._verify(token))
        if self.clock.now() >= link.expires_at:  # the store may know better what time it is
            raise _expired()
        if link.revoked_at is not None:
            raise LinkRevokedError("This link was revoked.", hint="Mint a new one.")
        return link

    async def _verify(self, token: Secret) -> Claims:
        if self.signer.ready:
            return self.signer.verify(token)
        return await self.offload(self.signer.verify, token)

    async def _find(self, claims: Claims) -> Link:
        if claims.audience != self.audience:
            raise LinkNotFoundError("This link is not for this server.")
        if self.clock.now() >= claims.expires_at and await self._over(claims.expires_at):
            raise _expired()
        link = await self.offload(self.store.link, claims.link_id)
        if link is None:
            raise LinkNotFoundError("There is no such link.")
        return link

    async def _over(self, moment: datetime) -> bool:
        """Ask the store, too: where it goes by its database's clock, ours may be ahead."""
        try:
            return await self.offload(self.store.now) >= moment
        except StoreError:
            return True

    async def _tell_refusal(self, claims: Claims, address: str, error: PresignError) -> None:
        link_id = claims.link_id
        if isinstance(error, LinkExpiredError):
            with suppress(StoreError):  # refused it is in any case
                await self.offload(self.store.witness, claims.expires_at)
        if not isinstance(error, UnavailableError):
            self.attempts.refused(link_id, address)
        if self.attempts.is_news(link_id, address, error.code):
            self.emit(
                AuditEvent(
                    event="link.refused", link_id=link_id, address=address, reason=error.code
                )
            )

    async def _redeem(self, claims: Claims, nonce: str, visit: Visit) -> Redeemed:
        link_id, now = claims.link_id, self.clock.now()
        link = await self._find(claims)
        self._check(link, visit, now)
        # Derived, not drawn: a repeated answer must hold the same cookie, of which only a hash is
        # kept. From the key of the token: there may be a newer one when the answer is repeated.
        cookie = self.signer.derive("session-cookie", link_id, nonce, key_id=claims.key_id)
        session = await self._begin(
            Redemption(
                link_id=link_id,
                audience=self.audience,
                now=now,
                session_id=new_id("ses"),
                cookie_hash=cookie_hash(cookie.reveal()),
                nonce_hash=hashlib.sha256(nonce.encode()).digest(),
                address=visit.address,
            )
        )
        return Redeemed(session, cookie, location_of(session.target))

    async def _begin(self, redemption: Redemption) -> Session:
        """Have the store begin a session, and tell of it."""
        session = await self.offload(self.store.redeem, redemption)
        self.emit(
            AuditEvent(
                event="link.redeemed",
                link_id=redemption.link_id,
                session_id=session.id,
                scope=str(session.scope),
                actor=f"guest:{session.id}",
                address=redemption.address,
            )
        )
        return session

    def _check(self, link: Link, visit: Visit, now: datetime) -> None:
        """Refuse whom the link or the policy does not let in from there."""
        if link.bind_ip and not visit.address:
            raise NotAllowedError(
                "This link holds a session to one address, and yours cannot be told.",
                hint="The server is reached through a socket or proxy that does not say it; its "
                "owner can set c.NbPresign.trusted_proxies.",
            )
        if not address_allowed(visit.address, link.allowed_ips):
            raise NotAllowedError(
                "This link cannot be used from your address.",
                hint="Ask for one that allows it.",
                address=visit.address,
            )
        if not self.policy.decide(link, visit, now).allowed:
            raise NotAllowedError(
                "A policy of this server or of the link does not let you in.",
                hint="Its owner finds out why with 'jupyter presign policy check'.",
                address=visit.address,
            )


def _expired() -> LinkExpiredError:
    return LinkExpiredError("This link has expired.", hint="Ask for a new one.")
