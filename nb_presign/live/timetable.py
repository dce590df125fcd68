"""When something is due: a heap and one timer on the background loop, for any number of entries."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Protocol, TypeVar

from nb_presign.clock import Clock

T = TypeVar("T")

#: Longest sleep of the timer, seconds: monotonic time stands still while a machine is suspended,
#: so that the wall clock is looked at this often.
LONGEST_SLEEP = 30.0
#: Refreshes under way at once: thousands of links that wake up together are not let loose together.
AT_ONCE = 16
#: Entries that are called without a break, and how long the break is, seconds: after a suspend, or
#: where thousands were made at once, an upstream meets a stream and not a herd, and the loop has
#: time for others.
BURST = 16
BREATH = 0.1


class Due(Protocol):
    """Something that happens at a time."""

    def due(self) -> None:
        """Do it; called on the background loop, must not block."""
        ...


class Background(Protocol):
    """What is needed of `nb_presign.blocking.BackgroundLoop`."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """When automatic refreshing ends, whichever comes first."""

    span: timedelta = timedelta(hours=12)
    refreshes: int = 200


class Timetable:
    """Calls entries when they are due.

    `plan` and `drop` belong to the background loop's thread; `call` and `start` lead there from
    any thread. Times are the wall clock's: after a suspend, what is overdue begins to come within
    `LONGEST_SLEEP`, the longest overdue first, `BURST` at a time.
    """

    def __init__(
        self,
        clock: Clock,
        background: Background,
        *,
        chance: Callable[[], float] = random.random,
        limit: Limit | None = None,
    ) -> None:
        self.clock = clock
        self.background = background
        #: In [0, 1); spreads refreshes and retries.
        self.chance = chance
        self.limit = limit or Limit()
        self.turns = asyncio.Semaphore(AT_ONCE)
        self._tickets = count()
        self._entries: dict[int, Due] = {}
        self._heap: list[tuple[datetime, int]] = []
        self._timer: asyncio.TimerHandle | None = None
        #: The loop's time until which a break lasts.
        self._rested_at = 0.0

    def __len__(self) -> int:
        return len(self._entries)

    def call(self, function: Callable[[], None]) -> None:
        """Run a function on the background loop, soon."""
        self.background.loop.call_soon_threadsafe(function)

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a coroutine on the background loop and return at once."""
        return self.background.start(coroutine)

    def plan(self, entry: Due, when: datetime) -> int:
        """Call `entry.due()` at `when`; returns a ticket to drop it by."""
        ticket = next(self._tickets)
        self._entries[ticket] = entry
        heapq.heappush(self._heap, (when, ticket))
        if self._heap[0][1] == ticket:
            self._arm()
        return ticket

    def drop(self, ticket: int | None) -> None:
        """Call off what was planned; None and used tickets are passed over."""
        if ticket is None or self._entries.pop(ticket, None) is None:
            return
        # Dropped entries stay in the heap until they surface, or come to outnumber the others.
        if len(self._heap) > 64 + 2 * len(self._entries):
            self._heap = [item for item in self._heap if item[1] in self._entries]
            heapq.heapify(self._heap)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._heap:
            loop = self.background.loop
            delay = (self._heap[0][0] - self.clock.now()).total_seconds()
            rest = self._rested_at - loop.time()
            self._timer = loop.call_later(max(0.0, rest, min(delay, LONGEST_SLEEP)), self._tick)

    def _tick(self) -> None:
        now, calls = self.clock.now(), BURST
        try:
            while self._heap and calls:
                when, ticket = self._heap[0]
                if when > now and ticket in self._entries:
                    break
                heapq.heappop(self._heap)
                entry = self._entries.pop(ticket, None)
                if entry is not None:
                    calls -= 1
                    entry.due()
        finally:
            if not calls:
                self._rested_at = self.background.loop.time() + BREATH
            self._arm()
