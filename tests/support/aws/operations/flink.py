"""Managed Service for Apache Flink, and its notebooks."""

from __future__ import annotations

from typing import Any

from support.aws.exchange import Asked
from support.aws.operations.table import serves
from support.aws.pages import page
from support.aws.refusal import RefusedError
from support.aws.things import BORN, FlinkApplication

_RESOURCE = "application/{ApplicationName}"


def _application(asked: Asked) -> FlinkApplication:
    name = asked.parameters["ApplicationName"]
    found = asked.place.flink.get(name)
    if found is None:
        raise RefusedError("ResourceNotFoundException", f"Application not found for name: {name}")
    return found


def _told(asked: Asked, application: FlinkApplication) -> dict[str, Any]:
    return {
        "ApplicationName": application.name,
        "ApplicationARN": asked.arn(f"application/{application.name}"),
        "ApplicationStatus": application.status,
        "ApplicationVersionId": 1,
        "RuntimeEnvironment": application.runtime,
        "ApplicationMode": application.mode,
    }


@serves("kinesisanalyticsv2", "CreateApplicationPresignedUrl", _RESOURCE)
def create_presigned(asked: Asked) -> dict[str, Any]:
    application, kind = _application(asked), asked.parameters["UrlType"]
    if application.status != "RUNNING":
        raise RefusedError(
            "ResourceInUseException", f"Application must be RUNNING, not {application.status}."
        )
    if (kind == "ZEPPELIN_UI_URL") != (application.mode == "INTERACTIVE"):
        raise RefusedError(
            "InvalidArgumentException", f"{kind} is not supported for {application.runtime}."
        )
    path = "/zeppelin" if kind == "ZEPPELIN_UI_URL" else "/flinkdashboard"
    url = asked.mint.url(application.host(asked.region), path, sub=application.name)
    return {"AuthorizedUrl": url}


@serves("kinesisanalyticsv2", "ListApplications")
def list_applications(asked: Asked) -> dict[str, Any]:
    found = list(asked.place.flink.values())
    return page(asked, found, "ApplicationSummaries", lambda each: _told(asked, each))


@serves("kinesisanalyticsv2", "DescribeApplication", _RESOURCE)
def describe(asked: Asked) -> dict[str, Any]:
    application = _application(asked)
    return {
        "ApplicationDetail": {
            **_told(asked, application),
            "ServiceExecutionRole": f"arn:aws:iam::{asked.place.account}:role/flink",
            "CreateTimestamp": BORN,
            "LastUpdateTimestamp": BORN,
        }
    }
