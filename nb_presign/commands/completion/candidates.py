"""Finds what there is of each kind of word: on servers, and on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from nb_presign.api import PresignApi
from nb_presign.clock import Clock, SystemClock
from nb_presign.commands.doing.listing import list_targets
from nb_presign.commands.words.grammar import Kind
from nb_presign.errors import PresignError
from nb_presign.model import LinkState, SessionState
from nb_presign.reference import format_reference


@dataclass(frozen=True, slots=True)
class Where:
    """What options that stand before a word say of where to look."""

    server: str = ""
    region: str = ""
    profile: str = ""


Ask = Callable[[PresignApi, Clock, Where], Awaitable[tuple[str, ...]]]
Look = Callable[[], Awaitable[tuple[str, ...]]]


async def _references(api: PresignApi, clock: Clock, where: Where) -> tuple[str, ...]:
    """Write references without what options say already: said twice it would be refused."""
    del clock
    found = await list_targets(api, "", region=where.region, profile=where.profile)
    said = {"region": where.region, "profile": where.profile}
    targets = [
        replace(info.target, options=tuple(o for o in info.target.options if not said.get(o[0])))
        for info in found.targets
    ]
    return tuple(map(format_reference, targets))


async def _server_names(api: PresignApi, clock: Clock, where: Where) -> tuple[str, ...]:
    del clock, where
    found = await list_targets(api, "jupyter")
    return tuple(info.target.id for info in found.targets)


async def _provider_names(api: PresignApi, clock: Clock, where: Where) -> tuple[str, ...]:
    del clock, where
    return tuple(info.name for info in await api.providers())


async def _link_ids(api: PresignApi, clock: Clock, where: Where) -> tuple[str, ...]:
    del where
    now = clock.now()
    return tuple(x.id for x in await api.links() if x.state(now) is not LinkState.REVOKED)


async def _session_ids(api: PresignApi, clock: Clock, where: Where) -> tuple[str, ...]:
    del where
    now = clock.now()
    return tuple(x.id for x in await api.sessions() if x.state(now) is SessionState.LIVE)


#: What servers are asked for.
ASK: dict[Kind, Ask] = {
    Kind.TARGET: _references,
    Kind.SERVER: _server_names,
    Kind.PROVIDER: _provider_names,
    Kind.LINK: _link_ids,
    Kind.SESSION: _session_ids,
}


async def _key_ids() -> tuple[str, ...]:
    """List the keys that can be retired."""
    from nb_presign.commands.doing.keys import retirable  # noqa: PLC0415  # msgspec, for one verb only

    try:
        return await retirable()
    except PresignError:
        return ()


async def _access_key_ids() -> tuple[str, ...]:
    """List the access keys that can be revoked."""
    from nb_presign.commands.doing.aws_keys import revocable  # noqa: PLC0415  # SQL, for one verb

    try:
        return await revocable(SystemClock())
    except PresignError:
        return ()


async def _profiles() -> tuple[str, ...]:
    from nb_presign.aws.machine.profiles import profile_names  # noqa: PLC0415  # for one option only

    return await asyncio.to_thread(profile_names)


async def _regions() -> tuple[str, ...]:
    from nb_presign.commands.completion.regions import region_names  # noqa: PLC0415  # likewise

    return await asyncio.to_thread(region_names)


#: What files of this machine say, so that no server is asked.
LOOK: dict[Kind, Look] = {
    Kind.KEY: _key_ids,
    Kind.ACCESS_KEY: _access_key_ids,
    Kind.PROFILE: _profiles,
    Kind.REGION: _regions,
}
