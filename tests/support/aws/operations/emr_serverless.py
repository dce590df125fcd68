"""EMR Serverless: applications, runs of jobs, their dashboards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from support.aws.exchange import Asked
from support.aws.operations.table import serves
from support.aws.pages import page
from support.aws.refusal import RefusedError
from support.aws.things import BORN, Job, ServerlessApplication

_APPLICATION = "/applications/{applicationId}"
_RUN = "/applications/{applicationId}/jobruns/{jobRunId}"
_TIMES = {"createdAt": BORN, "updatedAt": BORN + timedelta(hours=1)}
_RELEASE = "emr-7.9.0"


def _application(asked: Asked) -> ServerlessApplication:
    found = asked.place.serverless.get(asked.parameters["applicationId"])
    if found is None:
        name = asked.parameters["applicationId"]
        raise RefusedError("ResourceNotFoundException", f"Application {name} does not exist")
    return found


def _job(asked: Asked) -> Job:
    found = _application(asked).jobs.get(asked.parameters["jobRunId"])
    if found is None:
        name = asked.parameters["jobRunId"]
        raise RefusedError("ResourceNotFoundException", f"JobRun {name} does not exist")
    return found


@serves("emr-serverless", "GetDashboardForJobRun", _RUN)
def get_dashboard(asked: Asked) -> dict[str, Any]:
    job = _job(asked)
    if job.state in {"SUBMITTED", "PENDING", "SCHEDULED", "QUEUED"}:
        raise RefusedError(
            "ValidationException", f"Dashboard is not available in state {job.state}."
        )
    host = f"j-{job.id}.emrappui-prod.{asked.region}.amazonaws.com"
    return {"url": asked.mint.url(host, "/shs/", sub=job.id)}


@serves("emr-serverless", "ListApplications")
def list_applications(asked: Asked) -> dict[str, Any]:
    wanted = asked.parameters.get("states")
    found = [a for a in asked.place.serverless.values() if not wanted or a.state in wanted]
    return page(
        asked,
        found,
        "applications",
        lambda each: {
            "id": each.id,
            "name": each.name,
            "arn": asked.arn(f"/applications/{each.id}"),
            "releaseLabel": _RELEASE,
            "type": "Spark",
            "state": each.state,
            **_TIMES,
            "architecture": "X86_64",
        },
    )


@serves("emr-serverless", "GetApplication", _APPLICATION)
def get_application(asked: Asked) -> dict[str, Any]:
    application = _application(asked)
    return {
        "application": {
            "applicationId": application.id,
            "name": application.name,
            "arn": asked.arn(f"/applications/{application.id}"),
            "releaseLabel": _RELEASE,
            "type": "Spark",
            "state": application.state,
            **_TIMES,
        }
    }


def _told(asked: Asked, job: Job) -> dict[str, Any]:
    id_ = asked.parameters["applicationId"]
    return {
        "applicationId": id_,
        "name": job.name,
        "mode": "BATCH",
        "arn": asked.arn(f"/applications/{id_}/jobruns/{job.id}"),
        "createdBy": asked.key.arn,
        **_TIMES,
        "executionRole": f"arn:aws:iam::{asked.place.account}:role/emr",
        "state": job.state,
        "stateDetails": "as it is",
        "releaseLabel": _RELEASE,
    }


@serves("emr-serverless", "ListJobRuns", _APPLICATION)
def list_jobs(asked: Asked) -> dict[str, Any]:
    wanted = asked.parameters.get("states")
    found = [j for j in _application(asked).jobs.values() if not wanted or j.state in wanted]
    return page(
        asked, found, "jobRuns", lambda each: {**_told(asked, each), "id": each.id, "type": "SPARK"}
    )


@serves("emr-serverless", "GetJobRun", _RUN)
def get_job(asked: Asked) -> dict[str, Any]:
    job = _job(asked)
    driver = {"sparkSubmit": {"entryPoint": "s3://jobs-0a1b2c3d/daily.py"}}
    return {"jobRun": {**_told(asked, job), "jobRunId": job.id, "jobDriver": driver}}
