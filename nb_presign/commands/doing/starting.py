"""Starts a stopped target and waits until it can be opened.

At AWS it costs money from then on, so that nothing here happens unless somebody asked for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from nb_presign.api import PresignApi
from nb_presign.clock import Clock
from nb_presign.commands.doing.listing import list_targets
from nb_presign.commands.progress import Progress, Step
from nb_presign.duration import format_duration
from nb_presign.errors import (
    AmbiguousTargetError,
    NotStartableError,
    RateLimitedError,
    TargetNotFoundError,
    TargetNotReadyError,
    UnreachableError,
    UpstreamTimeoutError,
)
from nb_presign.model import BareTarget, Target, TargetInfo, TargetState
from nb_presign.providers.aws.operations import NAMES
from nb_presign.reference import format_reference

#: Seconds after which nobody waits any longer. A notebook instance takes 2 to 6 minutes; the
#: limit of AWS's own waiter (`notebook_instance_in_service`, botocore) is an hour.
PATIENCE = 15 * 60.0
#: Seconds between two looks; servers of a Hub, which take a few of them, need not wait for more.
PAUSE = 5.0
#: Seconds between two looks in the first ten.
SOON = 1.0
_SOON_FOR = 10.0
#: Seconds for which a target that was told to start may still say that it is stopped.
_GRACE = 60.0
#: What passes by itself, and how often in a row it may come.
_PASSING = (UnreachableError, UpstreamTimeoutError, RateLimitedError)
_TRIES = 5

Pause = Callable[[float], Awaitable[None]]


class Starter:
    """Starts targets through an API; `pause` passes the time between two looks."""

    def __init__(
        self, api: PresignApi, clock: Clock, progress: Progress, *, pause: Pause = asyncio.sleep
    ) -> None:
        self._api = api
        self._clock = clock
        self._progress = progress
        self._pause = pause

    async def start(self, asked: Target | BareTarget) -> Target:
        """Start a target if it is stopped, and return it when it is ready.

        One that is starting already is waited for, and one in any other state left as it is:
        minting says what is wrong with it. Raises `NotStartableError`, and `TargetNotReadyError`
        for one that does not become ready.
        """
        target = asked if isinstance(asked, Target) else await self._find(asked)
        info = await self._api.target(target)
        if info.state is TargetState.STOPPED:
            if not info.startable:
                raise NotStartableError(
                    f"{_name(info)} is stopped, and cannot be started from here.",
                    hint=info.mend or "Start it where it runs, and try again.",
                )
            begun, doing = self._clock.monotonic(), self._begin(info, "Starting")
            info = replace(await self._api.start(target), instance_type=info.instance_type)
        elif info.state is TargetState.STARTING:
            begun, doing = self._clock.monotonic(), self._begin(info, "Waiting for")
        else:
            return target
        await self._wait(info, doing, begun)
        return target

    def _begin(self, info: TargetInfo, doing: str) -> str:
        """Say what it costs, before it does."""
        text = f"{doing} {_name(info)}: {_cost(info)}."
        self._progress.tell(Step(text))
        # Whether whoever starts it has heard of it yet, nobody knows.
        self._progress.left_behind = f"{_name(info)} may be starting: {_cost(info)}."
        return text

    async def _find(self, asked: BareTarget) -> Target:
        """Find the one target of a name: what is stopped has to be said with its provider."""
        options = dict(asked.options)
        listed = await list_targets(
            self._api, "", region=options.get("region", ""), profile=options.get("profile", "")
        )
        found = {
            asked.of(info.target.provider) for info in listed.targets if info.target.id == asked.id
        }
        if len(found) == 1:
            return found.pop()
        if found:
            written = ", ".join(sorted(map(format_reference, found)))
            raise AmbiguousTargetError(
                f"Several targets are called {asked.id!r}: {written}.", hint="Write one of them."
            )
        raise TargetNotFoundError(
            f"No target is called {asked.id!r}.",
            hint="See 'presign targets', and name the provider.",
        )

    async def _wait(self, info: TargetInfo, doing: str, begun: float) -> None:
        self._progress.left_behind = f"{_name(info)} goes on starting: {_cost(info)}."
        while (passed := self._clock.monotonic() - begun) < PATIENCE:
            if info.state is TargetState.READY:
                told = f"{_name(info)} is ready after {format_duration(passed)}: {_cost(info)}."
                self._progress.tell(Step(told, lasting=True))
                self._progress.left_behind = f"{_name(info)} runs: {_cost(info)}."
                return
            if not _starts(info, passed):
                raise TargetNotReadyError(
                    f"{_name(info)} did not start: it is {info.state}."
                    + (f" {info.detail}" if info.detail else ""),
                    hint=info.mend or f"See 'presign doctor {format_reference(info.target)}'.",
                )
            self._progress.tell(Step(doing, f"{format_duration(passed)} so far"))
            await self._pause(SOON if passed < _SOON_FOR else PAUSE)
            info = await self._look(info)
        raise TargetNotReadyError(
            f"{_name(info)} is not ready after {format_duration(PATIENCE)}, and goes on starting: "
            f"{_cost(info)}.",
            hint=f"See how it is with 'presign targets {info.target.provider}'.",
        )

    async def _look(self, info: TargetInfo) -> TargetInfo:
        """Look again; what passes by itself is waited for."""
        for _ in range(_TRIES - 1):
            try:
                return await self._api.target(info.target)
            except _PASSING:  # noqa: PERF203  # each look stands for itself
                await self._pause(PAUSE)
        return await self._api.target(info.target)


def _starts(info: TargetInfo, passed: float) -> bool:
    # AWS is eventually consistent: for a moment it may tell what was before.
    return info.state in {TargetState.STARTING, TargetState.UNKNOWN} or (
        info.state is TargetState.STOPPED and passed < _GRACE
    )


def _name(info: TargetInfo) -> str:
    return info.title or info.target.id


def _cost(info: TargetInfo) -> str:
    if info.target.provider not in NAMES:
        return "it runs until it is stopped"
    return f"{info.instance_type or 'it'} is paid for until it is stopped"
