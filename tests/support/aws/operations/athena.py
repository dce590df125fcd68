"""Athena: workgroups, notebooks, sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from support.aws.exchange import Asked
from support.aws.operations.table import serves
from support.aws.pages import page
from support.aws.refusal import RefusedError
from support.aws.things import BORN, AthenaNotebook, AthenaSession

_ENGINE = "PySpark engine version 3"


def _session(asked: Asked) -> AthenaSession:
    found = asked.place.sessions.get(asked.parameters["SessionId"])
    if found is None:
        raise RefusedError(
            "ResourceNotFoundException", f"Session {asked.parameters['SessionId']} was not found"
        )
    return found


def _check_workgroup(asked: Asked) -> str:
    name = asked.parameters["WorkGroup"]
    if name not in asked.place.workgroups:
        raise RefusedError("InvalidRequestException", f"WorkGroup {name} is not found.")
    return name


@serves("athena", "CreatePresignedNotebookUrl", "workgroup/*")
def create_presigned(asked: Asked) -> dict[str, Any]:
    session = _session(asked)
    if session.state in {"TERMINATED", "TERMINATING", "FAILED"} or session.notebook is None:
        raise RefusedError("InvalidRequestException", f"Session {session.id} is {session.state}.")
    host = f"{session.id}.analytics-gateway.{asked.region}.amazonaws.com"
    path = f"/notebooks/{quote(session.notebook.name)}.ipynb"
    url = asked.mint.url(host, path, sub=session.id)
    end = asked.now + timedelta(seconds=asked.place.athena_token_seconds)
    unit = asked.place.athena_token_unit
    return {
        "NotebookUrl": url,
        "AuthToken": asked.mint.tokens[-1],
        "AuthTokenExpirationTime": int(end.timestamp() * unit),
    }


@serves("athena", "ListWorkGroups")
def list_workgroups(asked: Asked) -> dict[str, Any]:
    return page(
        asked,
        asked.place.workgroups,
        "WorkGroups",
        lambda name: {
            "Name": name,
            "State": "ENABLED",
            "CreationTime": BORN,
            "EngineVersion": {
                "SelectedEngineVersion": _ENGINE,
                "EffectiveEngineVersion": _ENGINE,
            },
        },
    )


@serves("athena", "ListSessions", "workgroup/{WorkGroup}")
def list_sessions(asked: Asked) -> dict[str, Any]:
    group, state = _check_workgroup(asked), asked.parameters.get("StateFilter")
    found = [
        each
        for each in asked.place.sessions.values()
        if each.workgroup == group and state in {None, each.state}
    ]
    return page(
        asked,
        found,
        "Sessions",
        lambda each: {
            "SessionId": each.id,
            "Description": each.description or None,
            "EngineVersion": {"EffectiveEngineVersion": _ENGINE},
            "NotebookVersion": "Athena notebook version 1" if each.notebook else None,
            "Status": _status(each),
        },
    )


def _status(session: AthenaSession) -> dict[str, Any]:
    ended = session.state in {"TERMINATED", "FAILED"}
    return {
        "StartDateTime": BORN,
        "LastModifiedDateTime": BORN + timedelta(minutes=5),
        "EndDateTime": BORN + timedelta(minutes=5) if ended else None,
        "IdleSinceDateTime": BORN + timedelta(minutes=4) if session.state == "IDLE" else None,
        "State": session.state,
    }


@serves("athena", "GetSessionStatus", "workgroup/*")
def get_status(asked: Asked) -> dict[str, Any]:
    session = _session(asked)
    return {"SessionId": session.id, "Status": _status(session)}


@serves("athena", "GetSession", "workgroup/*")
def get_session(asked: Asked) -> dict[str, Any]:
    session = _session(asked)
    return {
        "SessionId": session.id,
        "Description": session.description or None,
        "WorkGroup": session.workgroup,
        "EngineVersion": _ENGINE,
        "EngineConfiguration": {
            "CoordinatorDpuSize": 1,
            "MaxConcurrentDpus": 20,
            "DefaultExecutorDpuSize": 1,
            "AdditionalConfigs": {"NotebookId": session.notebook.id} if session.notebook else None,
        },
        "NotebookVersion": "Athena notebook version 1" if session.notebook else None,
        "SessionConfiguration": {"IdleTimeoutSeconds": 1200},
        "Status": _status(session),
        "Statistics": {"DpuExecutionInMillis": 0},
    }


@serves("athena", "ListNotebookMetadata", "workgroup/{WorkGroup}")
def list_notebooks(asked: Asked) -> dict[str, Any]:
    group = _check_workgroup(asked)
    name = asked.parameters.get("Filters", {}).get("Name", "")
    found = [n for n in asked.place.notebooks if n.workgroup == group and name in n.name]
    return page(asked, found, "NotebookMetadataList", _metadata)


def _metadata(notebook: AthenaNotebook) -> dict[str, Any]:
    return {
        "NotebookId": notebook.id,
        "Name": notebook.name,
        "WorkGroup": notebook.workgroup,
        "CreationTime": BORN,
        "Type": "IPYNB",
        "LastModifiedTime": BORN + timedelta(days=1),
    }


@serves("athena", "ListNotebookSessions", "workgroup/*")
def list_notebook_sessions(asked: Asked) -> dict[str, Any]:
    wanted = asked.parameters["NotebookId"]
    if not any(each.id == wanted for each in asked.place.notebooks):
        raise RefusedError("ResourceNotFoundException", f"Notebook {wanted} was not found")
    sessions = asked.place.sessions.values()
    found = [s for s in sessions if s.notebook is not None and s.notebook.id == wanted]
    return page(
        asked,
        found,
        "NotebookSessionsList",
        lambda each: {"SessionId": each.id, "CreationTime": BORN},
    )


@serves("athena", "GetNotebookMetadata", "workgroup/*")
def get_metadata(asked: Asked) -> dict[str, Any]:
    wanted = asked.parameters["NotebookId"]
    for notebook in asked.place.notebooks:
        if notebook.id == wanted:
            return {"NotebookMetadata": _metadata(notebook)}
    raise RefusedError("InvalidRequestException", f"Notebook {wanted} does not exist")
