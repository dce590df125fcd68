"""SageMaker notebook instances."""

from __future__ import annotations

from nb_presign.aws.least_privilege import Grant, Permission, arn
from nb_presign.model import TargetState
from nb_presign.providers.aws.operation import (
    SAGEMAKER_HOSTS,
    Answer,
    Level,
    Listing,
    Look,
    Opens,
    Operation,
    Part,
    always,
    by_state,
)

# Developer guide, "Notebook instance statuses" in `DescribeNotebookInstance`. One that is updated
# or in maintenance is stopped meanwhile.
INSTANCE = by_state(
    {
        TargetState.READY: "InService",
        TargetState.STARTING: "Pending",
        TargetState.STOPPED: "Stopped",
        TargetState.DOWN: "Stopping Updating PendingMaintenance InMaintenance",
        TargetState.FAILED: "Failed Deleting",
    }
)

# Its host is in lower case whatever its name is, and AWS does not say which its ARN is in.
_ARNS = (
    arn("sagemaker", "notebook-instance/{NotebookInstanceName}"),
    arn("sagemaker", "notebook-instance/{NotebookInstanceName_lower}"),
)

NOTEBOOK_INSTANCE = Operation(
    provider="sagemaker",
    title="SageMaker notebook instances",
    noun="notebook instance",
    service="sagemaker",
    operation="CreatePresignedNotebookInstanceUrl",
    parts=(Part(parameter="NotebookInstanceName", what="instance"),),
    # "valid only for 5 minutes", and no parameter changes that.
    lifetime=always(300),
    session_seconds="SessionExpirationDurationInSeconds",
    answer=Answer(url="AuthorizedUrl", hosts=SAGEMAKER_HOSTS, same_host=True),
    opens=Opens.REWRITTEN,
    looks=(
        Look(
            operation="DescribeNotebookInstance",
            parameters=(("NotebookInstanceName", "NotebookInstanceName"),),
            state="NotebookInstanceStatus",
            states=INSTANCE,
            host="Url",
            instance_type="InstanceType",
            reason="FailureReason",
            startable=frozenset({"Stopped"}),
        ),
    ),
    start="StartNotebookInstance",
    listing=Listing(
        levels=(
            Level(
                operation="ListNotebookInstances",
                items="NotebookInstances",
                name="NotebookInstanceName",
                parameters=(("MaxResults", 100),),
            ),
        ),
        state="NotebookInstanceStatus",
        states=INSTANCE,
        instance_type="InstanceType",
        startable=frozenset({"Stopped"}),
    ),
    listed=True,
    bare=r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
    permission=Permission(
        opens=Grant(actions=("sagemaker:CreatePresignedNotebookInstanceUrl",), resources=_ARNS),
        looks=(Grant(actions=("sagemaker:DescribeNotebookInstance",), resources=_ARNS),),
        asked_again=True,
    ),
)
