"""What is used of botocore, which is not typed: its models, sessions and clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Shape(Protocol):
    """A type in a model; which attributes there are depends on `type_name`."""

    type_name: str
    #: `min`, `max`, `pattern`, `enum`, `sensitive`, …
    metadata: Mapping[str, Any]
    #: Of structures.
    members: Mapping[str, Shape]
    required_members: Sequence[str]
    #: Of lists.
    member: Shape
    #: Of maps.
    key: Shape
    value: Shape


class OperationModel(Protocol):
    """An operation in a model."""

    service_model: ServiceModel
    input_shape: Shape | None
    output_shape: Shape | None


class ServiceModel(Protocol):
    """A service's model."""

    operation_names: Sequence[str]
    protocol: str

    def operation_model(self, name: str) -> OperationModel: ...


class ClientMeta(Protocol):
    """What a client knows of itself."""

    service_model: ServiceModel
    region_name: str
    endpoint_url: str
    config: Any
    events: Any


class Client(Protocol):
    """A client; operations are methods of it, in snake case."""

    meta: ClientMeta

    def close(self) -> None: ...


class Signer(Protocol):
    """Credentials; those that expire have `refresh_needed` too."""

    method: str

    def get_frozen_credentials(self) -> Any: ...  # noqa: ANN401  # not typed there


class Session(Protocol):
    """What clients are made with."""

    #: As it was when it was first asked for, where there was one.
    profile: str | None

    def get_credentials(self) -> Signer | None: ...

    def get_config_variable(self, name: str) -> str | None: ...

    def get_scoped_config(self) -> Mapping[str, Any]: ...

    def create_client(self, service: str, **options: object) -> Client: ...
