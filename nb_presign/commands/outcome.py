"""What a verb came to: frozen values, which text, JSON and notebook show in their own ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from nb_presign.errors import PresignError
from nb_presign.model import AccessKey, Finding, Link, Session, Target, TargetInfo
from nb_presign.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted:
    """A new link with its URL, by mint, refresh or open."""

    link: Link
    at: datetime
    #: To be opened at once, by the person who asked.
    to_open: bool = False

    @property
    def value(self) -> Link:
        """What `%presign -q` returns."""
        return self.link


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The facts of a link, without its URL."""

    link: Link
    at: datetime

    @property
    def value(self) -> Link:
        return self.link


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Links without their URLs; `problems` are those that could not be revoked."""

    links: tuple[Link, ...]
    at: datetime
    caption: str
    problems: tuple[PresignError, ...] = ()

    @property
    def value(self) -> tuple[Link, ...]:
        return self.links


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """Guests' sessions; `problems` are those that could not be ended."""

    sessions: tuple[Session, ...]
    at: datetime
    caption: str
    problems: tuple[PresignError, ...] = ()

    @property
    def value(self) -> tuple[Session, ...]:
        return self.sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What links could open, and what could not be listed."""

    targets: tuple[TargetInfo, ...]
    notes: tuple[str, ...] = ()

    @property
    def value(self) -> tuple[TargetInfo, ...]:
        return self.targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What the doctor found."""

    checks: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether all is well."""
        return all(check.ok for check in self.checks)

    @property
    def value(self) -> tuple[Finding, ...]:
        return self.checks


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFacts:
    """What may be known of a signing key."""

    id: str
    #: None: made before the file said so.
    created_at: datetime | None
    #: When the next key took over; None: it signs still, or the file does not say.
    replaced_at: datetime | None = None
    signs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Signing keys, oldest to newest: those there are, the new one, or those retired."""

    keys: tuple[KeyFacts, ...]
    at: datetime
    caption: str
    empty: str = "No signing keys."
    notes: tuple[str, ...] = ()

    @property
    def value(self) -> tuple[KeyFacts, ...]:
        return self.keys


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccessKey:
    """An access key with its secret, and where a program uses it."""

    key: AccessKey
    secret: Secret
    #: What SDKs take for the address of the service.
    endpoint: str
    region: str
    #: Name of a server there, as of a notebook instance.
    instance: str
    notes: tuple[str, ...] = ()

    @property
    def value(self) -> AccessKey:
        return self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKeyFacts:
    """An access key, and what went with it if it was just revoked."""

    key: AccessKey
    links: int | None = None
    sessions: int | None = None

    @property
    def id(self) -> str:
        return self.key.id


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKeys:
    """Access keys, newest first: those there are, or those revoked.

    `problems` are links that go on elsewhere.
    """

    keys: tuple[AccessKeyFacts, ...]
    at: datetime
    caption: str
    problems: tuple[PresignError, ...] = ()

    @property
    def value(self) -> tuple[AccessKeyFacts, ...]:
        return self.keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What one statement of a policy has to say of a request."""

    number: int
    sid: str
    effect: str
    applies: bool
    #: What of it does not fit the request; of one that applies, its conditions.
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a policy document comes to for one request."""

    allowed: bool
    why: str
    #: The document's file, or where it is configured; empty: there is none.
    source: str
    #: Names and values of what was asked.
    asked: tuple[tuple[str, str], ...] = ()
    statements: tuple[Judged, ...] = ()

    @property
    def value(self) -> bool:
        return self.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """An IAM policy document that lets somebody mint for one target, and no more."""

    document: Mapping[str, Any]
    #: What it does not hold, and what else it keeps out.
    warnings: tuple[str, ...] = ()

    @property
    def value(self) -> Mapping[str, Any]:
        return self.document


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A reference in its three forms; `text` is the Markdown link."""

    text: str
    target: Target

    @property
    def value(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Help, or a script."""

    text: str

    @property
    def value(self) -> str:
        return self.text


Outcome: TypeAlias = (
    Minted
    | Shown
    | Links
    | Sessions
    | Targets
    | Diagnosis
    | Keys
    | NewAccessKey
    | AccessKeys
    | Ruling
    | Permission
    | Written
    | Text
)
