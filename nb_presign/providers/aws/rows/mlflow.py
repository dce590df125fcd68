"""MLflow on SageMaker: tracking servers and apps."""

from __future__ import annotations

from nb_presign.aws.least_privilege import Grant, Permission, arn
from nb_presign.model import TargetState
from nb_presign.providers.aws.operation import (
    CHOSEN,
    SAGEMAKER_HOSTS,
    Answer,
    Level,
    Listing,
    Look,
    Operation,
    Part,
    by_state,
)

# A server that is being changed keeps on or comes back, and AWS says no more: it is tried.
TRACKING_SERVER = by_state(
    {
        TargetState.READY: "Created Started Updated MaintenanceComplete",
        TargetState.STARTING: "Creating Starting",
        TargetState.STOPPED: "Stopped StartFailed",
        TargetState.DOWN: "Stopping",
        TargetState.FAILED: "CreateFailed Deleting",
    }
)

MLFLOW_APP = by_state(
    {
        TargetState.READY: "Created Updated",
        TargetState.STARTING: "Creating",
        TargetState.FAILED: "CreateFailed Deleting Deleted",
    }
)

MLFLOW = Operation(
    provider="mlflow",
    title="MLflow tracking servers",
    noun="MLflow tracking server",
    service="sagemaker",
    operation="CreatePresignedMlflowTrackingServerUrl",
    parts=(Part(parameter="TrackingServerName", what="server"),),
    lifetime=CHOSEN,
    expires_in="ExpiresInSeconds",
    session_seconds="SessionExpirationDurationInSeconds",
    single_use=True,
    answer=Answer(url="AuthorizedUrl", hosts=SAGEMAKER_HOSTS),
    looks=(
        Look(
            operation="DescribeMlflowTrackingServer",
            parameters=(("TrackingServerName", "TrackingServerName"),),
            state="TrackingServerStatus",
            states=TRACKING_SERVER,
            host="TrackingServerUrl",
            instance_type="TrackingServerSize",
            startable=frozenset({"Stopped", "StartFailed"}),
        ),
    ),
    start="StartMlflowTrackingServer",
    listing=Listing(
        levels=(
            Level(
                operation="ListMlflowTrackingServers",
                items="TrackingServerSummaries",
                name="TrackingServerName",
                parameters=(("MaxResults", 100),),
            ),
        ),
        state="TrackingServerStatus",
        states=TRACKING_SERVER,
        detail="MlflowVersion",
        startable=frozenset({"Stopped", "StartFailed"}),
    ),
    permission=Permission(
        opens=Grant(
            actions=("sagemaker:CreatePresignedMlflowTrackingServerUrl",),
            resources=(arn("sagemaker", "mlflow-tracking-server/{TrackingServerName}"),),
        ),
        looks=(
            Grant(
                actions=("sagemaker:DescribeMlflowTrackingServer",),
                resources=(arn("sagemaker", "mlflow-tracking-server/{TrackingServerName}"),),
            ),
        ),
        caveats=("What can be done in MLflow takes sagemaker-mlflow:… actions of its own.",),
    ),
)

MLFLOW_APPS = Operation(
    provider="mlflow-app",
    title="MLflow apps",
    noun="MLflow app",
    service="sagemaker",
    operation="CreatePresignedMlflowAppUrl",
    parts=(Part(parameter="Arn", what="arn", segments=2),),
    lifetime=CHOSEN,
    expires_in="ExpiresInSeconds",
    session_seconds="SessionExpirationDurationInSeconds",
    single_use=True,
    answer=Answer(url="AuthorizedUrl", hosts=SAGEMAKER_HOSTS),
    looks=(
        Look(
            operation="DescribeMlflowApp",
            parameters=(("Arn", "Arn"),),
            state="Status",
            states=MLFLOW_APP,
        ),
    ),
    listing=Listing(
        levels=(
            Level(
                operation="ListMlflowApps",
                items="Summaries",
                name="Arn",
                parameters=(("MaxResults", 100),),
            ),
        ),
        title="Name",
        state="Status",
        states=MLFLOW_APP,
        detail="MlflowVersion",
    ),
    permission=Permission(
        opens=Grant(actions=("sagemaker:CreatePresignedMlflowAppUrl",), resources=("{Arn}",)),
        looks=(Grant(actions=("sagemaker:DescribeMlflowApp",), resources=("{Arn}",)),),
        caveats=("What can be done in MLflow takes sagemaker-mlflow:… actions of its own.",),
    ),
)
