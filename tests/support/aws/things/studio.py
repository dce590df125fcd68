"""SageMaker Studio's domains, and who works there."""

from __future__ import annotations

from dataclasses import dataclass, field

from support.aws.things.life import random_id


@dataclass
class User:
    """A user profile."""

    name: str
    status: str = "InService"


@dataclass
class Space:
    """A space: an app's home, of one user or shared."""

    name: str
    owner: str
    sharing: str = "Private"
    app_type: str = "JupyterLab"
    status: str = "InService"


@dataclass
class App:
    """An application that runs for a user or in a space."""

    type: str = "JupyterLab"
    name: str = "default"
    user: str = ""
    space: str = ""
    status: str = "InService"
    instance_type: str = "ml.t3.medium"


@dataclass
class Domain:
    """A domain; only those of mode IAM give out presigned URLs."""

    name: str
    auth: str = "IAM"
    status: str = "InService"
    id: str = field(default_factory=lambda: f"d-{random_id(12)}")
    users: dict[str, User] = field(default_factory=dict)
    spaces: dict[str, Space] = field(default_factory=dict)
    apps: list[App] = field(default_factory=list)

    def host(self, region: str) -> str:
        """Return the host that Studio is on."""
        return f"{self.id}.studio.{region}.sagemaker.aws"

    def add_user(self, name: str, status: str = "InService") -> User:
        """Add a user profile."""
        self.users[name] = User(name, status)
        return self.users[name]

    def add_space(self, name: str, owner: str, **facts: str) -> Space:
        """Add a space, and the app that runs in it."""
        space = self.spaces[name] = Space(name, owner, **facts)
        self.apps.append(App(space.app_type, space=name))
        return space
