"""One authentic call: who asks for what, and what it may be done with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from nb_presign.api import PresignApi
from nb_presign.model import AccessKey, ServerInfo
from nb_presign.policy import Visit
from nb_presign.redemption import Redeemer

#: Asks the key's policy whether an action on resources is allowed; raises `NotAuthorizedError`.
Authorize: TypeAlias = Callable[[str, tuple[str, ...]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call whose signature is good and whose input fits the model of its operation."""

    #: As the model names its members, timestamps read.
    given: Mapping[str, Any]
    key: AccessKey
    visit: Visit
    now: datetime
    #: The service on behalf of the key.
    api: PresignApi
    server: ServerInfo
    #: Of this server, as ARNs name it.
    region: str
    redeemer: Redeemer
    authorize: Authorize


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of a service of AWS."""

    #: As botocore calls it: `sagemaker`.
    service: str
    name: str
    #: Does it; returns the members of its output, timestamps as aware times. Authorizes first.
    perform: Callable[[Call], Awaitable[Mapping[str, Any]]]

    @property
    def action(self) -> str:
        """As policies call it: `sagemaker:ListNotebookInstances`."""
        return f"{self.service}:{self.name}"
