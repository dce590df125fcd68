"""Token buckets: how often each of many may do something, in bounded memory; no locks, one thread.

Each key has a bucket of `burst` tokens that fills at `rate` a second. Who has not been seen for
long is forgotten first, and forgotten means a full bucket.
"""

from __future__ import annotations

from collections import OrderedDict

from nb_presign.clock import Clock

#: Buckets that are remembered; some hundred bytes each.
MOST_KEYS = 4096


class Throttle:
    """Counts by key."""

    def __init__(self, clock: Clock, *, rate: float, burst: float, most: int = MOST_KEYS) -> None:
        self._clock = clock
        self._rate = rate
        self._burst = burst
        self._most = most
        #: What was left, and when; last those who were asked about last.
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def wait(self, key: str) -> float:
        """Tell in how many seconds there is a token; 0 if there is one now."""
        return max(0.0, (1.0 - self._tokens(key)) / self._rate)

    def take(self, key: str) -> bool:
        """Take a token if there is one, and tell whether there was."""
        if self.wait(key):
            return False
        self.spend(key)
        return True

    def spend(self, key: str) -> None:
        """Take a token, on credit where there is none; the debt is at most a bucket."""
        left = max(-self._burst, self._tokens(key) - 1.0)
        self._left[key] = left, self._clock.monotonic()
        if len(self._left) > self._most:
            self._left.popitem(last=False)

    def _tokens(self, key: str) -> float:
        if key in self._left:
            self._left.move_to_end(key)
        left, at = self._left.get(key, (self._burst, 0.0))
        return min(self._burst, left + (self._clock.monotonic() - at) * self._rate)
