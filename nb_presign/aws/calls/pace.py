"""Manners: how often AWS is asked the same thing, whoever wants to know.

AWS throttles by account, region and operation, and publishes no figures for most of what is called
here: 5 calls a second with bursts of 10 are a cautious guess at what it lets pass. What goes beyond
waits a little, in order; who cannot be served soon is told so at once.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from nb_presign.aws.calls.call import Call
from nb_presign.clock import Clock
from nb_presign.errors import UpstreamThrottledError

#: Calls a second, and at once, of one operation with one profile in one region.
RATE = 5.0
BURST = 10.0
#: Seconds that a call waits for its turn.
PATIENCE = 5.0
#: Operations at places that are remembered, some hundred bytes each; a forgotten one has not been
#: asked for long.
MOST_KEYS = 4096


class Pace:
    """Lets calls pass, some of them later; for several threads and event loops."""

    def __init__(
        self,
        clock: Clock,
        *,
        rate: float = RATE,
        burst: float = BURST,
        patience: float = PATIENCE,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._patience = patience
        self._sleep = sleep
        self._lock = threading.Lock()
        self._each = 1 / rate
        self._ahead = (burst - 1) / rate
        #: When the next call of each would be made if none were ahead of the rate (a "generic cell
        #: rate algorithm"): everybody has a time of their own, and nobody is overtaken.
        self._next: OrderedDict[str, float] = OrderedDict()

    async def turn(self, call: Call) -> None:
        """Wait until the call may be made; a cancelled wait has taken nothing.

        Raises `UpstreamThrottledError` with `retry_after` in seconds.
        """
        key = str(call.place) + str(call)
        wait = self._take(key)
        if wait > self._patience:
            raise UpstreamThrottledError(
                f"Too many calls of {call} are waiting already.",
                hint=f"Try again in {max(1, round(wait))} s.",
                retry_after=round(wait, 1),
                **call.fields(),
            )
        if wait:
            try:
                await self._sleep(wait)
            except BaseException:
                self._give_back(key)
                raise

    def _take(self, key: str) -> float:
        """Tell in how many seconds it is a call's turn; it has taken that, if it will wait."""
        with self._lock:
            now = self._clock.monotonic()
            following = max(now, self._next.get(key, now))
            wait = max(0.0, round(following - self._ahead - now, 6))
            if wait <= self._patience:
                self._next[key] = following + self._each
                self._next.move_to_end(key)
            if len(self._next) > MOST_KEYS:
                self._next.popitem(last=False)
            return wait

    def _give_back(self, key: str) -> None:
        with self._lock:
            if key in self._next:
                self._next[key] -= self._each
