"""A background loop whose time is a FakeClock's, run on the test's own thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from nb_presign.live import Limit, LiveLink, Mode, Scheduler
from support.api import FakeApi
from support.clock import FakeClock


class FakeTimeLoop(asyncio.SelectorEventLoop):
    """A real event loop whose timers follow a FakeClock."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock
        self.timers = 0

    def time(self) -> float:
        return self.clock.monotonic()

    def call_at(self, when: float, *args: Any, **kwargs: Any) -> asyncio.TimerHandle:
        self.timers += 1
        return super().call_at(when, *args, **kwargs)


class World:
    """Time, an upstream and a scheduler; chance stands still too, unless it is given."""

    def __init__(self, chance: Callable[[], float] | None = None) -> None:
        self.clock = FakeClock()
        self.api = FakeApi(self.clock)
        self.loop = FakeTimeLoop(self.clock)
        self.chance = 0.0
        self.scheduler = Scheduler(self.clock, self, chance=chance or (lambda: self.chance))

    def start(self, coroutine: Coroutine[Any, Any, Any]) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def limit(self, limit: Limit) -> None:
        self.scheduler.limit = limit

    def follow(self, mode: Mode = Mode.VISIBLE, *, seen: bool = True, **facts: Any) -> LiveLink:
        live = self.scheduler.follow(self.api.link(**facts), self.api, mode=mode)
        if seen:
            live.look("view", visible=True)
        self.settle()
        return live

    def settle(self) -> None:
        """Run all that is ready, and what that makes ready."""

        async def turns() -> None:
            for _ in range(40):
                await asyncio.sleep(0)

        self.loop.run_until_complete(turns())

    def pass_time(self, seconds: float, step: float = 1.0) -> None:
        """Let time pass in steps, so that timers fire in their order."""
        while seconds > 0:
            self.clock.tick(min(step, seconds))
            seconds -= step
            self.settle()

    def close(self) -> None:
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.settle()
        self.loop.close()
