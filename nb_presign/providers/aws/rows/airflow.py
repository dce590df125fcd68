"""Managed Workflows for Apache Airflow."""

from __future__ import annotations

from nb_presign.aws.least_privilege import Grant, Permission, arn
from nb_presign.model import TargetState
from nb_presign.providers.aws.operation import (
    AWS_HOSTS,
    Answer,
    Level,
    Listing,
    Look,
    Operation,
    Part,
    always,
    by_state,
)

# User guide, "GetEnvironment": one whose update failed has been rolled back and is in use.
ENVIRONMENT = by_state(
    {
        TargetState.READY: "AVAILABLE UPDATE_FAILED",
        TargetState.STARTING: "CREATING PENDING",
        TargetState.FAILED: "CREATE_FAILED UNAVAILABLE DELETING DELETED",
    }
)

AIRFLOW = Operation(
    provider="airflow",
    title="Managed Airflow environments",
    noun="Airflow environment",
    service="mwaa",
    operation="CreateWebLoginToken",
    parts=(Part(parameter="Name", what="environment"),),
    # User guide, "Create a Apache Airflow web server access token": valid for 60 seconds.
    lifetime=always(60),
    answer=Answer(
        host="WebServerHostname",
        token="WebToken",  # noqa: S106  # the name of a member
        # User guide, the same page: the URL is put together by the caller.
        template="https://{host}/aws_mwaa/aws-console-sso?login=true#{token}",
        hosts=AWS_HOSTS,
    ),
    looks=(
        Look(
            operation="GetEnvironment",
            parameters=(("Name", "Name"),),
            state="Environment.Status",
            states=ENVIRONMENT,
            host="Environment.WebserverUrl",
            instance_type="Environment.EnvironmentClass",
        ),
    ),
    listing=Listing(
        levels=(
            Level(
                operation="ListEnvironments",
                items="Environments",
                parameters=(("MaxResults", 25),),
            ),
        ),
    ),
    permission=Permission(
        opens=Grant(
            actions=("airflow:CreateWebLoginToken",),
            resources=(arn("airflow", "role/{Name}/*"),),
        ),
        looks=(
            Grant(
                actions=("airflow:GetEnvironment",),
                resources=(arn("airflow", "environment/{Name}"),),
            ),
        ),
        caveats=(
            (
                "What may be done in Airflow is the last part of the ARN: Admin, Op, User, Viewer "
                "or Public in place of the '*'."
            ),
        ),
    ),
)
