"""Calls whose signature is none of a key of ours: counted, and told of in one line.

Whoever fails too often is told nothing more of why. Only failures count, and only in the way of
further failures: whoever signs with a good key is let in however many others fail from the same
address.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable

from nb_presign.clock import Clock
from nb_presign.errors import RateLimitedError
from nb_presign.policy import source_of
from nb_presign.throttle import Throttle

#: Failures of one address that are answered as what they are: a second, and at once.
RATE, BURST = 10.0, 60.0
#: Addresses that are counted, and that a report names.
COUNTED, NAMED = 1024, 20
#: Seconds from the first failure to the line about all that came since.
TOLD_AFTER = 60.0

_log = logging.getLogger(__name__)
_NOWHERE, _ELSEWHERE = "an unknown address", "further addresses"


class Failures:
    """Counts them; lives on the event loop."""

    def __init__(
        self, clock: Clock, *, later: Callable[[float, Callable[[], None]], object]
    ) -> None:
        """`later` calls something after some seconds."""
        self._throttle = Throttle(clock, rate=RATE, burst=BURST)
        self._failed: Counter[str] = Counter()
        self._later = later

    def add(self, address: str) -> None:
        """Count a failure; raises `RateLimitedError` where there were too many."""
        if not self._failed:
            self._later(TOLD_AFTER, self.report)
        name = address or _NOWHERE
        known = name in self._failed or len(self._failed) < COUNTED
        self._failed[name if known else _ELSEWHERE] += 1
        if not self._throttle.take(source_of(address)):
            raise RateLimitedError("Rate exceeded", retry_after=1)

    def report(self) -> None:
        """Log how many calls failed since the last report: a line for each address."""
        failed, self._failed = self._failed, Counter()
        for address, count in failed.most_common(NAMED):
            _log.warning(
                "Calls of AWS's protocol that were not signed, from %s: %d", address, count
            )
        others = sum(number for _, number in failed.most_common()[NAMED:])
        if others:
            _log.warning("Calls of AWS's protocol that were not signed, from elsewhere: %d", others)
