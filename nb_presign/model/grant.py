"""Who grants what: actors, scopes, and what a scope is limited to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from nb_presign.errors import BadReferenceError
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
    #: `owner` (signed in the ordinary way), `local` (this user's own process), `guest` or
    #: `access-key`.
    kind: str = "owner"

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Permission:
    """A policy document that a link was minted under, and that its sessions must go on to satisfy.

    As on AWS, where the policy of who mints is enforced for every HTTP request and WebSocket frame
    that tries to connect (SageMaker API reference, CreatePresignedNotebookInstanceUrl).
    """

    #: The document, as JSON; empty where a list has only told that there is one. An empty one lets
    #: nobody in.
    policy: str
    #: What minting was called, such as `athena:CreatePresignedNotebookUrl`; so is using it. Empty:
    #: what it is called where nothing is said, by the kind of target.
    action: str = ""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """To what a session is limited within a server: a directory, or one notebook and its kernel."""

    #: Of a directory or file, below the server's root directory; `/` between segments, no leading
    #: slash, not empty.
    path: str
    #: Id of the one kernel, or empty where none may be touched.
    kernel_id: str = ""
    #: Id of the Jupyter session, or empty.
    session_id: str = ""

    def __post_init__(self) -> None:
        check_path(self.path)
        if not self.path:
            raise BadReferenceError("To narrow a link to the root directory limits nothing.")

    def covers(self, path: str) -> bool:
        """Tell whether a decoded path is this one or below it, by whole segments."""
        segments, own = path.split("/"), self.path.split("/")
        return segments[: len(own)] == own and not {"", ".", ".."} & set(segments)
