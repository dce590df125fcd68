"""MLflow and partners' applications in SageMaker."""

from __future__ import annotations

import string
from dataclasses import dataclass, field

from support.aws.things.life import Life, random_id


@dataclass
class TrackingServer:
    """An MLflow tracking server."""

    name: str
    life: Life = field(default_factory=lambda: Life("Created"))
    suffix: str = field(default_factory=lambda: random_id(12))

    @property
    def active(self) -> bool:
        return self.life.status in {"Created", "Updated", "Started"}

    def host(self, region: str) -> str:
        """Return the host that its pages are on."""
        return f"t-{self.suffix}.{region}.experiments.sagemaker.aws"


@dataclass
class MlflowApp:
    """An MLflow app, which nobody has to start."""

    name: str
    status: str = "Created"
    id: str = field(default_factory=lambda: f"app-{random_id(12, string.ascii_uppercase)}")

    def host(self, region: str) -> str:
        """Return a host; AWS does not document what it looks like."""
        return f"{self.id.lower()}.mlflow.{region}.sagemaker.aws"


@dataclass
class PartnerApp:
    """An application of an AWS partner."""

    name: str
    type: str = "comet"
    status: str = "Available"
    id: str = field(default_factory=lambda: f"app-{random_id(12, string.ascii_uppercase)}")

    def host(self, region: str) -> str:
        """Return a host; AWS does not document what it looks like."""
        return f"{self.id.lower()}.partner-app.{region}.sagemaker.aws"
