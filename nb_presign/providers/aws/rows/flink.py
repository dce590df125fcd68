"""Managed Service for Apache Flink."""

from __future__ import annotations

from nb_presign.aws.least_privilege import Grant, Permission, arn
from nb_presign.model import TargetState
from nb_presign.providers.aws.operation import (
    AWS_HOSTS,
    Answer,
    Choice,
    Level,
    Listing,
    Look,
    Operation,
    Part,
    always,
    by_state,
)

# `READY` is an application that is ready to be run, which is to say stopped.
APPLICATION = by_state(
    {
        TargetState.READY: "RUNNING",
        TargetState.STARTING: "STARTING",
        TargetState.STOPPED: "READY",
        TargetState.DOWN: "STOPPING FORCE_STOPPING",
        TargetState.FAILED: "DELETING",
    }
)

FLINK = Operation(
    provider="flink",
    title="Managed Flink applications",
    noun="Flink application",
    service="kinesisanalyticsv2",
    operation="CreateApplicationPresignedUrl",
    parts=(Part(parameter="ApplicationName", what="application"),),
    choices=(
        Choice(
            option="ui",
            parameter="UrlType",
            words={"flink": "FLINK_DASHBOARD_URL", "zeppelin": "ZEPPELIN_UI_URL"},
            default="FLINK_DASHBOARD_URL",
        ),
    ),
    # "must be used within 3 minutes to be valid"; what the parameter sets is how long it works
    # once it has been used, twelve hours unless said otherwise.
    lifetime=always(180),
    session_seconds="SessionExpirationDurationInSeconds",
    answer=Answer(url="AuthorizedUrl", hosts=AWS_HOSTS),
    looks=(
        Look(
            operation="DescribeApplication",
            parameters=(("ApplicationName", "ApplicationName"),),
            state="ApplicationDetail.ApplicationStatus",
            states=APPLICATION,
        ),
    ),
    listing=Listing(
        levels=(
            Level(
                operation="ListApplications",
                items="ApplicationSummaries",
                name="ApplicationName",
                parameters=(("Limit", 50),),
            ),
        ),
        state="ApplicationStatus",
        states=APPLICATION,
        detail="RuntimeEnvironment",
    ),
    permission=Permission(
        opens=Grant(
            actions=("kinesisanalytics:CreateApplicationPresignedUrl",),
            resources=(arn("kinesisanalytics", "application/{ApplicationName}"),),
        ),
        looks=(
            Grant(
                actions=("kinesisanalytics:DescribeApplication",),
                resources=(arn("kinesisanalytics", "application/{ApplicationName}"),),
            ),
        ),
        asked_again=True,
    ),
)
