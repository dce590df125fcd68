"""What one process has once all is built, and what it does with it from time to time."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from nb_presign.access_keys import AccessKeys
from nb_presign.clock import Clock
from nb_presign.model import ServerInfo
from nb_presign.offload import Offload
from nb_presign.policy import NO_POLICY, ConnectPolicy
from nb_presign.providers.hub.place import find_hub
from nb_presign.redemption import Redeemer
from nb_presign.resealing import Resealing
from nb_presign.service import PresignService
from nb_presign.settings import Settings
from nb_presign.store.base import Store
from nb_presign.upkeep import Upkeep

if TYPE_CHECKING:
    from nb_presign.hub_guests import HubGuests


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """Everything that one process needs, built once."""

    settings: Settings
    info: ServerInfo
    service: PresignService
    store: Store
    offload: Offload
    clock: Clock
    upkeep: Upkeep
    #: None where this process serves no links of its own.
    redeemer: Redeemer | None = None
    #: What guests' requests must satisfy.
    policy: ConnectPolicy = NO_POLICY
    #: What programs sign their requests with; None where there is nothing to be minted.
    access_keys: AccessKeys | None = None
    #: Saves their secrets when signing keys change.
    resealing: Resealing | None = None


def keep_up(runtime: Runtime) -> None:
    """Do what is due every `TURN_SECONDS`; on the event loop, the blocking part in a thread.

    Raises `RuntimeError` once the service is closed.
    """
    if runtime.redeemer is not None:
        runtime.redeemer.attempts.report()
    runtime.offload.start(runtime.upkeep.turn)
    if runtime.resealing is not None:
        runtime.offload.start(runtime.resealing.turn)


def hub_guests(runtime: Runtime) -> HubGuests | None:
    """Make what ends the sessions of a Hub's guests; None where there is no Hub."""
    place = find_hub(runtime.settings)
    if place is None or not place.token.reveal():
        return None
    from nb_presign.hub_guests import HubGuests  # noqa: PLC0415  # httpx

    service = runtime.service
    return HubGuests(
        place,
        service.store,
        service.offload,
        service.clock,
        keep=service.keep,
        emit=service.emit,
        on_ended=service.on_ended,
    )


def warm_up() -> None:
    """Import what the first mint needs and a start does not; blocks for long."""
    for name in ("nb_presign.client", "nb_presign.store.sql"):
        import_module(name)
