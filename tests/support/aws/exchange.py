"""One call on its way through the server, and what tests are told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from support.aws.keys import Key
from support.aws.minting import Mint
from support.aws.reading import Meant
from support.aws.refusal import RefusedError
from support.aws.world import Place


@dataclass(frozen=True)
class Call:
    """A call as it arrived, refused or not."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str
    access_key: str
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What an operation is given."""

    meant: Meant
    key: Key
    #: The part of the world that this key sees in this region.
    place: Place
    now: datetime
    mint: Mint
    #: The longest page that lists are cut into, whatever the caller would take.
    page_size: int
    #: Makes the server know another key.
    know: Callable[[Key], None]
    #: How long temporary credentials last at most.
    lasts: timedelta
    #: The operation's resource, as `operations.table.Served` has it.
    resource: str = "*"

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self.meant.parameters

    @property
    def region(self) -> str:
        return self.place.region

    @property
    def action(self) -> str:
        """What a policy calls this operation."""
        return f"{self.meant.model.service_model.signing_name}:{self.meant.operation}"

    def with_parameters(self, parameters: Mapping[str, Any]) -> Asked:
        """Ask the same with other parameters."""
        return replace(self, meant=replace(self.meant, parameters=parameters))

    def denial(self) -> RefusedError:
        """Say no as IAM does where no policy allows it."""
        said = self.resource.format_map(self.parameters)
        resource = said if said == "*" or said.startswith("arn:") else self.arn(said)
        return RefusedError(
            "AccessDeniedException",
            f"User: {self.key.arn} is not authorized to perform: {self.action} on resource: "
            f"{resource} because no identity-based policy allows the {self.action} action",
        )

    def arn(self, resource: str) -> str:
        """Name something of this place: `notebook-instance/my-instance`."""
        service = self.meant.model.service_model.signing_name
        return f"arn:aws:{service}:{self.region}:{self.place.account}:{resource}"


#: What answers a call.
Answer = Callable[[Asked], dict[str, Any]]
