"""SageMaker's notebook instances, which are Jupyter servers here.

Nobody knows when a Jupyter server was created or changed, so the members that would say so are left
out, and filters by them refused: an empty list would say that there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from nb_presign.aws_api.call import Call
from nb_presign.aws_api.operations.minting import mint, url_of
from nb_presign.aws_api.operations.pages import Key, page
from nb_presign.aws_api.operations.servers import Server, permitted, servers, servers_named
from nb_presign.aws_api.refusal import RefusedError
from nb_presign.model import Target
from nb_presign.policy.arns import instance_arn

INVALID = "ValidationException"
_LIST = "sagemaker:ListNotebookInstances"
_PRESIGN = "sagemaker:CreatePresignedNotebookInstanceUrl"
_TIMES = (
    "CreationTimeBefore",
    "CreationTimeAfter",
    "LastModifiedTimeBefore",
    "LastModifiedTimeAfter",
)
#: Filters by what no Jupyter server has, so that none passes them.
_NOWHERE = (
    "NotebookInstanceLifecycleConfigNameContains",
    "DefaultCodeRepositoryContains",
    "AdditionalCodeRepositoryEquals",
)
#: As SageMaker's lists have where nothing is said.
_PAGE = 10


async def list_instances(call: Call) -> Mapping[str, Any]:
    """List the servers, as their statuses and names are asked for."""
    call.authorize(_LIST, ("*",))
    given = call.given
    if asked := [name for name in _TIMES if name in given]:
        raise RefusedError(
            INVALID,
            f"{asked[0]} cannot be asked for: when a Jupyter server was created or changed is not "
            "known here.",
        )
    by_status = given.get("SortBy") == "Status"

    def key(server: Server) -> Key:
        return (server.status if by_status else "", server.name, server.id)

    shown, more = page(
        given,
        [server for server in await servers(call) if _passes(server, given)],
        key,
        name=f"{_LIST} by {given.get('SortBy', 'Name')}",
        most=_PAGE,
        refusal=INVALID,
        descending=given.get("SortOrder") == "Descending",
    )
    return {"NotebookInstances": [_told(call, server) for server in shown], **more}


async def describe_instance(call: Call) -> Mapping[str, Any]:
    """Tell how a server is doing."""
    server = await _find(call, "sagemaker:DescribeNotebookInstance")
    failure = {"FailureReason": server.failure} if server.failure else {}
    return {**_told(call, server), **failure}


async def create_presigned_url(call: Call) -> Mapping[str, Any]:
    """Mint a link to a server."""
    server = await _find(call, _PRESIGN)
    if server.status != "InService":
        raise RefusedError(
            INVALID,
            f"Notebook Instance {server.name} is {server.status}. {server.failure}".strip(),
        )
    link = await mint(
        call,
        Target("jupyter", server.id),
        _PRESIGN,
        session_seconds=call.given.get("SessionExpirationDurationInSeconds"),
    )
    return {"AuthorizedUrl": url_of(link)}


async def start_instance(call: Call) -> Mapping[str, Any]:
    """Begin to start a stopped server, where somebody has given its owner a way to."""
    server = await _find(call, "sagemaker:StartNotebookInstance")
    _refuse_unless(call, server, ("Stopped", "Failed"), to="Pending")
    if not server.info.startable:
        raise _no_way(call, server, "Pending", server.failure or "Start it where it runs.")
    await call.api.start(server.info.target)
    return {}


async def stop_instance(call: Call) -> Mapping[str, Any]:
    """Refuse to stop a server: nothing here can."""
    server = await _find(call, "sagemaker:StopNotebookInstance")
    _refuse_unless(call, server, ("InService",), to="Stopping")
    raise _no_way(call, server, "Stopping", "A Jupyter server is stopped where it runs.")


async def _find(call: Call, action: str) -> Server:
    """Find the server that a call names, if its key may do that to it."""
    name = call.given["NotebookInstanceName"]
    found = await servers_named(call, name)
    allowed = permitted(call, action, name, found)
    if len(found) > 1:
        written = ", ".join(server.id for server in allowed)
        raise RefusedError(
            INVALID,
            f"Several Jupyter servers are called {name}: {written}. Give each a name of its own "
            "with c.NbPresign.server_name.",
        )
    if not found:
        # AWS's word, by which the waiter notebook_instance_deleted and others go.
        raise RefusedError(INVALID, "RecordNotFound")
    return found[0]


def _passes(server: Server, given: Mapping[str, Any]) -> bool:
    return (
        given.get("NameContains", "").lower() in server.name.lower()
        and given.get("StatusEquals") in {None, server.status}
        and not any(name in given for name in _NOWHERE)
    )


def _told(call: Call, server: Server) -> dict[str, Any]:
    told = {
        "NotebookInstanceName": server.name,
        "NotebookInstanceArn": instance_arn(server.id, call.region),
        "NotebookInstanceStatus": server.status,
    }
    if server.id == call.local.name:
        # Of the others only their own owners are told. AWS writes it without a scheme, too.
        address = urlsplit(call.local.url)
        told["Url"] = f"{address.netloc}{address.path}".rstrip("/")
    return told


def _refuse_unless(call: Call, server: Server, states: tuple[str, ...], *, to: str) -> None:
    """Refuse in AWS's words what cannot be done to a server in its state."""
    if server.status not in states:
        raise RefusedError(
            INVALID,
            f"Status ({server.status}) not in ([{', '.join(states)}]). Unable to transition to "
            f"({to}) for Notebook Instance ({instance_arn(server.id, call.region)}).",
        )


def _no_way(call: Call, server: Server, to: str, why: str) -> RefusedError:
    arn = instance_arn(server.id, call.region)
    return RefusedError(
        INVALID, f"Unable to transition to ({to}) for Notebook Instance ({arn}). {why}"
    )
