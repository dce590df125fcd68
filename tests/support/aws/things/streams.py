"""Airflow's environments and Flink's applications."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from support.aws.things.life import random_id


@dataclass
class Environment:
    """An environment of Managed Workflows for Apache Airflow."""

    name: str
    status: str = "AVAILABLE"
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def host(self, region: str) -> str:
        """Return its web server's host."""
        return f"{self.id}.c2.{region}.airflow.amazonaws.com"


@dataclass
class FlinkApplication:
    """An application of Managed Service for Apache Flink; `ZEPPELIN-…` runs notebooks."""

    name: str
    runtime: str = "FLINK-1_20"
    status: str = "RUNNING"
    suffix: str = field(default_factory=lambda: random_id(10))

    @property
    def mode(self) -> str:
        return "INTERACTIVE" if self.runtime.startswith("ZEPPELIN") else "STREAMING"

    def host(self, region: str) -> str:
        """Return a host; AWS does not document what it looks like."""
        return f"{self.suffix}.kinesisanalytics.{region}.amazonaws.com"
