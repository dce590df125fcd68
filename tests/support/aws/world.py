"""What there is in AWS, by account and region."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from support.aws.keys import ACCOUNT
from support.aws.things import (
    AthenaNotebook,
    AthenaSession,
    Cluster,
    Domain,
    Environment,
    FlinkApplication,
    History,
    Instance,
    Life,
    MlflowApp,
    PartnerApp,
    ServerlessApplication,
    TrackingServer,
)

REGION = "us-west-2"
T = TypeVar("T")


@dataclass
class Place:
    """What an account has in a region, by the names or ids that operations know it by."""

    account: str = ACCOUNT
    region: str = REGION
    instances: dict[str, Instance] = field(default_factory=dict)
    domains: dict[str, Domain] = field(default_factory=dict)
    tracking_servers: dict[str, TrackingServer] = field(default_factory=dict)
    mlflow_apps: dict[str, MlflowApp] = field(default_factory=dict)
    partner_apps: dict[str, PartnerApp] = field(default_factory=dict)
    workgroups: list[str] = field(default_factory=lambda: ["primary"])
    notebooks: list[AthenaNotebook] = field(default_factory=list)
    sessions: dict[str, AthenaSession] = field(default_factory=dict)
    athena_token_seconds: float = 3600
    #: How many of its units a second has: AWS does not say whether it means seconds.
    athena_token_unit: int = 1000
    clusters: dict[str, Cluster] = field(default_factory=dict)
    histories: dict[str, History] = field(default_factory=dict)
    serverless: dict[str, ServerlessApplication] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    flink: dict[str, FlinkApplication] = field(default_factory=dict)

    def add_instance(self, name: str, status: str = "InService", **facts: str) -> Instance:
        """Add a notebook instance, or put another in its place."""
        self.instances[name] = Instance(name, Life(status), **facts)
        return self.instances[name]

    def add_domain(self, name: str, **facts: str) -> Domain:
        """Add a Studio domain."""
        return _put(self.domains, Domain(name, **facts))

    def add_tracking_server(self, name: str, status: str = "Created") -> TrackingServer:
        """Add an MLflow tracking server."""
        self.tracking_servers[name] = TrackingServer(name, Life(status))
        return self.tracking_servers[name]

    def add_session(self, notebook: str | None = None, **facts: str) -> AthenaSession:
        """Add an Athena session, with a notebook of this name if one is given."""
        made = AthenaSession(**facts)
        if notebook is not None:
            made.notebook = AthenaNotebook(notebook, made.workgroup)
            self.notebooks.append(made.notebook)
        return _put(self.sessions, made)

    def add_cluster(self, name: str, **facts: str) -> Cluster:
        """Add an EMR cluster."""
        return _put(self.clusters, Cluster(name, **facts))

    def add_history(self, cluster: Cluster, **facts: str) -> History:
        """Add a persistent user interface of a cluster."""
        return _put(self.histories, History(cluster.id, **facts))

    def add_serverless(self, name: str, **facts: str) -> ServerlessApplication:
        """Add an application of EMR Serverless."""
        return _put(self.serverless, ServerlessApplication(name, **facts))


def _put(things: dict[str, T], made: T) -> T:
    things[made.id] = made
    return made
