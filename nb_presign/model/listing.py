"""What lists show: servers, providers and targets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from nb_presign.model.target import Target


class TargetState(str, Enum):
    """Whether a target can be opened now."""

    READY = "ready"
    #: On its way to being ready.
    STARTING = "starting"
    STOPPED = "stopped"
    #: Cannot be opened, and starting it will not help.
    FAILED = "failed"
    DOWN = "down"
    NOT_INSTALLED = "not-installed"
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInfo:
    """Which server answers: its stable name, its id (the audience of its links), its version."""

    name: str
    id: str
    version: str
    #: Whether it serves links of its own.
    self_hosted: bool
    #: Why it does not, in words.
    reason: str = ""
    #: Reference of its root, as others write it, to which a path can be added; empty where nobody
    #: could open it by a link.
    here: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderInfo:
    """Whether a provider can be used here, and if not, why and what mends it."""

    name: str
    title: str
    usable: bool
    reason: str = ""
    mend: str = ""
    #: Whether anything here asks for it: one that nobody has set up is no trouble if unusable.
    configured: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at while looking for what is wrong."""

    name: str
    ok: bool
    message: str
    #: The first step that mends it.
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
    #: Of what machine it is, such as `ml.t3.medium`, where that is known.
    instance_type: str = ""
    #: Whether `PresignApi.start` can start it.
    startable: bool = False


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
