"""Athena's workgroups: a server is the one of its open notebooks."""

from __future__ import annotations

from nb_presign.aws_api.call import Call
from nb_presign.aws_api.refusal import RefusedError
from nb_presign.policy.arns import session_arns

INVALID = "InvalidRequestException"
#: What Athena calls the workgroup that every account has.
PRIMARY = "primary"


def group(call: Call) -> str:
    """Tell the name of this server's workgroup."""
    return call.local.name


async def check_workgroup(call: Call, action: str) -> None:
    """Refuse a list of another workgroup than this server's, or whose key may not read it.

    In policies it goes by the server's name, whichever was asked for.
    """
    wanted = call.given["WorkGroup"]
    here = wanted in {call.local.name, PRIMARY}
    name = call.local.name if here else wanted
    call.authorize(action, session_arns(name, call.region))
    if not here:
        raise RefusedError(
            INVALID,
            f"WorkGroup {wanted} is not found. Each Jupyter server lists its own open notebooks; "
            f"this one is {call.local.name}.",
        )


def resources(call: Call, session_id: str = "") -> tuple[str, ...]:
    """Name in policies' words what is here: the server's open notebooks, or the one of an id."""
    return session_arns(call.local.name, call.region, session=session_id)
