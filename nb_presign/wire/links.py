"""Links on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from nb_presign import reference
from nb_presign.errors import InputError
from nb_presign.model import (
    MAX_NOTE,
    Link,
    LinkState,
    MintRequest,
    Permission,
    Scope,
)
from nb_presign.policy import MAX_ADDRESSES, MAX_USES
from nb_presign.secret import Secret
from nb_presign.wire.fields import (
    Instant,
    NarrowingOut,
    Policy,
    PolicyAction,
    PolicyText,
    Reference,
    Seconds,
    read_narrowing,
    read_policy,
    read_target,
    write_narrowing,
    write_policy,
    write_target,
)


class MintBody(Struct, forbid_unknown_fields=True):
    """What `POST api/links` takes."""

    target: Reference
    path: Annotated[str, Meta(max_length=1024)] | None = None
    expires_in: Seconds | None = None
    session_seconds: Seconds | None = None
    scope: Scope | None = None
    max_uses: Annotated[int, Meta(ge=1, le=MAX_USES)] | None = None
    allowed_ips: Annotated[
        list[Annotated[str, Meta(max_length=60)]], Meta(max_length=MAX_ADDRESSES)
    ] = []
    note: Annotated[str, Meta(max_length=MAX_NOTE)] = ""
    interactive: bool = False
    within: Annotated[str, Meta(max_length=1024)] = ""
    bind_ip: bool = False
    #: Left out where there is none: an older server refuses whatever it does not know.
    policy: PolicyText = UNSET
    policy_action: PolicyAction | UnsetType = UNSET

    @classmethod
    def of(cls, request: MintRequest) -> MintBody:
        """Write a request down."""
        held = request.permission
        return cls(
            target=write_target(request.target),
            expires_in=request.expires_in,
            session_seconds=request.session_seconds,
            scope=request.scope,
            max_uses=request.max_uses,
            allowed_ips=list(request.allowed_ips),
            note=request.note,
            interactive=request.interactive,
            within=request.within,
            bind_ip=request.bind_ip,
            policy=Raw(held.policy.encode()) if held else UNSET,
            policy_action=held.action if held else UNSET,
        )

    def request(self) -> MintRequest:
        """Read the request; raises `InputError`."""
        return MintRequest(
            target=reference.with_path(reference.parse(self.target), self.path or ""),
            expires_in=self.expires_in,
            session_seconds=self.session_seconds,
            scope=self.scope,
            max_uses=self.max_uses,
            allowed_ips=tuple(self.allowed_ips),
            note=self.note,
            interactive=self.interactive,
            within=self.within,
            bind_ip=self.bind_ip,
            permission=self._permission(),
        )

    def _permission(self) -> Permission | None:
        action = "" if self.policy_action is UNSET else self.policy_action
        try:
            policy = "null" if self.policy is UNSET else bytes(self.policy).decode()
        except UnicodeDecodeError:
            raise InputError("The policy is not UTF-8.") from None
        if policy != "null":
            return Permission(policy, action)
        if action:
            raise InputError("policy_action says what a policy is asked about, and there is none.")
        return None


class LinkOut(Struct):
    """A link; `url` and `auth_token` stand only in the answer to minting and refreshing."""

    id: str
    target: str
    provider: str
    created_at: Instant
    expires_at: Instant
    session_seconds: int
    scope: Scope
    state: LinkState
    max_uses: int | None
    uses: int
    allowed_ips: list[str]
    note: str
    minted_by: str
    revoked_at: Instant | None
    family: str
    audience: str
    narrowing: NarrowingOut | None
    interactive: bool
    bind_ip: bool
    credentials_expire_at: Instant | None = None
    renew_by: Instant | None = None
    policy: Policy = None
    policy_action: str = ""
    #: Whether there is a policy, which lists leave out: it may have 6 KiB. Older servers do not
    #: say.
    has_policy: bool = False
    url: str | UnsetType = UNSET
    auth_token: str | UnsetType = UNSET

    @classmethod
    def of(cls, link: Link, now: datetime, *, reveal: bool = False) -> LinkOut:
        """Write a link down; with its URL only where `reveal` says so."""
        policy, action = write_policy(link.permission)
        return cls(
            id=link.id,
            target=reference.format_reference(link.target),
            provider=link.provider,
            created_at=link.created_at,
            expires_at=link.expires_at,
            session_seconds=link.session_seconds,
            scope=link.scope,
            state=link.state(now),
            max_uses=link.max_uses,
            uses=link.uses,
            allowed_ips=list(link.allowed_ips),
            note=link.note,
            minted_by=link.minted_by,
            revoked_at=link.revoked_at,
            family=link.family,
            audience=link.audience,
            narrowing=write_narrowing(link.narrowing),
            interactive=link.interactive,
            bind_ip=link.bind_ip,
            credentials_expire_at=link.credentials_expire_at,
            renew_by=link.renew_by,
            policy=policy,
            policy_action=action,
            has_policy=link.permission is not None,
            url=link.url.reveal() if reveal and link.url else UNSET,
            auth_token=link.auth_token.reveal() if reveal and link.auth_token else UNSET,
        )

    @classmethod
    def brief(cls, link: Link, now: datetime) -> LinkOut:
        """Write a link down as lists have it: without the text of its policy."""
        written = cls.of(link, now)
        written.policy = None
        return written

    def link(self) -> Link:
        """Read the link."""
        return Link(
            id=self.id,
            target=read_target(self.target),
            created_at=self.created_at,
            expires_at=self.expires_at,
            session_seconds=self.session_seconds,
            scope=self.scope,
            max_uses=self.max_uses,
            uses=self.uses,
            allowed_ips=tuple(self.allowed_ips),
            note=self.note,
            minted_by=self.minted_by,
            revoked_at=self.revoked_at,
            family=self.family,
            audience=self.audience,
            narrowing=read_narrowing(self.narrowing),
            interactive=self.interactive,
            bind_ip=self.bind_ip,
            credentials_expire_at=self.credentials_expire_at,
            renew_by=self.renew_by,
            permission=read_policy(self.policy, self.policy_action, held=self.has_policy),
            url=None if self.url is UNSET else Secret(self.url),
            auth_token=None if self.auth_token is UNSET else Secret(self.auth_token),
        )
