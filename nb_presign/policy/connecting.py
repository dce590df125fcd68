"""What a guest's request is, in the words of policy documents.

On AWS, policies of `CreatePresignedNotebookInstanceUrl` are enforced for every HTTP request and
WebSocket frame that tries to connect to the notebook instance (its API reference). So these are
the actions here, too, of links to a server and to an open notebook; both are also
`nb-presign:Connect`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from nb_presign.model import Narrowing, Scope, Target
from nb_presign.policy.addresses import parse_address
from nb_presign.policy.conditions import Fact
from nb_presign.policy.document import Decision, Document, Request
from nb_presign.reference import format_reference

CONNECT = "nb-presign:Connect"
#: By provider.
ACTIONS = {
    "jupyter": ("sagemaker:CreatePresignedNotebookInstanceUrl", CONNECT),
    "session": ("athena:CreatePresignedNotebookUrl", CONNECT),
}
SOURCE_IP = "aws:SourceIp"
NO_ADDRESS = f"the address cannot be told, and a condition takes {SOURCE_IP} for granted"


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a guest's request comes from, and how."""

    #: Empty where it cannot be told.
    address: str
    #: Whether it came over TLS, as far as whom we trust says so.
    secure: bool = False


class Grant(Protocol):
    """What of a link or session is looked at."""

    @property
    def target(self) -> Target: ...

    @property
    def scope(self) -> Scope: ...

    @property
    def narrowing(self) -> Narrowing | None: ...


@dataclass(frozen=True, slots=True)
class ConnectPolicy:
    """Judges guests' requests to one server by a document."""

    document: Document
    #: Name of the server, which is part of what its resources are called.
    server: str

    def decide(self, grant: Grant, visit: Visit, now: datetime) -> Decision:
        """Judge a request of a session, or the attempt to redeem a link.

        Where the document relies on `aws:SourceIp` and the address cannot be told, it is denied.
        """
        if not visit.address and self.document.relies_on(SOURCE_IP):
            return Decision(allowed=False, note=NO_ADDRESS)
        return self.document.decide(self.request(grant, visit, now))

    def request(self, grant: Grant, visit: Visit, now: datetime) -> Request:
        """Say in a document's words what is asked for; of the context, what it looks at."""
        context: dict[str, Fact] = {}
        for key in self.document.keys:
            fact = _FACTS[key](grant, visit, now)
            if fact is not None:
                context[key] = fact
        actions = ACTIONS.get(grant.target.provider, (CONNECT,))
        return Request(actions, resources(self.server, grant), context)


def resources(server: str, grant: Grant) -> tuple[str, ...]:
    """Name what is opened: the server, and of an open notebook's link also that session."""
    name = f"arn:nb-presign:jupyter:::server/{server}"
    if grant.target.provider == "session":
        # Its target's id has the server's name, too: `5e55@gpu`.
        return (name, f"{name}/session/{grant.target.id.partition('@')[0]}")
    return (name,)


#: What is known of a request, by the keys in `nb_presign.policy.conditions`, in lower case.
_FACTS: dict[str, Callable[[Grant, Visit, datetime], Fact | None]] = {
    "aws:sourceip": lambda _grant, visit, _now: parse_address(visit.address),
    "aws:currenttime": lambda _grant, _visit, now: now,
    "aws:epochtime": lambda _grant, _visit, now: now,
    "aws:securetransport": lambda _grant, visit, _now: visit.secure,
    "nb-presign:scope": lambda grant, _visit, _now: str(grant.scope),
    "nb-presign:provider": lambda grant, _visit, _now: grant.target.provider,
    "nb-presign:target": lambda grant, _visit, _now: format_reference(
        replace(grant.target, options=())
    ),
    "nb-presign:path": lambda grant, _visit, _now: (
        grant.narrowing.path if grant.narrowing else None
    ),
}
