"""One authentic call: who asks for what, and what it may be done with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from nb_presign.api import PresignApi
from nb_presign.model import AccessKey, Target
from nb_presign.policy import Visit
from nb_presign.providers.base import LocalServer
from nb_presign.redemption import Redeemer


class Authorize(Protocol):
    """Asks the key's policy."""

    def __call__(
        self,
        action: str,
        resources: tuple[str, ...],
        *,
        target: Target | None = None,
        path: str = "",
    ) -> None:
        """Raise `NotAuthorizedError` unless an action is allowed on what goes by these names.

        `target` is what conditions on `nb-presign:Target` and `nb-presign:Provider` look at, and
        `path` is for `nb-presign:Path`: what a session is narrowed to. Both are as they will be in
        the sessions that are minted for. What is not known makes them fail.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call whose signature is good and whose input fits the model of its operation."""

    #: As the model names its members, timestamps read.
    given: Mapping[str, Any]
    key: AccessKey
    visit: Visit
    #: The service on behalf of the key.
    api: PresignApi
    #: This server itself: its address and its open notebooks.
    local: LocalServer
    #: Whose server it is: the name of the account that it runs as.
    user: str
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
