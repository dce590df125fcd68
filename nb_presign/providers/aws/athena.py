"""Athena's sessions, told by the names of their notebooks.

`ListSessions` knows no notebook, and a notebook's sessions are listed by its id only, so that the
two are joined here (Athena's API reference, `ListNotebookMetadata`, `ListNotebookSessions`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nb_presign.aws.gateway import AwsGateway
from nb_presign.aws.place import Place
from nb_presign.errors import PresignError
from nb_presign.model import TargetInfo, TargetState
from nb_presign.providers.aws.aim import target_of
from nb_presign.providers.aws.listing import each_at_once, joined, read_all, read_page
from nb_presign.providers.aws.looking import detail, text_at
from nb_presign.providers.aws.operation import Level, Listed, Operation, by_state

STATES = by_state(
    {
        TargetState.READY: "CREATED IDLE BUSY DEGRADED",
        TargetState.STARTING: "CREATING",
        TargetState.FAILED: "TERMINATING TERMINATED FAILED",
    }
)
#: Notebooks of a workgroup whose sessions are asked for, the latest ones first.
MOST_NOTEBOOKS = 40
#: What the engines of workgroups without sessions are called.
SQL_ENGINE = "Athena engine"

_NOTEBOOKS = Level(
    operation="ListNotebookMetadata",
    items="NotebookMetadataList",
    name="NotebookId",
    parameters=(("MaxResults", 50),),
    within="WorkGroup",
)
_OF_NOTEBOOK = Level(
    operation="ListNotebookSessions",
    items="NotebookSessionsList",
    name="SessionId",
    parameters=(("MaxResults", 100),),
    within="NotebookId",
)


async def list_page(gateway: AwsGateway, row: Operation, place: Place, token: str) -> Listed:
    """List the live sessions of a page of workgroups."""
    workgroups, sessions = row.listing.levels
    page = await read_page(gateway, row, place, workgroups, token)
    names = [text_at(each, "Name") for each in page.items if _may_have_sessions(each)]
    lists = await each_at_once(_of_workgroup(gateway, row, place, sessions, name) for name in names)
    return joined(page, lists)


def _may_have_sessions(workgroup: Mapping[str, Any]) -> bool:
    engine = text_at(workgroup, "EngineVersion.EffectiveEngineVersion")
    return workgroup.get("State") != "DISABLED" and not engine.startswith(SQL_ENGINE)


async def _of_workgroup(
    gateway: AwsGateway, row: Operation, place: Place, level: Level, workgroup: str
) -> Listed:
    problems: list[str] = []
    try:
        page = await read_all(gateway, row, place, level, workgroup)
    except PresignError as error:
        return Listed(items=(), problems=(f"Workgroup {workgroup}: {error}",))
    problems += page.problems
    live = [
        each
        for each in page.items
        if STATES.get(text_at(each, "Status.State")) is not TargetState.FAILED
    ]
    titles: Mapping[str, str] = {}
    try:
        titles = await _titles(gateway, row, place, workgroup, live) if live else {}
    except PresignError as error:
        problems.append(f"Names of notebooks in workgroup {workgroup}: {error}")
    items = tuple(_info(row, place, workgroup, each, titles) for each in live)
    return Listed(items=items, problems=tuple(problems))


async def _titles(
    gateway: AwsGateway,
    row: Operation,
    place: Place,
    workgroup: str,
    sessions: Sequence[Mapping[str, Any]],
) -> dict[str, str]:
    """Find the names of the notebooks that sessions run, by the sessions' ids."""
    wanted = {text_at(each, "SessionId") for each in sessions}
    notebooks = (await read_all(gateway, row, place, _NOTEBOOKS, workgroup)).items
    latest = sorted(notebooks, key=_changed, reverse=True)[:MOST_NOTEBOOKS]
    titles: dict[str, str] = {}

    async def ask(notebook: Mapping[str, Any]) -> None:
        if wanted <= titles.keys():
            return
        found = await read_page(
            gateway, row, place, _OF_NOTEBOOK, within=text_at(notebook, "NotebookId")
        )
        for session in found.items:
            titles[text_at(session, "SessionId")] = text_at(notebook, "Name")

    await each_at_once(ask(notebook) for notebook in latest)
    return titles


def _changed(notebook: Mapping[str, Any]) -> float:
    when = notebook.get("LastModifiedTime") or notebook.get("CreationTime")
    return when.timestamp() if when is not None else 0.0


def _info(
    row: Operation,
    place: Place,
    workgroup: str,
    session: Mapping[str, Any],
    titles: Mapping[str, str],
) -> TargetInfo:
    name, word = text_at(session, "SessionId"), text_at(session, "Status.State")
    state = STATES.get(word, TargetState.UNKNOWN)
    told = (f"workgroup {workgroup}", detail(state, word) or word.lower())
    return TargetInfo(
        target=target_of(row, (name,), place),
        title=titles.get(name) or text_at(session, "Description") or name,
        state=state,
        detail=", ".join(told),
    )
