"""Managed Workflows for Apache Airflow."""

from __future__ import annotations

from typing import Any

from support.aws.exchange import Asked
from support.aws.operations.table import serves
from support.aws.pages import page
from support.aws.refusal import RefusedError
from support.aws.things import BORN, Environment


def _environment(asked: Asked) -> Environment:
    found = asked.place.environments.get(asked.parameters["Name"])
    if found is None:
        raise RefusedError(
            "ResourceNotFoundException",
            f"Airflow environment not found for name: {asked.parameters['Name']}",
        )
    return found


@serves("mwaa", "CreateWebLoginToken", "role/{Name}/Admin")
def create_token(asked: Asked) -> dict[str, Any]:
    environment = _environment(asked)
    if environment.status not in {"AVAILABLE", "UPDATING"}:
        raise RefusedError(
            "ResourceNotFoundException", f"Airflow environment {environment.name} is not available."
        )
    return {
        "WebToken": asked.mint.token(sub=environment.name),
        "WebServerHostname": environment.host(asked.region),
        "IamIdentity": asked.key.arn.partition(":::")[2] or asked.key.arn,
        "AirflowIdentity": "assumed-role/airflow",
    }


@serves("mwaa", "ListEnvironments")
def list_environments(asked: Asked) -> dict[str, Any]:
    return page(asked, list(asked.place.environments), "Environments", str)


@serves("mwaa", "GetEnvironment", "environment/{Name}")
def get_environment(asked: Asked) -> dict[str, Any]:
    environment = _environment(asked)
    return {
        "Environment": {
            "Name": environment.name,
            "Status": environment.status,
            "Arn": asked.arn(f"environment/{environment.name}"),
            "CreatedAt": BORN,
            "WebserverUrl": f"https://{environment.host(asked.region)}",
            "ExecutionRoleArn": f"arn:aws:iam::{asked.place.account}:role/airflow",
            "AirflowVersion": "3.0.6",
            "EnvironmentClass": "mw1.small",
            "WebserverAccessMode": "PUBLIC_ONLY",
        }
    }
