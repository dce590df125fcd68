"""Applications of partners in SageMaker."""

from __future__ import annotations

from typing import Any

from support.aws.exchange import Asked
from support.aws.operations.table import serves
from support.aws.pages import page
from support.aws.refusal import RefusedError
from support.aws.things import BORN, PartnerApp


def _app(asked: Asked) -> PartnerApp:
    arn = asked.parameters["Arn"]
    found = asked.place.partner_apps.get(arn.rpartition("/")[2])
    if found is None or asked.arn(f"partner-app/{found.id}") != arn:
        raise RefusedError("ResourceNotFound", f"PartnerApp {arn} does not exist.")
    return found


def _told(asked: Asked, app: PartnerApp) -> dict[str, Any]:
    return {
        "Arn": asked.arn(f"partner-app/{app.id}"),
        "Name": app.name,
        "Type": app.type,
        "Status": app.status,
        "CreationTime": BORN,
    }


@serves("sagemaker", "CreatePartnerAppPresignedUrl", "{Arn}")
def create_presigned(asked: Asked) -> dict[str, Any]:
    app = _app(asked)
    if app.status != "Available":
        raise RefusedError("ValidationException", f"PartnerApp is {app.status}.")
    return {"Url": asked.mint.url(app.host(asked.region), "/auth", sub=app.id)}


@serves("sagemaker", "ListPartnerApps")
def list_apps(asked: Asked) -> dict[str, Any]:
    found = list(asked.place.partner_apps.values())
    return page(asked, found, "Summaries", lambda each: _told(asked, each))


@serves("sagemaker", "DescribePartnerApp", "{Arn}")
def describe(asked: Asked) -> dict[str, Any]:
    app = _app(asked)
    return {
        **_told(asked, app),
        "LastModifiedTime": BORN,
        "ExecutionRoleArn": f"arn:aws:iam::{asked.place.account}:role/partner",
        "BaseUrl": f"https://{app.host(asked.region)}",
        "Tier": "small",
        "AuthType": "IAM",
    }
