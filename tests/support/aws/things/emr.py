"""EMR's clusters and what they leave behind; EMR Serverless."""

from __future__ import annotations

import string
from dataclasses import dataclass, field

from support.aws.things.life import random_id

_UPPER = string.ascii_uppercase + string.digits


@dataclass
class Cluster:
    """A cluster, with user interfaces that take some calls until they can be opened."""

    name: str
    state: str = "WAITING"
    id: str = field(default_factory=lambda: f"j-{random_id(13, _UPPER)}")
    #: How often `PresignedURLReady` is false first; None: always.
    polls: int | None = 2


@dataclass
class History:
    """A persistent application user interface, outside of its cluster."""

    cluster: str
    id: str = field(default_factory=lambda: f"p-{random_id(13)}")
    status: str = "ATTACHED"
    #: As a cluster's.
    polls: int | None = 2


@dataclass
class Job:
    """A run of a job."""

    name: str
    state: str = "RUNNING"
    id: str = field(default_factory=lambda: f"00{random_id(14)}")


@dataclass
class ServerlessApplication:
    """An application of EMR Serverless, and its runs."""

    name: str
    state: str = "STARTED"
    id: str = field(default_factory=lambda: f"00{random_id(14)}")
    jobs: dict[str, Job] = field(default_factory=dict)

    def add_job(self, name: str, **facts: str) -> Job:
        """Add a run."""
        job = Job(name, **facts)
        self.jobs[job.id] = job
        return job
