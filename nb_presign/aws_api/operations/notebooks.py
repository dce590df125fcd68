"""Athena's notebooks: those that are open on this server, told apart by their paths."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from nb_presign.aws_api.call import Call
from nb_presign.aws_api.operations.pages import Key, page
from nb_presign.aws_api.operations.workgroups import INVALID, check_workgroup, group, resources
from nb_presign.aws_api.refusal import RefusedError
from nb_presign.providers.base import NotebookSession

#: Of the ids that notebooks are given here; any would do, as long as it stays the same.
_SPACE = UUID("6f0c1f52-3d0e-5c55-9d0b-0f6a5a3b7e21")
#: What Athena allows in no name.
_NOT_IN_NAMES = re.compile(r"[/:\\]")
_LONGEST_NAME = 255
_PAGE = 50
#: More do not fit into one answer, whatever is asked for (Athena's model).
_SESSIONS = 10


def notebook_id(call: Call, session: NotebookSession) -> str:
    """Name the file of an open notebook: the same for each of its sessions, and after a restart."""
    return str(uuid5(_SPACE, f"{call.local.id}\0{session.path}"))


async def list_notebook_metadata(call: Call) -> Mapping[str, Any]:
    """List the notebooks that are open."""
    await check_workgroup(call, "athena:ListNotebookMetadata")
    wanted = call.given.get("Filters", {}).get("Name", "")
    # One may be open twice.
    names = {notebook_id(call, one): _name(one) for one in await call.local.sessions()}
    found = [(key, name) for key, name in names.items() if wanted in name]
    shown, more = page(call.given, found, _key, name="Notebooks", most=_PAGE, refusal=INVALID)
    return {
        "NotebookMetadataList": [
            {"NotebookId": key, "Name": name, "WorkGroup": group(call), "Type": "IPYNB"}
            for key, name in shown
        ],
        **more,
    }


async def list_notebook_sessions(call: Call) -> Mapping[str, Any]:
    """List the sessions of one notebook."""
    call.authorize("athena:ListNotebookSessions", resources(call))
    given = call.given
    wanted = given["NotebookId"]
    found = [(one.id,) for one in await call.local.sessions() if notebook_id(call, one) == wanted]
    if not found:
        raise RefusedError(
            "ResourceNotFoundException", f"Notebook {wanted} was not found among the open ones."
        )
    size = min(_SESSIONS, given.get("MaxResults", _SESSIONS))
    shown, more = page(
        {**given, "MaxResults": size},
        found,
        tuple,
        name="NotebookSessions",
        most=_SESSIONS,
        refusal=INVALID,
    )
    return {"NotebookSessionsList": [{"SessionId": key} for (key,) in shown], **more}


def _name(session: NotebookSession) -> str:
    """Tell the name of a notebook's file, as Athena writes names."""
    name = session.path.rpartition("/")[2].removesuffix(".ipynb")
    return _NOT_IN_NAMES.sub("-", name)[:_LONGEST_NAME] or "notebook"


def _key(item: tuple[str, str]) -> Key:
    return item[:1]
