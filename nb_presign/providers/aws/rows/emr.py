"""EMR: applications of clusters, and what is kept of them."""

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

CLUSTER = by_state(
    {
        TargetState.READY: "RUNNING WAITING",
        TargetState.STARTING: "STARTING BOOTSTRAPPING",
        TargetState.FAILED: "TERMINATING TERMINATED TERMINATED_WITH_ERRORS",
    }
)

EMR = Operation(
    provider="emr",
    title="EMR clusters' applications",
    noun="EMR cluster's application",
    service="emr",
    operation="GetOnClusterAppUIPresignedURL",
    parts=(
        Part(parameter="ClusterId", what="cluster"),
        Part(
            parameter="OnClusterAppUIType",
            what="UI",
            optional=True,
            default="SparkHistoryServer",
        ),
    ),
    choices=(
        Choice(option="application", parameter="ApplicationId"),
        Choice(option="role", parameter="ExecutionRoleArn"),
    ),
    lifetime=always(300),
    lifetime_documented=False,
    answer=Answer(url="PresignedURL", ready="PresignedURLReady", hosts=AWS_HOSTS),
    looks=(
        Look(
            operation="DescribeCluster",
            parameters=(("ClusterId", "ClusterId"),),
            state="Cluster.Status.State",
            states=CLUSTER,
            reason="Cluster.Status.StateChangeReason.Message",
        ),
    ),
    listing=Listing(
        levels=(
            Level(
                operation="ListClusters",
                items="Clusters",
                name="Id",
                parameters=(
                    ("ClusterStates", ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING")),
                ),
                cursor="Marker",
            ),
        ),
        title="Name",
        state="Status.State",
        states=CLUSTER,
    ),
    permission=Permission(
        opens=Grant(
            actions=("elasticmapreduce:GetOnClusterAppUIPresignedURL",),
            resources=(arn("elasticmapreduce", "cluster/{ClusterId}"),),
        ),
        looks=(
            Grant(
                actions=("elasticmapreduce:DescribeCluster",),
                resources=(arn("elasticmapreduce", "cluster/{ClusterId}"),),
            ),
        ),
    ),
)

EMR_HISTORY = Operation(
    provider="emr-history",
    title="EMR persistent application UIs",
    noun="persistent application UI",
    service="emr",
    operation="GetPersistentAppUIPresignedURL",
    parts=(
        Part(parameter="PersistentAppUIId", what="UI-id"),
        Part(parameter="PersistentAppUIType", what="kind", optional=True, default="SHS"),
    ),
    choices=(
        Choice(option="application", parameter="ApplicationId"),
        Choice(option="role", parameter="ExecutionRoleArn"),
    ),
    lifetime=always(300),
    lifetime_documented=False,
    answer=Answer(url="PresignedURL", ready="PresignedURLReady", hosts=AWS_HOSTS),
    looks=(
        Look(
            operation="DescribePersistentAppUI",
            parameters=(("PersistentAppUIId", "PersistentAppUIId"),),
            state="PersistentAppUI.PersistentAppUIStatus",
            # AWS does not document the words.
            states=by_state({}),
            reason="PersistentAppUI.LastStateChangeReason",
        ),
    ),
    listing=Listing(
        missing="EMR has no operation that lists persistent application UIs; "
        "'aws emr create-persistent-app-ui' tells the id of one."
    ),
    permission=Permission(
        # Which ARN would keep it to one of them is not documented.
        opens=Grant(actions=("elasticmapreduce:GetPersistentAppUIPresignedURL",), resources=("*",)),
        looks=(Grant(actions=("elasticmapreduce:DescribePersistentAppUI",), resources=("*",)),),
        caveats=("It is for all persistent application UIs: no ARN is known that is one's only.",),
    ),
)
