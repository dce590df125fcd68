"""Who grants what: actors, scopes, and what a scope is limited to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from nb_presign.model.target import check_path


class Scope(str, Enum):
    """What a session may do; each includes the one before."""

    READ = "read"
    EXECUTE = "execute"
    FULL = "full"

    def __str__(self) -> str:
        return self.value


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
