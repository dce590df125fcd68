"""The Jupyter servers that a call may be about."""

from __future__ import annotations

from dataclasses import dataclass

from nb_presign.aws_api.call import Call
from nb_presign.model import TargetInfo, TargetQuery, TargetState
from nb_presign.policy.arns import instance_arn, instance_name, server_arn

#: SageMaker's words for a state; all others are `FAILED`.
STATUSES = {
    TargetState.READY: "InService",
    TargetState.STARTING: "Pending",
    TargetState.STOPPED: "Stopped",
}
FAILED = "Failed"
_REASONS = {
    TargetState.DOWN: "It does not answer.",
    TargetState.NOT_INSTALLED: "It has no nb_presign.",
}


@dataclass(frozen=True, slots=True)
class Server:
    """One Jupyter server, in SageMaker's words."""

    info: TargetInfo

    @property
    def id(self) -> str:
        """Its name in references."""
        return self.info.target.id

    @property
    def name(self) -> str:
        """Its name as notebook instances are called; others may have the same."""
        return instance_name(self.id)

    @property
    def status(self) -> str:
        return STATUSES.get(self.info.state, FAILED)

    @property
    def failure(self) -> str:
        """Why it cannot be used and what mends it; empty where it can. Names no directory."""
        if self.status != FAILED:
            return ""
        reason = _REASONS.get(self.info.state, "It cannot be used.")
        return f"{reason} {self.info.mend}".strip()[:1024]


async def servers(call: Call) -> list[Server]:
    """List this server and the others that its owner has."""
    found: list[Server] = []
    query = TargetQuery(provider="jupyter")
    while True:
        page = await call.api.targets(query)
        found += map(Server, page.items)
        if not page.cursor:
            return found
        query = TargetQuery(provider="jupyter", cursor=page.cursor)


async def servers_named(call: Call, name: str) -> list[Server]:
    """Find the servers that go by the name of a notebook instance: one, none, or some."""
    return [server for server in await servers(call) if server.name == name]


def resources(call: Call, name: str, found: list[Server]) -> tuple[str, ...]:
    """Name in policies' words what a call about a notebook instance of a name is about.

    The same whether it is there or not, but for a server whose own name is written differently.
    """
    names = [server.id for server in found] or [name]
    return (instance_arn(name, call.region), *map(server_arn, names))
