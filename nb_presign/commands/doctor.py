"""Finds out what does not work, and the first step that mends it; changes nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from nb_presign.api import PresignApi
from nb_presign.clock import Clock, SystemClock
from nb_presign.commands import storetime
from nb_presign.commands.command import Doctor
from nb_presign.commands.connections import Connections
from nb_presign.commands.outcome import Check, Diagnosis
from nb_presign.duration import format_duration
from nb_presign.errors import PresignError, UnknownProviderError
from nb_presign.model import Link, ProviderInfo, ServerInfo, TargetQuery, TargetState
from nb_presign.reference import format_reference

#: A link that was made later than now by more than this shows that two clocks disagree.
_DRIFT = timedelta(seconds=5)

#: Looks at what stands on this machine: keys, authentication of the own server.
LocalChecks = Callable[[], Awaitable[tuple[Check, ...]]]


async def diagnose(
    connections: Connections, asked: Doctor, clock: Clock, local: LocalChecks | None = None
) -> Diagnosis:
    """Walk through everything that minting needs; what fails becomes a check and is not raised.

    Raises `UnknownProviderError` only.
    """
    try:
        api = await connections.get(asked.server)
        info = await api.server()
    except PresignError as error:
        connections.forget(asked.server)
        return Diagnosis(checks=(_failed("server", error),))
    checks = [_server(info), await _store(api, clock)]
    if not asked.server:
        checks += await (local or _local)()
    if info.name:
        checks.append(_self_hosting(info))
    checks += await _providers(api, asked.provider)
    return Diagnosis(checks=tuple(checks))


def _server(info: ServerInfo) -> Check:
    if not info.name:
        message = (
            f"no Jupyter server of ours answers; working in this process, nb_presign {info.version}"
        )
        return Check(name="server", ok=True, message=message)
    return Check(name="server", ok=True, message=f"{info.name} answers, nb_presign {info.version}")


async def _store(api: PresignApi, clock: Clock) -> Check:
    try:
        links = await api.links()
    except PresignError as error:
        return _failed("store", error)
    return _clock(links, clock) or Check(
        name="store", ok=True, message=f"can be read, {len(links)} links; clocks agree"
    )


def _clock(links: tuple[Link, ...], clock: Clock) -> Check | None:
    ahead = max((link.created_at for link in links), default=clock.now()) - clock.now()
    if ahead <= _DRIFT:
        return None
    return Check(
        name="clock",
        ok=False,
        message=f"a link was made {format_duration(ahead.total_seconds())} in the future",
        mend="Set the clocks right, for example with 'timedatectl set-ntp true'.",
    )


def _self_hosting(info: ServerInfo) -> Check:
    if info.self_hosted:
        return Check(name="self-hosting", ok=True, message=f"{info.name} serves links of its own")
    return Check(
        name="self-hosting",
        ok=False,
        message=f"it is off: {info.reason or 'this is no Jupyter server'}",
        mend="Change the server's configuration, and restart it.",
    )


async def _providers(api: PresignApi, wanted: str) -> list[Check]:
    try:
        infos = await api.providers()
    except PresignError as error:
        return [_failed("providers", error)]
    if wanted and wanted not in {info.name for info in infos}:
        names = ", ".join(info.name for info in infos)
        raise UnknownProviderError(f"Unknown provider {wanted!r}.", hint=f"Possible: {names}.")
    checks: list[Check] = []
    for info in infos:
        if not wanted or info.name == wanted:
            checks += await _provider(api, info)
    return checks


async def _provider(api: PresignApi, info: ProviderInfo) -> list[Check]:
    name = f"provider {info.name}"
    if not info.usable:
        return [Check(name=name, ok=False, message=info.reason, mend=info.mend)]
    try:
        page = await api.targets(TargetQuery(provider=info.name))
    except PresignError as error:
        return [_failed(name, error)]
    ready = sum(target.state is TargetState.READY for target in page.items)
    more = " on the first page" if page.cursor else ""
    checks = [
        Check(
            name=name,
            ok=not page.problems,
            message=" ".join((f"usable, {ready} targets ready{more}", *page.problems)),
            mend="See the targets below, or 'presign targets'." if page.problems else "",
        )
    ]
    for target in page.items:
        if target.state not in {TargetState.READY, TargetState.UNKNOWN}:
            where = format_reference(target.target)
            message = " · ".join(filter(None, (str(target.state), target.detail)))
            checks.append(Check(name=where, ok=False, message=message, mend=target.mend))
    return checks


async def _local() -> tuple[Check, ...]:
    from nb_presign.bootstrap import load_settings, own_server  # noqa: PLC0415  # heavy
    from nb_presign.offload import Offload  # noqa: PLC0415
    from nb_presign.signing.keys import KeyRing  # noqa: PLC0415

    settings = load_settings()
    key_file = settings.data_dir / "keys.json"
    offload = Offload(1)
    checks = [*await offload(storetime.compare, settings.store_url, SystemClock())]
    own = own_server()
    if own is not None and not own.token:
        # It answered, and we had nothing to show for ourselves.
        checks.append(
            Check(
                name="authentication",
                ok=False,
                message="this server lets everybody in: its token is empty",
                mend="Start it with a token or a password.",
            )
        )
    if not key_file.exists():
        offload.close()
        message = "not made yet: the first link makes them"
        return (*checks, Check(name="keys", ok=True, message=message))
    try:
        keys = await offload(KeyRing(key_file).verifying_keys)
    except PresignError as error:
        return (*checks, _failed("keys", error))
    finally:
        offload.close()
    return (*checks, Check(name="keys", ok=True, message=f"can be read, {len(keys)} of them"))


def _failed(name: str, error: PresignError) -> Check:
    return Check(name=name, ok=False, message=error.message, mend=error.hint)
