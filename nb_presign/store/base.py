"""The contract of a store. Its methods block and are called off the event loop.

Every change and the audit row that tells of it are one transaction. A store keeps no secret that it
could tell: of a cookie and of a landing nonce it has SHA-256 hashes, and those of access keys are
encrypted under a key that is kept elsewhere. Whatever goes wrong below is raised as `StoreError`.

Time never goes back in a store: each change keeps its time, and what is decided is decided by the
latest time that any process has kept, also where the caller's `now` is earlier.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from nb_presign.model import AccessKey, Actor, Link, Session

#: Seconds; what nobody may grant more of.
LONGEST_SESSION = 43_200


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """An attempt to turn a link into a session."""

    link_id: str
    #: Id of the redeeming server; a link for another one is not found.
    audience: str
    now: datetime
    #: Id that a new session gets.
    session_id: str
    cookie_hash: bytes
    #: Of the landing page's nonce: the same nonce within 30 s gets the same session.
    nonce_hash: bytes
    address: str
    #: Seconds that the session lasts at most, whatever the link says.
    at_most: int = LONGEST_SESSION


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One thing that happened."""

    at: datetime
    #: `link.minted`, `link.refreshed`, `link.revoked`, `link.redeemed`, `session.ended`,
    #: `access-key.created`, `access-key.revoked` (whose `link_id` is the key's id).
    event: str
    link_id: str
    session_id: str
    actor: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokedKey:
    """What the end of an access key came to; a second time nothing but the key."""

    key: AccessKey
    #: Links that could still be opened, or whose sessions could go on somewhere; as they were.
    links: tuple[Link, ...] = ()
    #: Sessions that it has ended here.
    sessions: tuple[Session, ...] = ()


class Store(Protocol):
    """Links, sessions and the audit trail."""

    def now(self) -> datetime:
        """Tell the time: the clock's, or the latest that any process has kept."""
        ...

    def witness(self, moment: datetime) -> None:
        """Have it kept that `moment` has passed; writes only where that is not known yet.

        With the expiry of what was just refused for it, so that it is refused for ever.
        """
        ...

    def add_link(self, link: Link, actor: Actor) -> Link:
        """Keep a link's facts (never its URL); one whose id is there already stays as it is.

        But where another server of this store made it for an access key, under that key's policy:
        then it is told of as minted by the key, so that it ends with it.

        Writes `link.minted`, or `link.refreshed` where the link is not the first of its family.
        Returns the link as kept, without URL.
        Raises `LinkRevokedError` for a successor whose family was revoked meanwhile, and
        `NotAllowedError` where that is true of the access key that it was minted with.
        """
        ...

    def link(self, link_id: str) -> Link | None:
        """Look one link up."""
        ...

    def links(self, *, since: datetime, limit: int = 500) -> tuple[Link, ...]:
        """List the links that expire after `since`, newest first, those of one moment by id."""
        ...

    def revoke(self, link_id: str, *, now: datetime, actor: Actor) -> Link | None:
        """Revoke a link's whole family and end its sessions; None if there is no such link.

        Idempotent: the first revocation's time stays, and only it writes `link.revoked`.
        """
        ...

    def redeem(self, redemption: Redemption) -> Session:
        """Use a link once and insert its session, in one transaction with one conditional UPDATE.

        The nonce of a session of this link that began less than 30 s ago gets that session again,
        uses nothing and writes nothing. Raises `LinkNotFoundError` (also for another audience),
        `LinkExpiredError`, `LinkRevokedError` or `LinkUsedUpError`. A nonce whose session is over
        or older is `LinkUsedUpError`, however many uses are left.
        """
        ...

    def session_by_cookie(self, cookie_hash: bytes) -> Session | None:
        """Find the session of a cookie, whatever its state."""
        ...

    def session(self, session_id: str) -> Session | None:
        """Look one session up."""
        ...

    def sessions(
        self, *, since: datetime, audience: str = "", limit: int = 500
    ) -> tuple[Session, ...]:
        """List those that expire after `since`, ordered as `links`; of one server, or of all."""
        ...

    def end_session(self, session_id: str, *, now: datetime, actor: Actor) -> Session | None:
        """End one session; None if there is no such one. Idempotent like `revoke`."""
        ...

    def end_sessions(self, *, audience: str, now: datetime, actor: Actor) -> tuple[Session, ...]:
        """End all live sessions of one server; returns these, each with its audit row."""
        ...

    def add_access_key(self, key: AccessKey, sealed: str, actor: Actor) -> None:
        """Keep an access key, with its secret as `nb_presign.signing.sealing` encrypted it."""
        ...

    def access_key(self, key_id: str) -> tuple[AccessKey, str] | None:
        """Look one access key up, with its encrypted secret."""
        ...

    def access_keys(self) -> tuple[AccessKey, ...]:
        """List all, newest first; revoked ones stay until they are purged with their links."""
        ...

    def revoke_access_key(self, key_id: str, *, now: datetime, actor: Actor) -> RevokedKey | None:
        """Revoke an access key with all links it has minted and their sessions, in one transaction.

        Links go by their families, those of every server. Forgets the secret. Idempotent like
        `revoke`; None if there is no such key.
        """
        ...

    def reseal_access_key(self, key_id: str, sealed: str, *, was: str) -> bool:
        """Replace an encrypted secret by the same one under another key, if it still is `was`."""
        ...

    def revision(self) -> int:
        """Return a number that grows with every revocation or ended session, by any process.

        It begins anywhere, so that another store in this one's place has another.
        """
        ...

    def listen(self, heard: Callable[[], None] | None) -> None:
        """Have `heard` called soon after any process has revoked or ended something; None: no more.

        In a thread of the store's, and as well as can be, which may be never: what counts is what
        `revision` says.
        """
        ...

    def audit(self, *, limit: int = 500) -> tuple[AuditRow, ...]:
        """List what happened, newest first."""
        ...

    def purge(self, *, before: datetime, limit: int = 500) -> int:
        """Delete links and sessions that expired before, at most `limit` of each.

        So for access keys that were revoked before, and of which no link is left. Nothing live, no
        link that has a session, and no revocation that something kept needs.
        Returns how many rows went; writes nothing where there are none.
        """
        ...

    def purge_audit(self, *, before: datetime, limit: int = 500) -> int:
        """Delete the oldest rows of the audit trail, at most `limit` and only from before."""
        ...

    def close(self) -> None:
        """Keep the time, as well as can be, and let go of connections."""
        ...
