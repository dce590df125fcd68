"""Every operation of the fake, called by boto3, and held against botocore's model."""

from __future__ import annotations

import boto3
import pytest
from botocore import xform_name
from support.aws import ACCOUNT, CANARY, REGION, AwsServer
from support.aws import models as known
from support.aws.operations.table import TABLE

TEAM = "d-team00000001"
MLFLOW_APP = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:mlflow-app/app-MODELS"
PARTNER_APP = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:partner-app/app-COMET0000001"
CLUSTER = f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:cluster/j-ETL0000000001"
RUN = {"applicationId": "00spark000000001", "jobRunId": "00daily000000001"}
IN_TEAM = {"DomainId": TEAM, "UserProfileName": "ada"}

#: A call of each operation, that must succeed.
CALLS = {
    ("sagemaker", "CreatePresignedNotebookInstanceUrl"): {"NotebookInstanceName": "my-instance"},
    ("sagemaker", "DescribeNotebookInstance"): {"NotebookInstanceName": "broken"},
    ("sagemaker", "ListNotebookInstances"): {"MaxResults": 1, "NameContains": "i"},
    ("sagemaker", "StartNotebookInstance"): {"NotebookInstanceName": "sleeping"},
    ("sagemaker", "StopNotebookInstance"): {"NotebookInstanceName": "Big-GPU"},
    ("sagemaker", "CreatePresignedDomainUrl"): {
        **IN_TEAM,
        "SpaceName": "adas-lab",
        "LandingUri": "app:JupyterLab:lab",
        "ExpiresInSeconds": 5,
        "SessionExpirationDurationInSeconds": 43_200,
    },
    ("sagemaker", "ListDomains"): {"MaxResults": 1},
    ("sagemaker", "DescribeDomain"): {"DomainId": TEAM},
    ("sagemaker", "ListUserProfiles"): {"DomainIdEquals": TEAM, "MaxResults": 1},
    ("sagemaker", "DescribeUserProfile"): IN_TEAM,
    ("sagemaker", "ListSpaces"): {"DomainIdEquals": TEAM, "MaxResults": 1},
    ("sagemaker", "DescribeSpace"): {"DomainId": TEAM, "SpaceName": "adas-lab"},
    ("sagemaker", "ListApps"): {"DomainIdEquals": TEAM, "MaxResults": 1},
    ("sagemaker", "CreatePresignedMlflowTrackingServerUrl"): {"TrackingServerName": "experiments"},
    ("sagemaker", "ListMlflowTrackingServers"): {"MaxResults": 1},
    ("sagemaker", "DescribeMlflowTrackingServer"): {"TrackingServerName": "idle-experiments"},
    ("sagemaker", "StartMlflowTrackingServer"): {"TrackingServerName": "idle-experiments"},
    ("sagemaker", "StopMlflowTrackingServer"): {"TrackingServerName": "experiments"},
    ("sagemaker", "CreatePresignedMlflowAppUrl"): {"Arn": MLFLOW_APP},
    ("sagemaker", "ListMlflowApps"): {"MaxResults": 1},
    ("sagemaker", "DescribeMlflowApp"): {"Arn": MLFLOW_APP},
    ("sagemaker", "CreatePartnerAppPresignedUrl"): {"Arn": PARTNER_APP},
    ("sagemaker", "ListPartnerApps"): {"MaxResults": 1},
    ("sagemaker", "DescribePartnerApp"): {"Arn": PARTNER_APP},
    ("athena", "CreatePresignedNotebookUrl"): {"SessionId": "…"},
    ("athena", "ListWorkGroups"): {"MaxResults": 1},
    ("athena", "ListSessions"): {"WorkGroup": "primary", "MaxResults": 1},
    ("athena", "ListNotebookMetadata"): {"WorkGroup": "primary", "MaxResults": 1},
    ("athena", "ListNotebookSessions"): {"NotebookId": "…"},
    ("athena", "GetNotebookMetadata"): {"NotebookId": "…"},
    ("athena", "GetSessionStatus"): {"SessionId": "…"},
    ("athena", "GetSession"): {"SessionId": "…"},
    ("emr", "GetPersistentAppUIPresignedURL"): {"PersistentAppUIId": "p-etl0000000001"},
    ("emr", "GetOnClusterAppUIPresignedURL"): {"ClusterId": "j-ETL0000000001"},
    ("emr", "CreatePersistentAppUI"): {"TargetResourceArn": CLUSTER},
    ("emr", "DescribePersistentAppUI"): {"PersistentAppUIId": "p-etl0000000001"},
    ("emr", "ListClusters"): {"ClusterStates": ["WAITING", "TERMINATED"]},
    ("emr", "DescribeCluster"): {"ClusterId": "j-ETL0000000001"},
    ("emr-serverless", "GetDashboardForJobRun"): {**RUN, "attempt": 1},
    ("emr-serverless", "ListApplications"): {"states": ["STARTED", "CREATED"], "maxResults": 1},
    ("emr-serverless", "GetApplication"): {"applicationId": RUN["applicationId"]},
    ("emr-serverless", "ListJobRuns"): {"applicationId": RUN["applicationId"], "maxResults": 1},
    ("emr-serverless", "GetJobRun"): RUN,
    ("mwaa", "CreateWebLoginToken"): {"Name": "nightly"},
    ("mwaa", "ListEnvironments"): {"MaxResults": 1},
    ("mwaa", "GetEnvironment"): {"Name": "nightly"},
    ("kinesisanalyticsv2", "CreateApplicationPresignedUrl"): {
        "ApplicationName": "clicks",
        "UrlType": "FLINK_DASHBOARD_URL",
        "SessionExpirationDurationInSeconds": 1800,
    },
    ("kinesisanalyticsv2", "ListApplications"): {"Limit": 1},
    ("kinesisanalyticsv2", "DescribeApplication"): {"ApplicationName": "clicks"},
    ("sts", "GetCallerIdentity"): {},
    ("sts", "AssumeRole"): {
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/reader",
        "RoleSessionName": "ada",
        "DurationSeconds": 900,
    },
}
#: What presign operations answer with.
PRESIGNED = {
    "CreatePresignedNotebookInstanceUrl": "AuthorizedUrl",
    "CreatePresignedDomainUrl": "AuthorizedUrl",
    "CreatePresignedMlflowTrackingServerUrl": "AuthorizedUrl",
    "CreatePresignedMlflowAppUrl": "AuthorizedUrl",
    "CreatePartnerAppPresignedUrl": "Url",
    "CreatePresignedNotebookUrl": "NotebookUrl",
    "GetPersistentAppUIPresignedURL": "PresignedURL",
    "GetOnClusterAppUIPresignedURL": "PresignedURL",
    "GetDashboardForJobRun": "url",
    "CreateWebLoginToken": "WebToken",
    "CreateApplicationPresignedUrl": "AuthorizedUrl",
}


@pytest.fixture(scope="module")
def clients():
    """Make clients once: botocore takes its time to read SageMaker's model."""
    with AwsServer() as server:
        session = boto3.Session(
            aws_access_key_id=server.key.id,
            aws_secret_access_key=server.key.secret,
            region_name=REGION,
        )
        config = boto3.session.Config(inject_host_prefix=False, retries={"max_attempts": 0})
        made = {
            name: session.client(name, endpoint_url=server.url, config=config)
            for name in known.SERVICES
        }
        yield server, made
        for each in made.values():
            each.close()


def call(clients, service, operation):
    server, made = clients
    session = next(each for each in server.world.sessions.values() if each.notebook)
    known = {"SessionId": session.id, "NotebookId": session.notebook.id}
    given = {k: known[k] if v == "…" else v for k, v in CALLS[service, operation].items()}
    answer = getattr(made[service], xform_name(operation))(**given)
    return {k: v for k, v in answer.items() if k != "ResponseMetadata"}


def test_every_operation_has_an_example():
    assert set(CALLS) == set(TABLE)


@pytest.mark.parametrize(("service", "operation"), sorted(CALLS), ids="-".join)
def test_answers_fit_the_model(clients, service, operation):
    server, _ = clients
    before = len(server.calls)
    answer = call(clients, service, operation)
    assert server.mistakes == []
    # One at the least, of those that the model has and boto3 could read.
    shape = known.operation(service, operation).output_shape
    required = set(shape.required_members) if shape else set()
    assert required <= set(answer) <= set(shape.members if shape else ())
    assert answer or not (shape and shape.members)
    [made] = server.calls[before:]
    assert (made.service, made.operation, made.region) == (service, operation, REGION)
    assert set(CALLS[service, operation]) == set(made.parameters)


@pytest.mark.parametrize(("service", "operation"), sorted(CALLS), ids="-".join)
def test_what_presigns_gives_a_canary_once(clients, service, operation):
    if operation not in PRESIGNED:
        assert "resigned" not in operation
        return
    server, _ = clients
    server.world.clusters["j-ETL0000000001"].polls = 0
    server.world.histories["p-etl0000000001"].polls = 0
    server.world.tracking_servers["experiments"].life.become("Started")
    first, second = (call(clients, service, operation)[PRESIGNED[operation]] for _ in range(2))
    assert first != second
    assert CANARY in first
    assert first in server.secrets()


def test_lists_go_on_where_they_ended(clients):
    server, made = clients
    pages = (
        made["sagemaker"]
        .get_paginator("list_notebook_instances")
        .paginate(PaginationConfig={"PageSize": 1})
    )
    names = [each["NotebookInstanceName"] for page in pages for each in page["NotebookInstances"]]
    assert names == sorted(server.world.instances)
