"""What keeps a row from minting, step by step; the first failure is the last finding."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nb_presign.aws.gateway import AwsGateway
from nb_presign.aws.place import Place
from nb_presign.errors import PresignError
from nb_presign.model import Finding, TargetState
from nb_presign.providers.aws.aim import Aim
from nb_presign.providers.aws.listing import read_page
from nb_presign.providers.aws.looking import Seen, check_ready
from nb_presign.providers.aws.operation import Operation

#: Seconds that a connection may take.
PATIENCE = 5.0

#: Connects to a host; raises `OSError`, or `asyncio.TimeoutError`.
Reach = Callable[[str], Awaitable[None]]
#: Looks at a target now.
LookNow = Callable[[Aim], Awaitable[Seen]]


async def reach(host: str) -> None:
    """Connect to a host as browsers do, and hang up."""
    opened = asyncio.open_connection(host, 443, ssl=True)
    _, writer = await asyncio.wait_for(opened, PATIENCE)
    writer.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Examiner:
    """Walks credentials, region, permission, target, reachability; mints nothing."""

    row: Operation
    gateway: AwsGateway
    look: LookNow
    reach: Reach = reach

    async def examine(self, place: Place, aim: Aim | None) -> tuple[Finding, ...]:
        """Look until something is wrong, or all was looked at."""
        found: list[Finding] = []
        steps: list[tuple[str, Callable[[], Awaitable[str]]]] = [
            ("credentials", lambda: self._credentials(place)),
            ("region", lambda: self.gateway.region(place)),
        ]
        if aim is None:
            steps.append(("permission", lambda: self._list(place)))
        for name, step in steps:
            found.append(await _try(name, step))
            if not found[-1].ok:
                return tuple(found)
        return (*found, *(await self._target(aim) if aim is not None else ()))

    async def _credentials(self, place: Place) -> str:
        credentials = await self.gateway.credentials(place)
        identity = await self.gateway.identity(place)
        until = f", until {credentials.expires_at:%H:%M}Z" if credentials.expires_at else ""
        return f"{identity.arn} (by {credentials.method or 'an unknown way'}{until})"

    async def _list(self, place: Place) -> str:
        if not self.row.listing.levels:
            return self.row.listing.missing
        level = self.row.listing.levels[0]
        await read_page(self.gateway, self.row, place, level)
        return f"{self.row.service}:{level.operation} is allowed"

    async def _target(self, aim: Aim) -> tuple[Finding, ...]:
        """Look at the target: whether that is allowed, how it is, and whether it answers."""
        try:
            seen = await self.look(aim)
        except PresignError as error:
            return (_failed("target", error),)
        if seen.denied is not None:
            return (_failed("permission", seen.denied),)
        allowed = Finding(
            name="permission", ok=True, message=f"{aim.row.looks[0].operation} is allowed"
        )
        try:
            check_ready(aim, seen)
        except PresignError as error:
            return allowed, _failed("target", error)
        word = seen.word or TargetState.UNKNOWN
        ready = Finding(name="target", ok=True, message=f"The {aim} is {word}.")
        return (allowed, ready, await self._reachable(seen.host)) if seen.host else (allowed, ready)

    async def _reachable(self, host: str) -> Finding:
        try:
            await self.reach(host)
        except (OSError, asyncio.TimeoutError) as error:
            return Finding(
                name="reachable",
                ok=False,
                message=f"{host} cannot be reached from here ({type(error).__name__}).",
                mend="Check DNS, proxy and VPN; links open in a browser that reaches it.",
            )
        return Finding(name="reachable", ok=True, message=f"{host} answers.")


async def _try(name: str, step: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(name=name, ok=True, message=await step())
    except PresignError as error:
        return _failed(name, error)


def _failed(name: str, error: PresignError) -> Finding:
    return Finding(name=name, ok=False, message=error.message, mend=error.hint)
