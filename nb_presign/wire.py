"""The JSON of REST and of `--json`: strict types, the one place where values turn into dicts.

Times are ISO-8601 in UTC, durations whole seconds. Unknown fields are refused on the way in, and
passed over in what a newer server answers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from nb_presign import reference
from nb_presign.errors import BadReferenceError, InputError, PresignError
from nb_presign.model import (
    MAX_NOTE,
    BareTarget,
    Link,
    LinkState,
    MintRequest,
    Narrowing,
    ProviderInfo,
    Scope,
    ServerInfo,
    Session,
    SessionState,
    Target,
    TargetInfo,
    TargetPage,
    TargetState,
)
from nb_presign.policy import MAX_ADDRESSES, MAX_USES
from nb_presign.secret import Secret

T = TypeVar("T")
Seconds: TypeAlias = Annotated[int, Meta(ge=1, le=10**9, description="Whole seconds.")]
#: With its offset: a time without one is nobody's.
Instant: TypeAlias = Annotated[datetime, Meta(tz=True)]
Reference: TypeAlias = Annotated[str, Meta(min_length=1, max_length=reference.MAX_LENGTH)]


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

    @classmethod
    def of(cls, request: MintRequest) -> MintBody:
        """Write a request down."""
        return cls(
            target=_write_target(request.target),
            expires_in=request.expires_in,
            session_seconds=request.session_seconds,
            scope=request.scope,
            max_uses=request.max_uses,
            allowed_ips=list(request.allowed_ips),
            note=request.note,
            interactive=request.interactive,
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
        )


class NarrowingOut(Struct):
    """The one notebook that a link or session is limited to."""

    path: str
    kernel_id: str = ""
    session_id: str = ""


class LinkOut(Struct):
    """A link; `url` stands only in the answer to minting and refreshing."""

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
    url: str | UnsetType = UNSET

    @classmethod
    def of(cls, link: Link, now: datetime, *, reveal: bool = False) -> LinkOut:
        """Write a link down; with its URL only where `reveal` says so."""
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
            narrowing=_write_narrowing(link.narrowing),
            interactive=link.interactive,
            url=link.url.reveal() if reveal and link.url else UNSET,
        )

    def link(self) -> Link:
        """Read the link."""
        return Link(
            id=self.id,
            target=_read_target(self.target),
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
            narrowing=_read_narrowing(self.narrowing),
            interactive=self.interactive,
            url=None if self.url is UNSET else Secret(self.url),
        )


class SessionOut(Struct):
    """A guest's session."""

    id: str
    link_id: str
    family: str
    target: str
    scope: Scope
    state: SessionState
    audience: str
    created_at: Instant
    expires_at: Instant
    ended_at: Instant | None
    narrowing: NarrowingOut | None
    allowed_ips: list[str]
    address: str
    note: str

    @classmethod
    def of(cls, session: Session, now: datetime) -> SessionOut:
        """Write a session down."""
        return cls(
            id=session.id,
            link_id=session.link_id,
            family=session.family,
            target=reference.format_reference(session.target),
            scope=session.scope,
            state=session.state(now),
            audience=session.audience,
            created_at=session.created_at,
            expires_at=session.expires_at,
            ended_at=session.ended_at,
            narrowing=_write_narrowing(session.narrowing),
            allowed_ips=list(session.allowed_ips),
            address=session.address,
            note=session.note,
        )

    def session(self) -> Session:
        """Read the session."""
        return Session(
            id=self.id,
            link_id=self.link_id,
            family=self.family,
            target=_read_target(self.target),
            scope=self.scope,
            audience=self.audience,
            created_at=self.created_at,
            expires_at=self.expires_at,
            ended_at=self.ended_at,
            narrowing=_read_narrowing(self.narrowing),
            allowed_ips=tuple(self.allowed_ips),
            address=self.address,
            note=self.note,
        )


class TargetOut(Struct):
    """One place that a link could open."""

    target: str
    provider: str
    title: str
    state: TargetState
    detail: str
    mend: str

    @classmethod
    def of(cls, info: TargetInfo) -> TargetOut:
        """Write a target down."""
        return cls(
            target=reference.format_reference(info.target),
            provider=info.target.provider,
            title=info.title,
            state=info.state,
            detail=info.detail,
            mend=info.mend,
        )

    def info(self) -> TargetInfo:
        """Read the target."""
        return TargetInfo(
            target=_read_target(self.target),
            title=self.title,
            state=self.state,
            detail=self.detail,
            mend=self.mend,
        )


class TargetPageOut(Struct):
    """A page of targets; an empty cursor ends the list."""

    items: list[TargetOut]
    cursor: str
    problems: list[str]

    @classmethod
    def of(cls, page: TargetPage) -> TargetPageOut:
        """Write a page down."""
        return cls([TargetOut.of(info) for info in page.items], page.cursor, list(page.problems))

    def page(self) -> TargetPage:
        """Read the page."""
        return TargetPage(
            items=tuple(item.info() for item in self.items),
            cursor=self.cursor,
            problems=tuple(self.problems),
        )


class ProviderOut(Struct):
    """A provider, usable or not."""

    name: str
    title: str
    usable: bool
    reason: str
    mend: str

    @classmethod
    def of(cls, info: ProviderInfo) -> ProviderOut:
        """Write a provider down."""
        return cls(info.name, info.title, info.usable, info.reason, info.mend)

    def info(self) -> ProviderInfo:
        """Read the provider."""
        return ProviderInfo(
            name=self.name, title=self.title, usable=self.usable, reason=self.reason, mend=self.mend
        )


class ServerOut(Struct):
    """The server that answers."""

    name: str
    id: str
    version: str
    self_hosted: bool

    @classmethod
    def of(cls, info: ServerInfo) -> ServerOut:
        """Write a server down."""
        return cls(info.name, info.id, info.version, info.self_hosted)

    def info(self) -> ServerInfo:
        """Read the server."""
        return ServerInfo(
            name=self.name, id=self.id, version=self.version, self_hosted=self.self_hosted
        )


class RedeemBody(Struct, forbid_unknown_fields=True):
    """What `POST redeem` takes."""

    token: Annotated[str, Meta(min_length=1, max_length=2048)]
    #: 128 random bits of the landing page, base64url without padding.
    nonce: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{22}$", max_length=22)]


class RedeemOut(Struct):
    """Where a redeemed link leads; the cookie is in the header."""

    location: str
    scope: Scope
    expires_at: Instant


class ErrorOut(Struct):
    """Any refusal."""

    code: str
    message: str
    hint: str
    fields: dict[str, Any] = {}

    @classmethod
    def of(cls, error: PresignError) -> ErrorOut:
        """Write an error down."""
        return cls(error.code, error.message, error.hint, dict(error.fields))


def decode(body: bytes, kind: type[T]) -> T:
    """Read JSON strictly; raises `InputError`, which says where it is wrong."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise InputError(
            f"The JSON is not as expected: {error}.", hint="See api/openapi.json."
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"Not JSON: {error}.") from None


def encode(value: Struct | list[Any]) -> bytes:
    """Write JSON."""
    return msgspec.json.encode(value)


def builtins(value: Struct | list[Any]) -> Any:  # noqa: ANN401  # what json.dumps takes
    """Turn into dicts, lists and strings, for printing."""
    return msgspec.to_builtins(value)


def _write_target(target: Target | BareTarget) -> str:
    if isinstance(target, Target):
        return reference.format_reference(target)
    # A colon would make the name's first part a provider.
    return reference.format_reference(target.of("bare")).removeprefix("bare:").replace(":", "%3A")


def _read_target(text: str) -> Target:
    target = reference.parse(text)
    if isinstance(target, BareTarget):
        raise BadReferenceError(f"A reference without its provider: {text[:80]!r}.")
    return target


def _write_narrowing(narrowing: Narrowing | None) -> NarrowingOut | None:
    if narrowing is None:
        return None
    return NarrowingOut(narrowing.path, narrowing.kernel_id, narrowing.session_id)


def _read_narrowing(narrowing: NarrowingOut | None) -> Narrowing | None:
    if narrowing is None:
        return None
    return Narrowing(narrowing.path, narrowing.kernel_id, narrowing.session_id)
