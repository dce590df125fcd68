"""Partner AI apps of SageMaker."""

from __future__ import annotations

from nb_presign.aws.least_privilege import Grant, Permission
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

PARTNER_APP = by_state(
    {
        TargetState.READY: "Available",
        TargetState.STARTING: "Creating",
        TargetState.FAILED: "Failed Deleting Deleted",
    }
)

PARTNER_APPS = Operation(
    provider="partner-app",
    title="SageMaker partner AI apps",
    noun="partner AI app",
    service="sagemaker",
    operation="CreatePartnerAppPresignedUrl",
    parts=(Part(parameter="Arn", what="arn", segments=2),),
    lifetime=CHOSEN,
    expires_in="ExpiresInSeconds",
    session_seconds="SessionExpirationDurationInSeconds",
    answer=Answer(url="Url", hosts=SAGEMAKER_HOSTS),
    looks=(
        Look(
            operation="DescribePartnerApp",
            parameters=(("Arn", "Arn"),),
            state="Status",
            states=PARTNER_APP,
            host="BaseUrl",
            reason="Error.Reason",
        ),
    ),
    listing=Listing(
        levels=(
            Level(
                operation="ListPartnerApps",
                items="Summaries",
                name="Arn",
                parameters=(("MaxResults", 100),),
            ),
        ),
        title="Name",
        state="Status",
        states=PARTNER_APP,
        detail="Type",
    ),
    permission=Permission(
        opens=Grant(actions=("sagemaker:CreatePartnerAppPresignedUrl",), resources=("{Arn}",)),
        looks=(Grant(actions=("sagemaker:DescribePartnerApp",), resources=("{Arn}",)),),
    ),
)
