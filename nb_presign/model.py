"""The values everything else speaks in: frozen, and impossible to make with bad data.

Times are aware UTC, durations whole seconds. A `Link` and a `Session` never change; the store hands
out new ones.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from nb_presign.errors import BadReferenceError, InputError
from nb_presign.secret import Secret

_PROVIDER = re.compile(r"[a-z][a-z0-9-]{0,30}")
_OPTION = re.compile(r"[a-z][a-z0-9_]{0,30}")
# Categories no part of a target may hold: controls, and the separators that Windows and URLs
# confuse.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029\ud800-\udfff]")
#: Option names under which people paste secrets; a reference is saved in notebooks, so they are
#: refused.
SECRET_OPTIONS = frozenset(
    {"token", "auth_token", "authtoken", "password", "secret", "key", "code"}
)
MAX_PART = 1024
#: UTF-8 bytes of id, path and options together; three characters each when percent-encoded.
MAX_BYTES = 2560
MAX_NOTE = 200


class Scope(str, Enum):
    """What a session may do; each includes the one before."""

    READ = "read"
    EXECUTE = "execute"
    FULL = "full"

    def __str__(self) -> str:
        return self.value


class LinkState(str, Enum):
    """Whether a link can still be opened, and if not, why."""

    LIVE = "live"
    EXPIRED = "expired"
    USED = "used"
    REVOKED = "revoked"

    def __str__(self) -> str:
        return self.value


class SessionState(str, Enum):
    """Whether a guest is still let in, and if not, why."""

    LIVE = "live"
    EXPIRED = "expired"
    ENDED = "ended"

    def __str__(self) -> str:
        return self.value


class TargetState(str, Enum):
    """Whether a target can be opened now."""

    READY = "ready"
    STOPPED = "stopped"
    DOWN = "down"
    NOT_INSTALLED = "not-installed"
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return self.value


def new_id(kind: str) -> str:
    """Make a public id such as `lnk_3f9a1c2b4d5e6f70`; a name, not a secret (64 random bits)."""
    return f"{kind}_{secrets.token_hex(8)}"


@dataclass(frozen=True, slots=True)
class Target:
    """What a link opens: a place of one provider, and optionally a path inside."""

    #: Name of the provider, such as `jupyter` or `sagemaker`.
    provider: str
    #: The provider's own name for the place; no slash.
    id: str
    #: Path inside, as in the place's own URLs (`lab/tree/a.ipynb`), decoded, without a leading
    #: slash; may be empty.
    path: str = ""
    #: Region, profile and the provider's own options, sorted by name.
    options: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        # `presign:` is the scheme that any reference may have in front.
        if not _PROVIDER.fullmatch(self.provider) or self.provider == "presign":
            raise BadReferenceError(f"Not a provider name: {self.provider[:40]!r}.")
        check_name(self.id)
        check_path(self.path)
        check_options(self.options)
        check_size(self.id, self.path, self.options)

    def option(self, name: str, default: str = "") -> str:
        """Return one option, or the default."""
        return dict(self.options).get(name, default)


@dataclass(frozen=True, slots=True)
class BareTarget:
    """A target whose provider is not said: `my-instance/lab`; providers are asked who knows it."""

    id: str
    path: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        check_name(self.id)
        check_path(self.path)
        check_options(self.options)
        check_size(self.id, self.path, self.options)

    def of(self, provider: str) -> Target:
        """Say the provider."""
        return Target(provider, self.id, self.path, self.options)


def check_name(name: str) -> None:
    """Refuse an id that is empty, too long, or holds a slash or control character."""
    if (
        not name
        or len(name) > MAX_PART
        or "/" in name
        or _FORBIDDEN.search(name)
        or name != name.strip()
    ):
        raise BadReferenceError(
            f"Not a name of a target: {name[:40]!r}.",
            hint="Run 'presign targets' to see what there is.",
        )


def check_path(path: str) -> None:
    """Refuse a path with an empty, `.` or `..` segment, a backslash or a control character."""
    if not path:
        return
    if (
        len(path) > MAX_PART
        or _FORBIDDEN.search(path)
        or any(s in {"", ".", ".."} for s in path.split("/"))
    ):
        raise BadReferenceError(
            f"Not a path inside a target: {path[:80]!r}.",
            hint="Write it as after the server's address: lab/tree/a.ipynb, no '..' or '//'.",
        )


def check_options(options: tuple[tuple[str, str], ...]) -> None:
    """Refuse unsorted, repeated or malformed options, and any that is named like a secret."""
    names = [name for name, _ in options]
    if names != sorted(set(names)):
        raise BadReferenceError("An option is given twice, or options are not sorted by name.")
    for name, value in options:
        if name.lower() in SECRET_OPTIONS:
            raise BadReferenceError(
                f"A reference holds no secrets, so the option {name!r} is refused.",
                hint="Leave it out: whoever opens the reference uses their own credentials.",
            )
        if (
            not _OPTION.fullmatch(name)
            or not value
            or len(value) > MAX_PART
            or _FORBIDDEN.search(value)
        ):
            raise BadReferenceError(f"Not an option of a target: {name[:40]!r}.")


def check_size(name: str, path: str, options: tuple[tuple[str, str], ...]) -> None:
    """Refuse a target that is too long to be written as a reference."""
    parts = [name, path, *(part for option in options for part in option)]
    if sum(len(part.encode()) for part in parts) > MAX_BYTES:
        raise BadReferenceError(f"A target has at most {MAX_BYTES} bytes in all.")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, for the audit trail; a name, never a credential."""

    name: str
    #: `owner` (signed in the ordinary way), `local` (this user's own process), `guest`.
    kind: str = "owner"

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """To what a session is limited within a server: one notebook, and its kernel."""

    #: Path below the server's root directory, `/` between segments, no leading slash.
    path: str
    #: Id of the one kernel, or empty where none may be touched.
    kernel_id: str = ""
    #: Id of the Jupyter session, or empty.
    session_id: str = ""

    def __post_init__(self) -> None:
        check_path(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A minted presigned URL and its facts."""

    id: str
    target: Target
    created_at: datetime
    expires_at: datetime
    #: Length of the session that opening it starts.
    session_seconds: int
    scope: Scope
    #: How often it can be redeemed; None: as often as you like until it expires.
    max_uses: int | None = None
    uses: int = 0
    #: CIDR blocks a guest must come from; empty: anywhere.
    allowed_ips: tuple[str, ...] = ()
    note: str = ""
    minted_by: str = ""
    revoked_at: datetime | None = None
    #: Id of the first link of the chain that this one continues; its own id for a first one.
    #: Revoking ends the chain.
    family: str = ""
    #: Id of the server that redeems it; empty where the provider's own service does.
    audience: str = ""
    narrowing: Narrowing | None = None
    #: Minted by the owner's own click: continues without the landing page's button.
    interactive: bool = False
    #: The presigned URL; only what minting and refreshing return has one.
    url: Secret | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        check_note(self.note)
        for when in (self.created_at, self.expires_at, self.revoked_at):
            if when is not None and when.tzinfo is None:
                msg = "times are aware UTC"
                raise ValueError(msg)
        if not self.family:
            object.__setattr__(self, "family", self.id)

    @property
    def provider(self) -> str:
        return self.target.provider

    def state(self, now: datetime) -> LinkState:
        """Tell whether it can be opened at `now`; equal to expiry is expired."""
        if self.revoked_at is not None:
            return LinkState.REVOKED
        if self.max_uses is not None and self.uses >= self.max_uses:
            return LinkState.USED
        return LinkState.EXPIRED if now >= self.expires_at else LinkState.LIVE


def check_note(note: str) -> None:
    """Refuse a note that is too long or would break a line in a list or log."""
    if len(note) > MAX_NOTE or _FORBIDDEN.search(note.replace("\\", "")):
        raise InputError(f"A note is one line of at most {MAX_NOTE} characters.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a redeemed self-hosted link turned into: a guest's time-limited access to one server."""

    #: Public: the guest's user name, and what lists and logs show.
    id: str
    link_id: str
    family: str
    target: Target
    scope: Scope
    audience: str
    created_at: datetime
    expires_at: datetime
    narrowing: Narrowing | None = None
    allowed_ips: tuple[str, ...] = ()
    #: Address the link was redeemed from.
    address: str = ""
    note: str = ""
    ended_at: datetime | None = None

    def state(self, now: datetime) -> SessionState:
        """Tell whether the guest is let in at `now`; equal to expiry is expired."""
        if self.ended_at is not None:
            return SessionState.ENDED
        return SessionState.EXPIRED if now >= self.expires_at else SessionState.LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class MintRequest:
    """What somebody asks for; None means the default of the provider."""

    target: Target | BareTarget
    expires_in: int | None = None
    session_seconds: int | None = None
    scope: Scope | None = None
    max_uses: int | None = None
    allowed_ips: tuple[str, ...] = ()
    note: str = ""
    #: The owner's own click: 60 s, single use, no button on the landing page.
    interactive: bool = False

    def __post_init__(self) -> None:
        check_note(self.note)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInfo:
    """Which server answers: its stable name, its id (the audience of its links), its version."""

    name: str
    id: str
    version: str
    #: Whether it serves links of its own.
    self_hosted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderInfo:
    """Whether a provider can be used here, and if not, why and what mends it."""

    name: str
    title: str
    usable: bool
    reason: str = ""
    mend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetInfo:
    """One place that a link could open."""

    target: Target
    title: str
    state: TargetState
    #: More, in words: where it runs, what it has open.
    detail: str = ""
    #: What makes it usable, if it is not.
    mend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetQuery:
    """Which targets to list; empty means all."""

    provider: str = ""
    region: str = ""
    profile: str = ""
    cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetPage:
    """Some targets, and where the next ones start; an empty cursor ends the list."""

    items: tuple[TargetInfo, ...]
    cursor: str = ""
    #: What could not be listed, as sentences; a page with problems is partial.
    problems: tuple[str, ...] = ()
