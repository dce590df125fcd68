"""Manners: how often AWS is asked the same thing, whoever wants to know.

AWS throttles by account, region and operation, and publishes no figures for most of what is called
here: 5 calls a second with bursts of 10 are a cautious guess at what it lets pass. What goes beyond
waits a little; who cannot be served soon is told so at once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

from nb_presign.aws.calls.call import Call
from nb_presign.clock import Clock
from nb_presign.errors import UpstreamThrottledError
from nb_presign.throttle import Throttle

#: Calls a second, and at once, of one operation with one profile in one region.
RATE = 5.0
BURST = 10.0
#: Seconds that a call waits for its turn.
PATIENCE = 5.0


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
        self._throttle = Throttle(clock, rate=rate, burst=burst)

    async def turn(self, call: Call) -> None:
        """Wait until the call may be made; a cancelled wait has taken nothing.

        Raises `UpstreamThrottledError` with `retry_after` in seconds.
        """
        give_up_at = self._clock.monotonic() + self._patience
        while wait := self._take(str(call.place) + str(call)):
            if self._clock.monotonic() + wait > give_up_at:
                raise UpstreamThrottledError(
                    f"Too many calls of {call} are waiting already.",
                    hint=f"Try again in {max(1, round(wait))} s.",
                    retry_after=round(wait, 1),
                    **call.fields(),
                )
            await self._sleep(wait)

    def _take(self, key: str) -> float:
        """Take a token and return 0, or tell in how many seconds there will be one."""
        with self._lock:
            if self._throttle.take(key):
                return 0.0
            # Not 0 by rounding, which would mean that one was taken.
            return max(0.001, self._throttle.wait(key))
