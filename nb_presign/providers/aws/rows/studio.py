"""SageMaker Studio: user profiles and their spaces."""

from __future__ import annotations

from nb_presign.aws.least_privilege import Grant, Permission, arn
from nb_presign.providers.aws import studio
from nb_presign.providers.aws.operation import (
    CHOSEN,
    SAGEMAKER_HOSTS,
    Answer,
    Level,
    Listing,
    Opens,
    Operation,
    Part,
)

STUDIO = Operation(
    provider="studio",
    title="SageMaker Studio",
    noun="Studio space or user",
    service="sagemaker",
    operation="CreatePresignedDomainUrl",
    parts=(
        Part(parameter="DomainId", what="domain"),
        Part(parameter="UserProfileName", what="user"),
        Part(parameter="SpaceName", what="space", optional=True),
    ),
    lifetime=CHOSEN,
    expires_in="ExpiresInSeconds",
    session_seconds="SessionExpirationDurationInSeconds",
    answer=Answer(url="AuthorizedUrl", hosts=SAGEMAKER_HOSTS),
    opens=Opens.LANDING,
    looks=studio.LOOKS,
    listing=Listing(
        levels=(
            Level(
                operation="ListDomains",
                items="Domains",
                name="DomainId",
                parameters=(("MaxResults", 100),),
            ),
            Level(
                operation="ListUserProfiles",
                items="UserProfiles",
                name="UserProfileName",
                parameters=(("MaxResults", 100),),
                within="DomainIdEquals",
            ),
        ),
    ),
    list_page=studio.list_page,
    prepare=studio.landing,
    listed=True,
    bare=r"d-[a-z0-9-]{1,61}",
    permission=Permission(
        opens=Grant(
            actions=("sagemaker:CreatePresignedDomainUrl",),
            resources=(arn("sagemaker", "user-profile/{DomainId}/{UserProfileName}"),),
        ),
        looks=(
            Grant(
                actions=("sagemaker:DescribeUserProfile",),
                resources=(arn("sagemaker", "user-profile/{DomainId}/{UserProfileName}"),),
            ),
            Grant(
                actions=("sagemaker:DescribeDomain",),
                resources=(arn("sagemaker", "domain/{DomainId}"),),
            ),
            Grant(
                actions=("sagemaker:DescribeSpace",),
                resources=(arn("sagemaker", "space/{DomainId}/{SpaceName}"),),
            ),
        ),
        asked_again=True,
        caveats=(
            (
                "It is a user profile that is opened, with all of its spaces: no policy of this "
                "operation keeps to one of them."
            ),
        ),
    ),
)
