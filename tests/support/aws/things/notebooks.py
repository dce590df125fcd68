"""SageMaker's notebook instances."""

from __future__ import annotations

from dataclasses import dataclass, field

from support.aws.things.life import Life, random_id


@dataclass
class Instance:
    """A notebook instance."""

    name: str
    life: Life = field(default_factory=lambda: Life("InService"))
    type: str = "ml.t3.medium"
    failure: str = ""
    suffix: str = field(default_factory=lambda: random_id(4))

    @property
    def status(self) -> str:
        return self.life.status

    @status.setter
    def status(self, status: str) -> None:
        self.life.become(status)

    def host(self, region: str) -> str:
        """Return the host that its pages are on; lower case, whatever its name is."""
        return f"{self.name.lower()}-{self.suffix}.notebook.{region}.sagemaker.aws"
