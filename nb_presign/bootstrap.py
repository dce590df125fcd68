"""The composition root: builds the service from a configuration, and finds the one to talk to.

In a Jupyter server the extension calls `build` with the server itself. Kernels and the command line
call `connect`: it asks the server that the kernel belongs to, and without one builds a service in
process.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_core.paths import jupyter_runtime_dir
from traitlets.config import Config

from nb_presign.access_keys import AccessKeys
from nb_presign.api import PresignApi
from nb_presign.attempts import Attempts
from nb_presign.audit import Emit, nowhere
from nb_presign.aws.gateway import AwsGateway
from nb_presign.aws.machine.metadata import this_notebook
from nb_presign.clock import Clock, SteadyClock, SystemClock
from nb_presign.config import NbPresign
from nb_presign.divided import DividedApi
from nb_presign.model import Actor, ServerInfo, Target
from nb_presign.offload import Offload
from nb_presign.own_server import OwnServer
from nb_presign.permits import Permits
from nb_presign.policy import NO_POLICY, ConnectPolicy
from nb_presign.providers.base import LocalServer, ServerAddress
from nb_presign.providers.context import ProviderContext
from nb_presign.providers.hub.aim import UNNAMED
from nb_presign.providers.hub.place import find_hub, server_of_hub, this_server
from nb_presign.providers.registry import ProviderRegistry
from nb_presign.providers.servers import ServerDirectory
from nb_presign.redemption import Redeemer
from nb_presign.reference import format_reference
from nb_presign.secret import Secret
from nb_presign.service import PresignService
from nb_presign.settings import MintRule, Settings
from nb_presign.signing.keys import KeyRing
from nb_presign.signing.sealing import Sealer
from nb_presign.signing.token import TokenSigner
from nb_presign.store.base import Store
from nb_presign.store.deferred import deferred, in_use
from nb_presign.store.memory import MemoryStore
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


def build(  # noqa: PLR0913  # whatever differs between a server, a kernel and a test
    settings: Settings,
    *,
    actor: Actor,
    local: LocalServer | None = None,
    why_off: str = "",
    emit: Emit = nowhere,
    on_ended: Callable[[], None] = lambda: None,
    clock: Clock | None = None,
    aws: AwsGateway | None = None,
    mint_rules: Sequence[MintRule] | None = None,
) -> Runtime:
    """Build the service. `local` is the Jupyter server that this process is, if it may serve links.

    `why_off` says why one that could serve links does not. `aws` is closed by whoever gave it;
    without one the service has its own. `mint_rules` are for a process that mints on its own cloud
    credentials for others; None: whoever uses this process has them anyway.

    Raises `BadPolicyError` for a policy that cannot be used. Opens neither store nor keys: both are
    read when they are first needed.
    """
    clock = SteadyClock.over(clock or SystemClock())
    offload = Offload()
    store = deferred(lambda: _sql_store(settings.store_url, clock))
    gateway = aws or AwsGateway(clock)
    keys = KeyRing(settings.data_dir / "keys.json")
    signer = TokenSigner(keys) if local else None
    context = ProviderContext(
        settings=settings,
        clock=clock,
        offload=offload,
        connect=_connect_to,
        local=local,
        signer=signer,
        why_off=why_off,
        aws=gateway,
    )
    info = ServerInfo(
        name=local.name if local else "",
        id=local.id if local else "",
        version=version("nb_presign"),
        self_hosted=local is not None,
        reason=why_off,
        here=reference_of(local.name if local else ""),
    )
    upkeep = Upkeep(
        store,
        clock,
        keep=timedelta(days=settings.keep_days),
        keep_audit=timedelta(days=settings.keep_audit_days),
        # One that others share is opened at once: what time it is, is for its database to say.
        in_use=lambda: not settings.store_url.startswith("sqlite") or in_use(store),
    )

    def close() -> None:
        upkeep.close()
        offload.close()
        if aws is None:
            gateway.close()

    service = PresignService(
        info=info,
        registry=ProviderRegistry.load(context),
        store=store,
        offload=offload,
        clock=clock,
        actor=actor,
        emit=emit,
        permits=None if mint_rules is None else Permits(mint_rules, gateway, clock),
        on_ended=on_ended,
        keep=timedelta(days=settings.keep_days),
        on_close=close,
    )
    policy, redeemer = NO_POLICY, None
    if signer is not None:
        policy = connect_policy(settings, info.name)
        redeemer = Redeemer(
            signer=signer,
            store=store,
            offload=offload,
            clock=clock,
            audience=info.id,
            attempts=Attempts(clock),
            emit=emit,
            policy=policy,
        )
    return Runtime(
        settings=settings,
        info=info,
        service=service,
        store=store,
        offload=offload,
        clock=clock,
        upkeep=upkeep,
        redeemer=redeemer,
        policy=policy,
        access_keys=AccessKeys(store=store, sealer=Sealer(keys), offload=offload, clock=clock)
        if local
        else None,
    )


def reference_of(server: str, *, metadata: Path | None = None) -> str:
    """Write the reference of this machine's notebook server; empty where no link leads to it.

    On SageMaker that is SageMaker's, which each reader can open on credentials of their own; on a
    Hub the Hub's; else `jupyter:<server>` where it serves links. `metadata` is SageMaker's file, if
    elsewhere.
    """
    if this_notebook(metadata) is not None:
        from nb_presign.providers.aws.here import this_place  # noqa: PLC0415  # only there

        # With a path in mind: without one a reference may end sooner, and none can be added.
        inside = this_place("path", metadata=metadata)
        if inside is not None:
            path = inside.path.removesuffix("path").removesuffix("/")
            return format_reference(replace(inside, path=path))
    hub_server = this_server()
    if hub_server is not None:
        user, name = hub_server
        return format_reference(Target("hub", user, name or UNNAMED))
    return format_reference(Target("jupyter", server)) if server else ""


def connect_policy(settings: Settings, server: str) -> ConnectPolicy:
    """Read the policy document that is configured, if one is; raises `BadPolicyError`."""
    given, region = settings.policy, settings.aws_api_region
    if given is None:
        # Documents of links are judged all the same.
        return ConnectPolicy(None, server, region)
    from nb_presign.policy import reading  # noqa: PLC0415  # most servers have none

    path = Path(given).expanduser() if isinstance(given, str) else None
    document = reading.read_file(path) if path else reading.read(given)
    return ConnectPolicy(document, server, region)


@contextmanager
def kept_access_keys(settings: Settings, clock: Clock) -> Iterator[AccessKeys]:
    """Open the access keys of this user's servers for a while, beside those that run."""
    steady, offload = SteadyClock.over(clock), Offload(1)
    store = deferred(lambda: _sql_store(settings.store_url, steady))
    sealer = Sealer(KeyRing(settings.data_dir / "keys.json"))
    try:
        yield AccessKeys(store=store, sealer=sealer, offload=offload, clock=steady)
    finally:
        store.close()
        offload.close()


def keep_up(runtime: Runtime) -> None:
    """Do what is due every `TURN_SECONDS`; on the event loop, the blocking part in a thread.

    Raises `RuntimeError` once the service is closed.
    """
    if runtime.redeemer is not None:
        runtime.redeemer.attempts.report()
    runtime.offload.start(runtime.upkeep.turn)


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


async def connect(server: str = "", *, config: Config | None = None) -> PresignApi:
    """Find what to talk to: the named server, else what is divided between here and elsewhere.

    Elsewhere is this kernel's own server, and where there is none that answers and has nb_presign,
    a service in process.
    """
    runtime = build(load_settings(config), actor=local_actor(), aws=_own_gateway())
    if not server:
        here = replace(runtime.service, store=MemoryStore(runtime.clock))
        return DividedApi(
            here, OwnServer(own_server, _connect_to, runtime.offload, instead=runtime.service)
        )
    directory = ServerDirectory(runtime.settings, runtime.clock, runtime.offload, _connect_to)
    try:
        return _connect_to(await directory.find(server))
    finally:
        await runtime.service.aclose()


def own_server() -> ServerAddress | None:
    """Find the Jupyter server that started this kernel.

    jupyter_client sets JPY_PARENT_PID for a local kernel; jupyter_server keeps the address and
    token of a running server in `jpserver-<pid>.json` of the runtime directory, readable by its
    user only. Where there is no such variable, as in a terminal, a Hub's may tell.
    """
    pid = os.environ.get("JPY_PARENT_PID", "")
    if not pid.isdecimal():
        return server_of_hub()
    try:
        facts = json.loads((Path(jupyter_runtime_dir()) / f"jpserver-{pid}.json").read_text())
        return ServerAddress(name="", url=str(facts["url"]), token=Secret(str(facts["token"])))
    except (OSError, ValueError, LookupError, TypeError):
        return None


def local_actor() -> Actor:
    """Name whoever runs this process."""
    return Actor(_user_name(), "local")


def load_settings(config: Config | None = None) -> Settings:
    """Read `c.NbPresign` from Jupyter's configuration files, as the server does."""
    return NbPresign(config=config or _load_config()).settings()


def _connect_to(address: ServerAddress) -> PresignApi:
    from nb_presign.client import connect_to  # noqa: PLC0415  # httpx

    return connect_to(address)


def _sql_store(url: str, clock: Clock) -> Store:
    from nb_presign.store.sql import SqlStore  # noqa: PLC0415  # SQLAlchemy

    return SqlStore(url, clock)


@cache
def _own_gateway() -> AwsGateway:
    """Make the one gateway of a kernel or command: what boto3 has built is used again and again."""
    return AwsGateway(SystemClock())


def _load_config() -> Config:
    from jupyter_core.application import JupyterApp  # noqa: PLC0415  # only where nobody gave one

    app = JupyterApp(config_file_name="jupyter_server_config")
    app.load_config_file(suppress_errors=True)
    return app.config


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"
