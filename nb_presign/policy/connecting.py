"""What a guest's request is, in the words of policy documents.

On AWS, policies of `CreatePresignedNotebookInstanceUrl` are enforced for every HTTP request and
WebSocket frame that tries to connect to the notebook instance (its API reference). So these are
the actions here, too, of links to a server and to an open notebook; both are also
`nb-presign:Connect`.

Two documents have a say: the server's own, if one is configured, and the one that a link was minted
under, if there is one. What either does not allow is denied.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from nb_presign.errors import BadPolicyError
from nb_presign.model import Narrowing, Permission, Scope, Target
from nb_presign.policy import arns
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
NOT_READ = "the policy that the link was minted under cannot be read"
#: Documents of links that are kept parsed; one access key has one.
_DOCUMENTS = 64


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a guest's request comes from, and how."""

    #: Empty where it cannot be told.
    address: str
    #: Whether it came over TLS, as far as whom we trust says so.
    secure: bool = False


_ACTION = re.compile(r"[A-Za-z0-9-]{1,60}:[A-Za-z0-9]{1,100}")
#: There is no document.
_UNASKED = Decision(allowed=True, note="no policy is asked")


class Grant(Protocol):
    """What of a link or session is looked at."""

    @property
    def target(self) -> Target: ...

    @property
    def scope(self) -> Scope: ...

    @property
    def narrowing(self) -> Narrowing | None: ...

    @property
    def permission(self) -> Permission | None: ...


@dataclass(frozen=True, slots=True)
class ConnectPolicy:
    """Judges guests' requests to one server: by its document, and by that of their link."""

    #: The server's own; None: it has none, and says nothing.
    document: Document | None
    #: Name of the server, which is part of what its resources are called.
    server: str
    #: Part of what they are called on AWS.
    region: str = arns.REGION

    def decide(self, grant: Grant, visit: Visit, now: datetime) -> Decision:
        """Judge a request of a session, or the attempt to redeem a link.

        Where a document relies on `aws:SourceIp` and the address cannot be told, it is denied; so
        it is where the document of the link is none any more.
        """
        decision = _UNASKED
        if self.document is not None:
            decision = _judge(self.document, self.request(grant, visit, now), visit)
        permission = grant.permission
        if permission is None or not decision.allowed:
            return decision
        document = _read(permission.policy)
        if document is None:
            return Decision(allowed=False, note=NOT_READ)
        context = _context(document, grant, visit, now)
        asked = Request(held_actions(grant, permission), self._resources(grant), context)
        return _judge(document, asked, visit)

    def could_open(self, grant: Grant) -> Decision:
        """Judge whether the document that a link is held to could ever let anybody open it here.

        Who comes from where, and when, is not known before: whatever asks for that is taken to be
        so where it allows, and not to be so where it denies.
        """
        permission = grant.permission
        if permission is None:
            return _UNASKED
        document = _read(permission.policy)
        if document is None:
            return Decision(allowed=False, note=NOT_READ)
        context = _known({key: read(grant) for key, read in _GRANTED.items()})
        asked = Request(held_actions(grant, permission), self._resources(grant), context)
        return document.could_allow(asked, _VISITED.keys())

    def request(self, grant: Grant, visit: Visit, now: datetime) -> Request:
        """Say in the words of the server's document what is asked for."""
        actions = _actions(grant)
        if grant.permission is not None and grant.permission.action:
            # What it was minted by counts beside what it is: no other door leads past a Deny.
            actions = (grant.permission.action, *actions)
        context = _context(self.document, grant, visit, now)
        return Request(actions, self._resources(grant), context)

    def _resources(self, grant: Grant) -> tuple[str, ...]:
        return resources(self.server, grant, region=self.region)


#: Of a server that has no document, and no name: only links that name no resource let in by theirs.
NO_POLICY = ConnectPolicy(None, "")


def accept(permission: Permission) -> Permission:
    """Return what a link keeps, its document written in one way for all that mean the same.

    Raises `BadPolicyError` for what sessions could not be judged by.
    """
    from nb_presign.policy import reading  # noqa: PLC0415  # most links have no document

    reading.read_text(permission.policy)
    if permission.action and not _ACTION.fullmatch(permission.action):
        raise BadPolicyError(
            f"Not what minting is called: {permission.action[:60]!r}.",
            hint="Write it like 'sagemaker:CreatePresignedNotebookInstanceUrl', or leave it out.",
        )
    text = json.dumps(json.loads(permission.policy), separators=(",", ":"))
    return replace(permission, policy=text)


def resources(server: str, grant: Grant, *, region: str = arns.REGION) -> tuple[str, ...]:
    """Name what is opened: the server, and of an open notebook's link also that session."""
    if grant.target.provider != "session":
        return arns.server_arns(server, region)
    # Its target's id has the server's name, too: `5e55@gpu`.
    return arns.session_arns(server, region, session=grant.target.id.partition("@")[0])


def held_actions(grant: Grant, permission: Permission) -> tuple[str, ...]:
    """Tell what the document of a link is asked about: what minting was called, if that is said."""
    return (permission.action, CONNECT) if permission.action else _actions(grant)


def _actions(grant: Grant) -> tuple[str, ...]:
    return ACTIONS.get(grant.target.provider, (CONNECT,))


def _context(
    document: Document | None, grant: Grant, visit: Visit, now: datetime
) -> dict[str, Fact]:
    """Say of the context what a document looks at."""
    asked = document.keys if document else frozenset()
    granted = {key: _GRANTED[key](grant) for key in asked & _GRANTED.keys()}
    visited = {key: _VISITED[key](visit, now) for key in asked & _VISITED.keys()}
    return _known({**granted, **visited})


def _known(found: Mapping[str, Fact | None]) -> dict[str, Fact]:
    return {key: fact for key, fact in found.items() if fact is not None}


def _judge(document: Document, request: Request, visit: Visit) -> Decision:
    if not visit.address and document.relies_on(SOURCE_IP):
        return Decision(allowed=False, note=NO_ADDRESS)
    return document.decide(request)


@lru_cache(maxsize=_DOCUMENTS)
def _read(text: str) -> Document | None:
    """Read a link's document; None for what is none, or none any more."""
    from nb_presign.policy import reading  # noqa: PLC0415  # most servers have no documents

    try:
        return reading.read_text(text)
    except BadPolicyError:
        return None


#: What is known of a request, by the keys in `nb_presign.policy.conditions`, in lower case: from
#: whom it comes, and when.
_VISITED: dict[str, Callable[[Visit, datetime], Fact | None]] = {
    "aws:sourceip": lambda visit, _now: parse_address(visit.address),
    "aws:currenttime": lambda _visit, now: now,
    "aws:epochtime": lambda _visit, now: now,
    "aws:securetransport": lambda visit, _now: visit.secure,
}
#: And what its session may, which is settled when the link is minted.
_GRANTED: dict[str, Callable[[Grant], Fact | None]] = {
    "nb-presign:scope": lambda grant: str(grant.scope),
    "nb-presign:provider": lambda grant: grant.target.provider,
    "nb-presign:target": lambda grant: format_reference(replace(grant.target, options=())),
    "nb-presign:path": lambda grant: grant.narrowing.path if grant.narrowing else None,
}
