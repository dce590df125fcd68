"""MLflow tracking servers and apps of SageMaker."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from support.aws.exchange import Asked
from support.aws.operations.table import serves
from support.aws.pages import page
from support.aws.refusal import RefusedError
from support.aws.things import BORN, MlflowApp, TrackingServer

_SERVER = "mlflow-tracking-server/{TrackingServerName}"
_TIMES = {"CreationTime": BORN, "LastModifiedTime": BORN + timedelta(days=1)}
_VERSION = "3.0.0"


def _server(asked: Asked) -> TrackingServer:
    name = asked.parameters["TrackingServerName"]
    found = asked.place.tracking_servers.get(name)
    if found is None:
        raise RefusedError("ResourceNotFound", f"TrackingServer {name} does not exist.")
    return found


def _arn(asked: Asked, server: TrackingServer) -> str:
    return asked.arn(f"mlflow-tracking-server/{server.name}")


@serves("sagemaker", "CreatePresignedMlflowTrackingServerUrl", _SERVER)
def create_presigned_server(asked: Asked) -> dict[str, Any]:
    server = _server(asked)
    if not server.active:
        raise RefusedError("ValidationException", f"TrackingServer is {server.life.status}.")
    return {"AuthorizedUrl": asked.mint.url(server.host(asked.region), "/auth", sub=server.name)}


def _told(asked: Asked, server: TrackingServer) -> dict[str, Any]:
    return {
        "TrackingServerArn": _arn(asked, server),
        "TrackingServerName": server.name,
        **_TIMES,
        "TrackingServerStatus": server.life.status,
        "IsActive": "Active" if server.active else "Inactive",
        "MlflowVersion": _VERSION,
    }


@serves("sagemaker", "ListMlflowTrackingServers")
def list_servers(asked: Asked) -> dict[str, Any]:
    wanted = asked.parameters.get("TrackingServerStatus")
    servers = asked.place.tracking_servers.values()
    found = [each for each in servers if wanted in {None, each.life.status}]
    return page(asked, found, "TrackingServerSummaries", lambda each: _told(asked, each))


@serves("sagemaker", "DescribeMlflowTrackingServer", _SERVER)
def describe_server(asked: Asked) -> dict[str, Any]:
    server = _server(asked)
    server.life.look()
    return {
        **_told(asked, server),
        "ArtifactStoreUri": "s3://experiments-0a1b2c3d/mlflow",
        "TrackingServerSize": "Small",
        "RoleArn": f"arn:aws:iam::{asked.place.account}:role/mlflow",
        "TrackingServerUrl": f"https://{server.host(asked.region)}",
        "WeeklyMaintenanceWindowStart": "Tue:03:30",
        "AutomaticModelRegistration": False,
    }


@serves("sagemaker", "StartMlflowTrackingServer", _SERVER)
def start_server(asked: Asked) -> dict[str, Any]:
    server = _server(asked)
    if server.life.status not in {"Stopped", "StartFailed"}:
        raise RefusedError("ValidationException", f"TrackingServer is {server.life.status}.")
    server.life.head("Starting", "Started")
    return {"TrackingServerArn": _arn(asked, server)}


@serves("sagemaker", "StopMlflowTrackingServer", _SERVER)
def stop_server(asked: Asked) -> dict[str, Any]:
    server = _server(asked)
    if not server.active:
        raise RefusedError("ValidationException", f"TrackingServer is {server.life.status}.")
    server.life.head("Stopping", "Stopped")
    return {"TrackingServerArn": _arn(asked, server)}


def _app(asked: Asked) -> MlflowApp:
    arn = asked.parameters["Arn"]
    found = asked.place.mlflow_apps.get(arn.rpartition("/")[2])
    if found is None or asked.arn(f"mlflow-app/{found.id}") != arn:
        raise RefusedError("ResourceNotFound", f"MlflowApp {arn} does not exist.")
    return found


@serves("sagemaker", "CreatePresignedMlflowAppUrl", "{Arn}")
def create_presigned_app(asked: Asked) -> dict[str, Any]:
    app = _app(asked)
    if app.status not in {"Created", "Updated"}:
        raise RefusedError("ValidationException", f"MlflowApp is {app.status}.")
    return {"AuthorizedUrl": asked.mint.url(app.host(asked.region), "/auth", sub=app.id)}


def _app_told(asked: Asked, app: MlflowApp) -> dict[str, Any]:
    return {
        "Arn": asked.arn(f"mlflow-app/{app.id}"),
        "Name": app.name,
        "Status": app.status,
        **_TIMES,
        "MlflowVersion": _VERSION,
    }


@serves("sagemaker", "ListMlflowApps")
def list_apps(asked: Asked) -> dict[str, Any]:
    wanted = asked.parameters.get("Status")
    found = [app for app in asked.place.mlflow_apps.values() if wanted in {None, app.status}]
    return page(asked, found, "Summaries", lambda each: _app_told(asked, each))


@serves("sagemaker", "DescribeMlflowApp", "{Arn}")
def describe_app(asked: Asked) -> dict[str, Any]:
    return {
        **_app_told(asked, _app(asked)),
        "ArtifactStoreUri": "s3://experiments-0a1b2c3d/mlflow",
        "RoleArn": f"arn:aws:iam::{asked.place.account}:role/mlflow",
        "AccountDefaultStatus": "DISABLED",
    }
