"""Athena's sessions, which are open notebooks with their kernels here.

A server answers for its own: its name is the workgroup of its notebooks, and so is `primary`, as
Athena calls the one that every account has. When a kernel was started is not known, so that members
that would say so are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nb_presign.aws_api.call import Call
from nb_presign.aws_api.operations.minting import mint, url_of
from nb_presign.aws_api.operations.notebooks import notebook_id
from nb_presign.aws_api.operations.pages import Key, page
from nb_presign.aws_api.operations.workgroups import INVALID, check_workgroup, group, resources
from nb_presign.aws_api.refusal import RefusedError
from nb_presign.errors import PresignError
from nb_presign.model import Target
from nb_presign.providers.base import NotebookSession

NOT_FOUND = "ResourceNotFoundException"
_PRESIGN = "athena:CreatePresignedNotebookUrl"
#: Athena's words for what Jupyter says of a kernel. One that has said nothing yet was started.
_STATES = {
    "idle": "IDLE",
    "busy": "BUSY",
    "starting": "CREATING",
    "restarting": "CREATING",
    "autorestarting": "CREATING",
    "terminating": "TERMINATING",
    "dead": "FAILED",
}
_CREATED = "CREATED"
#: Those that no link is minted to.
_OVER = {"TERMINATING", "FAILED"}
_PAGE = 50


async def list_sessions(call: Call) -> Mapping[str, Any]:
    """List the open notebooks, of one state if that is asked for."""
    await check_workgroup(call, "athena:ListSessions")
    wanted = call.given.get("StateFilter")
    found = [one for one in await call.local.sessions() if wanted in {None, state_of(one)}]
    shown, more = page(call.given, found, _key, name="Sessions", most=_PAGE, refusal=INVALID)
    return {"Sessions": [_summary(one) for one in shown], **more}


async def get_session(call: Call) -> Mapping[str, Any]:
    """Tell of one open notebook."""
    session = await _find(call, "athena:GetSession")
    summary = _summary(session)
    engine = summary.pop("EngineVersion", {}).get("EffectiveEngineVersion")
    return {
        **summary,
        "WorkGroup": group(call),
        **({"EngineVersion": engine} if engine else {}),
        "EngineConfiguration": {"AdditionalConfigs": {"NotebookId": notebook_id(call, session)}},
    }


async def get_session_status(call: Call) -> Mapping[str, Any]:
    """Tell how a kernel is doing."""
    session = await _find(call, "athena:GetSessionStatus")
    return {"SessionId": session.id, "Status": {"State": state_of(session)}}


async def create_presigned_url(call: Call) -> Mapping[str, Any]:
    """Mint a link to an open notebook, and lend a session of it to the caller's program."""
    session = await _find(call, _PRESIGN)
    state = state_of(session)
    if state in _OVER:
        raise RefusedError(INVALID, f"Session {session.id} is {state}.")
    link = await mint(call, _target(call, session), _PRESIGN)
    try:
        token, lent = await call.redeemer.lend(link, call.visit)
    except PresignError:
        # Nobody will learn its URL.
        await call.api.revoke(link.id)
        raise
    return {
        "NotebookUrl": url_of(link),
        "AuthToken": token.reveal(),
        "AuthTokenExpirationTime": int(lent.expires_at.timestamp()),
    }


def state_of(session: NotebookSession) -> str:
    """Tell the state of a kernel in Athena's words."""
    return _STATES.get(session.kernel_state, _CREATED)


async def _find(call: Call, action: str) -> NotebookSession:
    """Find the open notebook that a call names in full, if its key may do that to it."""
    wanted = call.given["SessionId"]
    found = [one for one in await call.local.sessions() if one.id == wanted]
    one = found[0] if found else None
    call.authorize(
        action,
        resources(call, wanted),
        target=_target(call, one) if one else None,
        path=one.path if one else "",
    )
    if one is None:
        raise RefusedError(NOT_FOUND, f"Session {wanted[:60]} was not found.")
    return one


def _target(call: Call, session: NotebookSession) -> Target:
    return Target("session", f"{session.id}@{call.local.name}", call.local.page_of(session.path))


def _summary(session: NotebookSession) -> dict[str, Any]:
    kernel = session.kernel_name[:128]
    return {
        "SessionId": session.id,
        "Description": session.path[:1024],
        **({"EngineVersion": {"EffectiveEngineVersion": kernel}} if kernel else {}),
        "Status": {"State": state_of(session)},
    }


def _key(session: NotebookSession) -> Key:
    return (session.id,)
