"""Builds the service, or the part of it that a command needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from nb_presign.access_keys import AccessKeys
from nb_presign.attempts import Attempts
from nb_presign.audit import Emit, nowhere
from nb_presign.aws.gateway import AwsGateway
from nb_presign.bootstrap.runtime import Runtime
from nb_presign.bootstrap.upstreams import connect_to, sql_store
from nb_presign.bootstrap.whereabouts import reference_of
from nb_presign.clock import Clock, SteadyClock, SystemClock
from nb_presign.model import Actor, ServerInfo
from nb_presign.offload import Offload
from nb_presign.permits import Permits
from nb_presign.policy import ConnectPolicy
from nb_presign.providers.base import LocalServer
from nb_presign.providers.context import ProviderContext
from nb_presign.providers.registry import ProviderRegistry
from nb_presign.redemption import Redeemer
from nb_presign.resealing import Resealing
from nb_presign.service import PresignService
from nb_presign.settings import MintRule, Settings
from nb_presign.signing.keys import KeyRing
from nb_presign.signing.sealing import Sealer
from nb_presign.signing.token import TokenSigner
from nb_presign.store.base import Store
from nb_presign.store.deferred import deferred, in_use
from nb_presign.upkeep import Upkeep


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
    store = deferred(lambda: sql_store(settings.store_url, clock))
    gateway = aws or AwsGateway(clock)
    keys = KeyRing(settings.data_dir / "keys.json")
    signer = TokenSigner(keys) if local else None
    context = ProviderContext(
        settings=settings,
        clock=clock,
        offload=offload,
        connect=connect_to,
        local=local,
        signer=signer,
        why_off=why_off,
        aws=gateway,
    )
    info = _info(local, why_off)
    upkeep = _upkeep(settings, store, clock)

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
    runtime = Runtime(
        settings=settings,
        info=info,
        service=service,
        store=store,
        offload=offload,
        clock=clock,
        upkeep=upkeep,
    )
    return runtime if signer is None else _serving(runtime, keys, signer)


def _serving(runtime: Runtime, keys: KeyRing, signer: TokenSigner) -> Runtime:
    """Add what only a server needs that serves links of its own."""
    store, offload, clock = runtime.store, runtime.offload, runtime.clock
    policy = connect_policy(runtime.settings, runtime.info.name)
    access_keys = AccessKeys(store=store, sealer=Sealer(keys), offload=offload, clock=clock)
    return replace(
        runtime,
        policy=policy,
        redeemer=Redeemer(
            signer=signer,
            store=store,
            offload=offload,
            clock=clock,
            audience=runtime.info.id,
            attempts=Attempts(clock),
            emit=runtime.service.emit,
            policy=policy,
        ),
        access_keys=access_keys,
        resealing=Resealing(keys, access_keys, in_use=lambda: in_use(store)),
    )


def _info(local: LocalServer | None, why_off: str) -> ServerInfo:
    return ServerInfo(
        name=local.name if local else "",
        id=local.id if local else "",
        version=version("nb_presign"),
        self_hosted=local is not None,
        reason=why_off,
        here=reference_of(local.name if local else ""),
    )


def _upkeep(settings: Settings, store: Store, clock: Clock) -> Upkeep:
    return Upkeep(
        store,
        clock,
        keep=timedelta(days=settings.keep_days),
        keep_audit=timedelta(days=settings.keep_audit_days),
        # One that others share is opened at once: what time it is, is for its database to say.
        in_use=lambda: not settings.store_url.startswith("sqlite") or in_use(store),
    )


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
    store = deferred(lambda: sql_store(settings.store_url, steady))
    sealer = Sealer(KeyRing(settings.data_dir / "keys.json"))
    try:
        yield AccessKeys(store=store, sealer=sealer, offload=offload, clock=steady)
    finally:
        store.close()
        offload.close()
