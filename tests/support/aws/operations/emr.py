"""EMR on EC2: clusters and their user interfaces."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from support.aws.exchange import Asked
from support.aws.operations.table import serves
from support.aws.pages import page
from support.aws.refusal import RefusedError
from support.aws.things import BORN, Cluster, History

#: Where each interface is, below its host (EMR management guide).
_PATHS = {
    "SHS": "/shs",
    "TEZ": "/tezui",
    "YTS": "/yts",
    "SparkHistoryServer": "/shs",
    "YarnTimelineService": "/yts",
    "TezUI": "/tezui",
    "ApplicationMaster": "/proxy",
    "JobHistoryServer": "/jhs",
    "ResourceManager": "/rm",
}


def _cluster(asked: Asked) -> Cluster:
    found = asked.place.clusters.get(asked.parameters["ClusterId"])
    if found is None:
        name = asked.parameters["ClusterId"]
        raise RefusedError("InvalidRequestException", f"Cluster id '{name}' is not valid.")
    return found


def _history(asked: Asked) -> History:
    found = asked.place.histories.get(asked.parameters["PersistentAppUIId"])
    if found is None:
        raise RefusedError("InvalidRequestException", "Persistent App UI id is not valid.")
    return found


def _ready(asked: Asked, thing: Cluster | History, kind: str) -> dict[str, Any]:
    if thing.polls != 0:
        thing.polls = None if thing.polls is None else thing.polls - 1
        return {"PresignedURLReady": False}
    host = f"{thing.id.lower()}.emrappui-prod.{asked.region}.amazonaws.com"
    return {
        "PresignedURLReady": True,
        "PresignedURL": asked.mint.url(host, _PATHS[kind], sub=thing.id),
    }


@serves("emr", "GetPersistentAppUIPresignedURL")
def get_history_url(asked: Asked) -> dict[str, Any]:
    kind = asked.parameters.get("PersistentAppUIType", "SHS")
    return _ready(asked, _history(asked), kind)


@serves("emr", "GetOnClusterAppUIPresignedURL", "cluster/{ClusterId}")
def get_cluster_url(asked: Asked) -> dict[str, Any]:
    cluster = _cluster(asked)
    if cluster.state not in {"RUNNING", "WAITING"}:
        raise RefusedError(
            "InvalidRequestException", f"Cluster {cluster.id} is in state {cluster.state}."
        )
    return _ready(asked, cluster, asked.parameters.get("OnClusterAppUIType", "SparkHistoryServer"))


@serves("emr", "CreatePersistentAppUI")
def create_history(asked: Asked) -> dict[str, Any]:
    id_ = asked.parameters["TargetResourceArn"].rpartition("/")[2]
    if id_ not in asked.place.clusters:
        raise RefusedError("InvalidRequestException", "The target resource is not valid.")
    made = asked.place.add_history(asked.place.clusters[id_])
    return {"PersistentAppUIId": made.id, "RuntimeRoleEnabledCluster": False}


@serves("emr", "DescribePersistentAppUI")
def describe_history(asked: Asked) -> dict[str, Any]:
    history = _history(asked)
    return {
        "PersistentAppUI": {
            "PersistentAppUIId": history.id,
            "PersistentAppUITypeList": ["SHS", "TEZ", "YTS"],
            "PersistentAppUIStatus": history.status,
            "CreationTime": BORN,
            "LastModifiedTime": BORN + timedelta(days=1),
        }
    }


def _told(asked: Asked, cluster: Cluster) -> dict[str, Any]:
    arn = f"arn:aws:elasticmapreduce:{asked.region}:{asked.place.account}:cluster/{cluster.id}"
    return {
        "Id": cluster.id,
        "Name": cluster.name,
        "Status": {
            "State": cluster.state,
            "StateChangeReason": {},
            "Timeline": {"CreationDateTime": BORN},
        },
        "NormalizedInstanceHours": 8,
        "ClusterArn": arn,
    }


@serves("emr", "ListClusters")
def list_clusters(asked: Asked) -> dict[str, Any]:
    wanted = asked.parameters.get("ClusterStates")
    found = [c for c in asked.place.clusters.values() if not wanted or c.state in wanted]
    return page(asked, found, "Clusters", lambda each: _told(asked, each))


@serves("emr", "DescribeCluster", "cluster/{ClusterId}")
def describe_cluster(asked: Asked) -> dict[str, Any]:
    cluster = _cluster(asked)
    return {
        "Cluster": {
            **_told(asked, cluster),
            "ReleaseLabel": "emr-7.9.0",
            "AutoTerminate": False,
            "Applications": [{"Name": "Spark", "Version": "3.5.5"}],
            "ServiceRole": "EMR_DefaultRole",
        }
    }
