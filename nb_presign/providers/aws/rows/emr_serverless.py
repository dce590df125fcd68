"""EMR Serverless: dashboards of job runs."""

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

# A dashboard is there while a job runs and after it has ended, however that was.
JOB_RUN = by_state(
    {
        TargetState.READY: "RUNNING SUCCESS FAILED CANCELLING CANCELLED",
        TargetState.STARTING: "SUBMITTED PENDING SCHEDULED QUEUED",
    }
)

EMR_SERVERLESS = Operation(
    provider="emr-serverless",
    title="EMR Serverless job runs",
    noun="job run",
    service="emr-serverless",
    operation="GetDashboardForJobRun",
    parts=(
        Part(parameter="applicationId", what="application"),
        Part(parameter="jobRunId", what="job-run"),
    ),
    # "valid for one hour after you generate it".
    lifetime=always(3_600),
    answer=Answer(url="url", hosts=AWS_HOSTS),
    looks=(
        Look(
            operation="GetJobRun",
            parameters=(("applicationId", "applicationId"), ("jobRunId", "jobRunId")),
            state="jobRun.state",
            states=JOB_RUN,
            reason="jobRun.stateDetails",
        ),
    ),
    listing=Listing(
        levels=(
            Level(
                operation="ListApplications",
                items="applications",
                name="id",
                parameters=(("maxResults", 50),),
                cursor="nextToken",
            ),
            Level(
                operation="ListJobRuns",
                items="jobRuns",
                name="id",
                parameters=(("maxResults", 50),),
                cursor="nextToken",
                within="applicationId",
            ),
        ),
        title="name",
        state="state",
        states=JOB_RUN,
        detail="releaseLabel",
    ),
    permission=Permission(
        opens=Grant(
            actions=("emr-serverless:GetDashboardForJobRun",),
            resources=(arn("emr-serverless", "/applications/{applicationId}/jobruns/{jobRunId}"),),
        ),
        looks=(
            Grant(
                actions=("emr-serverless:GetJobRun",),
                resources=(
                    arn("emr-serverless", "/applications/{applicationId}/jobruns/{jobRunId}"),
                ),
            ),
        ),
    ),
)
