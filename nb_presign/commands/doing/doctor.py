"""Finds out what does not work, and the first step that mends it; changes nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import timedelta

from nb_presign.api import PresignApi
from nb_presign.clock import Clock
from nb_presign.commands.command import Doctor
from nb_presign.commands.connections import Connections
from nb_presign.commands.doing.local_checks import check_locally, failed
from nb_presign.commands.outcome import Diagnosis
from nb_presign.duration import format_duration
from nb_presign.errors import PresignError, UnknownProviderError
from nb_presign.model import (
    Finding,
    Link,
    ProviderInfo,
    ServerInfo,
    Target,
    TargetInfo,
    TargetQuery,
    TargetState,
)
from nb_presign.providers.aws.operations import NAMES
from nb_presign.reference import format_reference

#: A link that was made later than now by more than this shows that two clocks disagree.
_DRIFT = timedelta(seconds=5)
#: States in which nothing is wrong: who wants a stopped target starts it.
_WELL = {TargetState.READY, TargetState.STARTING, TargetState.STOPPED, TargetState.UNKNOWN}

_ALONE = "no Jupyter server of ours answers; working in this process"

#: Looks at what stands on this machine: keys, authentication of the own server.
LocalChecks = Callable[[], Awaitable[tuple[Finding, ...]]]


async def diagnose(
    connections: Connections, asked: Doctor, clock: Clock, local: LocalChecks | None = None
) -> Diagnosis:
    """Walk through everything that minting needs; what fails becomes a finding and is not raised.

    A provider that can be examined step by step is, up to the first thing that is wrong.
    Raises `UnknownProviderError` only.
    """
    try:
        api = await connections.get(asked.server)
        info = await api.server()
    except PresignError as error:
        connections.forget(asked.server)
        return Diagnosis(checks=(failed("server", error),))
    checks = [_server(info), await _store(api, clock)]
    known = await _known(api, asked.provider)
    if asked.provider and isinstance(known, tuple) and (steps := await _examine(api, asked)):
        return Diagnosis(checks=(*checks, *steps))
    if not asked.server:
        checks += await (local or check_locally)()
    if info.name:
        checks.append(_self_hosting(info))
    if isinstance(known, Finding):
        return Diagnosis(checks=(*checks, known))
    return Diagnosis(checks=(*checks, *await _providers(api, asked, known)))


def _server(info: ServerInfo) -> Finding:
    if not info.name and not info.reason:
        return Finding(name="server", ok=True, message=f"{_ALONE}, nb_presign {info.version}")
    who = info.name or info.here or "this server"
    message = f"{who} answers, nb_presign {info.version}"
    if not info.name:
        # One that serves no links has no name, and says why; others answer for it below.
        message += f"; it serves no links of its own: {info.reason}"
    return Finding(name="server", ok=True, message=message)


async def _store(api: PresignApi, clock: Clock) -> Finding:
    try:
        links = await api.links()
    except PresignError as error:
        return failed("store", error)
    return _clock(links, clock) or Finding(
        name="store", ok=True, message=f"can be read, {len(links)} links; clocks agree"
    )


def _clock(links: tuple[Link, ...], clock: Clock) -> Finding | None:
    ahead = max((link.created_at for link in links), default=clock.now()) - clock.now()
    if ahead <= _DRIFT:
        return None
    return Finding(
        name="clock",
        ok=False,
        message=f"a link was made {format_duration(ahead.total_seconds())} in the future",
        mend="Set the clocks right, for example with 'timedatectl set-ntp true'.",
    )


def _self_hosting(info: ServerInfo) -> Finding:
    if info.self_hosted:
        message = f"{info.name} serves links of its own"
        return Finding(name="self-hosting", ok=True, message=message)
    return Finding(
        name="self-hosting",
        ok=False,
        message=f"it is off: {info.reason or 'this is no Jupyter server'}",
        mend="Change the server's configuration, and restart it.",
    )


async def _known(api: PresignApi, wanted: str) -> tuple[ProviderInfo, ...] | Finding:
    try:
        infos = await api.providers()
    except PresignError as error:
        return failed("providers", error)
    if not wanted:
        return infos
    if mine := tuple(info for info in infos if info.name == wanted):
        return mine
    names = ", ".join(info.name for info in infos)
    raise UnknownProviderError(f"Unknown provider {wanted!r}.", hint=f"Possible: {names}.")


async def _examine(api: PresignApi, asked: Doctor) -> tuple[Finding, ...]:
    query = TargetQuery(provider=asked.provider, region=asked.region, profile=asked.profile)
    try:
        return await api.examine(query, asked.target)
    except PresignError as error:
        return (failed(f"provider {asked.provider}", error),)


async def _providers(
    api: PresignApi, asked: Doctor, known: tuple[ProviderInfo, ...]
) -> list[Finding]:
    if asked.target is not None:
        return [await _target(api, asked.target)]
    checks: list[Finding] = []
    for info in known:
        if asked.provider or info.name not in NAMES:
            checks += await _provider(api, info, wanted=bool(asked.provider))
    if not asked.provider:
        checks += _aws([info for name in NAMES for info in known if info.name == name])
        if not any(info.usable for info in known):
            checks.append(_nothing(known))
    return checks


def _nothing(known: Iterable[ProviderInfo]) -> Finding:
    """Say that there is nothing to mint for, and the first thing that would change it."""
    return Finding(
        name="providers",
        ok=False,
        message="none can be used, so that there is nothing to mint for",
        mend=next((info.mend for info in known if info.mend), ""),
    )


def _aws(infos: Iterable[ProviderInfo]) -> Iterator[Finding]:
    """Say in one line what holds for several providers; AWS itself is not asked."""
    alike: dict[tuple[bool, bool, str, str], list[str]] = {}
    for info in infos:
        key = (info.usable, info.configured, info.reason, info.mend)
        alike.setdefault(key, []).append(info.name)
    for (usable, configured, reason, mend), names in alike.items():
        # Nobody has to have an account there.
        well = usable or not configured
        what = f"usable; for more: 'presign doctor {names[0]}'" if usable else reason
        message = f"{', '.join(names)}: {what}"
        yield Finding(name="AWS", ok=well, message=message, mend="" if well else mend)


async def _provider(api: PresignApi, info: ProviderInfo, *, wanted: bool) -> list[Finding]:
    """Look at one provider; what nobody has set up is no trouble, unless it is `wanted`."""
    name = f"provider {info.name}"
    if not info.usable:
        well = not (info.configured or wanted)
        return [Finding(name=name, ok=well, message=info.reason, mend="" if well else info.mend)]
    try:
        page = await api.targets(TargetQuery(provider=info.name))
    except PresignError as error:
        return [failed(name, error)]
    ready = sum(target.state is TargetState.READY for target in page.items)
    more = " on the first page" if page.cursor else ""
    usable = Finding(
        name=name,
        ok=not page.problems,
        message=" ".join((f"usable, {_count(ready)} ready{more}", *page.problems)),
        mend="See the targets below, or 'presign targets'." if page.problems else "",
    )
    return [usable, *(_state(one) for one in page.items if one.state not in _WELL)]


def _count(targets: int) -> str:
    return "1 target" if targets == 1 else f"{targets} targets"


async def _target(api: PresignApi, target: Target) -> Finding:
    try:
        return _state(await api.target(target))
    except PresignError as error:
        return failed(format_reference(target), error)


def _state(info: TargetInfo) -> Finding:
    return Finding(
        name=format_reference(info.target),
        ok=info.state in _WELL,
        message=" · ".join(filter(None, (str(info.state), info.detail))),
        mend=info.mend,
    )
