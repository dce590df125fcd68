"""Equal questions at the same time are asked once, and answers kept for a moment."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from nb_presign.clock import Clock

T = TypeVar("T")

#: Seconds that an answer is good for everybody who asks again.
KEPT_FOR = 2.0
#: Answers that are kept; lists are some 100 KB at worst.
MOST_KEPT = 256


@dataclass(slots=True)
class _Flight(Generic[T]):
    """A question under way on one event loop, and how many wait for its answer."""

    task: asyncio.Task[T]
    waiting: int = 0


class Flights(Generic[T]):
    """Joins callers of one key on one event loop, and keeps answers for all loops.

    All get the same answer: what can be changed is the caller's to copy. Errors reach everybody who
    waits, and are not kept. With `kept_for` 0 answers are not kept either.
    """

    def __init__(self, clock: Clock, *, kept_for: float = KEPT_FOR) -> None:
        self._clock = clock
        self._kept_for = kept_for
        self._lock = threading.Lock()
        #: When it came, how many questions were asked before it, and the answer.
        self._kept: OrderedDict[Hashable, tuple[float, int, T]] = OrderedDict()
        self._asked = 0
        # By loop too: a task can be awaited on its own only.
        self._under_way: dict[tuple[asyncio.AbstractEventLoop, Hashable], _Flight[T]] = {}

    def __len__(self) -> int:
        """Count the calls under way."""
        return len(self._under_way)

    async def join(
        self, key: Hashable, ask: Callable[[], Coroutine[Any, Any, T]], *, fresh: bool = False
    ) -> T:
        """Return the answer to `key`, by a call of `ask` unless there is or will be one.

        `fresh` wants one to a question that was not asked before this moment. A caller who is
        cancelled leaves the others their answer; when the last one is, so is the call.
        """
        if not fresh and (kept := self._find(key)) is not None:
            return kept[2]
        place = asyncio.get_running_loop(), key
        flight = self._under_way.get(place)
        if flight is None or fresh:
            flight = self._under_way[place] = self._start(place, ask)
        return await self._wait(place, flight)

    @property
    def kept(self) -> int:
        """How many answers are kept."""
        return len(self._kept)

    def forget(self) -> None:
        """Keep nothing any longer."""
        with self._lock:
            self._kept.clear()

    def _start(
        self,
        place: tuple[asyncio.AbstractEventLoop, Hashable],
        ask: Callable[[], Coroutine[Any, Any, T]],
    ) -> _Flight[T]:
        task = place[0].create_task(self._ask(place[1], ask))
        flight = _Flight(task)
        task.add_done_callback(lambda _: self._end(place, flight))
        return flight

    async def _ask(self, key: Hashable, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        with self._lock:
            self._asked += 1
            number = self._asked
        answer = await ask()
        if not self._kept_for:
            return answer
        with self._lock:
            self._keep(key, number, answer)
        return answer

    def _keep(self, key: Hashable, number: int, answer: T) -> None:
        """Keep an answer, unless a question that was asked later has been answered already."""
        if key in self._kept and self._kept[key][1] > number:
            return
        self._kept[key] = self._clock.monotonic(), number, answer
        self._kept.move_to_end(key)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    async def _wait(
        self, place: tuple[asyncio.AbstractEventLoop, Hashable], flight: _Flight[T]
    ) -> T:
        flight.waiting += 1
        try:
            # Unlike `shield`, which reports the error of a call that nobody waits for any longer.
            await asyncio.wait([flight.task])
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                # At once, so that nobody joins what is about to be cancelled.
                self._end(place, flight)
                flight.task.cancel()
        return flight.task.result()

    def _end(self, place: tuple[asyncio.AbstractEventLoop, Hashable], flight: _Flight[T]) -> None:
        if self._under_way.get(place) is flight:
            del self._under_way[place]
        if flight.task.done() and not flight.task.cancelled():
            flight.task.exception()  # seen, also if everybody has left

    def _find(self, key: Hashable) -> tuple[float, int, T] | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and self._clock.monotonic() - kept[0] >= self._kept_for:
                return None
            return kept
