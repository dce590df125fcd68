"""What exists in a place: mutable, so that tests arrange it and operations change it."""

from __future__ import annotations

from support.aws.things.athena import AthenaNotebook, AthenaSession
from support.aws.things.emr import Cluster, History, Job, ServerlessApplication
from support.aws.things.life import BORN, Life
from support.aws.things.ml import MlflowApp, PartnerApp, TrackingServer
from support.aws.things.notebooks import Instance
from support.aws.things.streams import Environment, FlinkApplication
from support.aws.things.studio import App, Domain, Space, User

__all__ = [
    "BORN",
    "App",
    "AthenaNotebook",
    "AthenaSession",
    "Cluster",
    "Domain",
    "Environment",
    "FlinkApplication",
    "History",
    "Instance",
    "Job",
    "Life",
    "MlflowApp",
    "PartnerApp",
    "ServerlessApplication",
    "Space",
    "TrackingServer",
    "User",
]
