"""The Jupyter servers that a call may be about."""

from __future__ import annotations

from dataclasses import dataclass

from nb_presign.aws_api.call import Call
from nb_presign.errors import NotAuthorizedError
from nb_presign.model import Target, TargetInfo, TargetQuery, TargetState
from nb_presign.policy.arns import instance_name, server_arns
from nb_presign.providers.pages import is_page

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
        """Its name as notebook instances are called; hardly ever has another one the same."""
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


def opened(call: Call, server: Server, path: str = "") -> Target:
    """Tell what a link to a page or file of a server will be to, as far as that is known here.

    Which page shows a file is another server's to say; its path stays as it is.
    """
    if server.id == call.local.name and not is_page(path):
        path = call.local.page_of(path)
    return Target("jupyter", server.id, path)


def permitted(
    call: Call, action: str, name: str, found: list[Server], *, path: str = ""
) -> list[Server]:
    """Leave those of the servers of one name that the key may do something to.

    Raises `NotAuthorizedError` where that is none of them, and where there is none of that name,
    unless the key may do it to one that would be called so.
    """
    if not found:
        call.authorize(action, server_arns(name, call.region))
    refusals = {server.id: _refusal(call, action, server, path) for server in found}
    left = [server for server in found if refusals[server.id] is None]
    for refusal in refusals.values():
        if refusal is not None and not left:
            raise refusal
    return left


def _refusal(call: Call, action: str, server: Server, path: str) -> NotAuthorizedError | None:
    names = server_arns(server.id, call.region)
    try:
        call.authorize(action, names, target=opened(call, server, path))
    except NotAuthorizedError as error:
        return error
    return None
