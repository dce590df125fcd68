"""Failed attempts to redeem: counted, limited and told of, without a look at the store.

Only failures count, and only in the way of further failures: a token that is not ours is told from
one that is by its signature, before anything is counted. So whoever holds a good link gets in
however many others fail from the same address.
"""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict
from math import ceil

from nb_presign.clock import Clock
from nb_presign.errors import RateLimitedError
from nb_presign.policy import source_of
from nb_presign.throttle import Throttle

#: Tokens that are not ours, by address: a second, and at once.
FORGED_RATE, FORGED_BURST = 10.0, 60.0
#: Refusals of one authentic token, by address: each has asked the store.
SPENT_RATE, SPENT_BURST = 1.0, 20.0
#: Seconds between two events of one refusal, and how long an answer may have been lost.
TOLD_EVERY, REPEATED_WITHIN = 60.0, 30.0
#: Addresses that a report names, and that are counted between two of them.
NAMED, COUNTED = 20, 1024
MOST_ANSWERS = 4096

_log = logging.getLogger(__name__)
_ELSEWHERE = "further addresses"


class Attempts:
    """Counts the failed attempts at one server; lives on its event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._forged = Throttle(clock, rate=FORGED_RATE, burst=FORGED_BURST)
        self._spent = Throttle(clock, rate=SPENT_RATE, burst=SPENT_BURST)
        self._told = Throttle(clock, rate=1 / TOLD_EVERY, burst=1)
        #: Failures since the last report, by address.
        self._failed: Counter[str] = Counter()
        #: When which landing page got its session, oldest first.
        self._answered: OrderedDict[tuple[str, str], float] = OrderedDict()

    def forged(self, address: str) -> None:
        """Count a token that is not ours; raises `RateLimitedError` where there were too many."""
        self._count(address)
        source = source_of(address)
        if not self._forged.take(source):
            raise _too_many(self._forged.wait(source))

    def admit(self, link_id: str, nonce: str, address: str) -> None:
        """Let an authentic token be tried, unless it was refused here too often.

        Whoever got a session a moment ago may ask again: the answer may have been lost.
        """
        since = self._answered.get((link_id, nonce))
        if since is not None and self._clock.monotonic() - since < REPEATED_WITHIN:
            return
        wait = self._spent.wait(f"{link_id} {source_of(address)}")
        if wait:
            self._count(address)
            raise _too_many(wait)

    def refused(self, link_id: str, address: str) -> None:
        """Count a refused token that is ours."""
        self._count(address)
        # On credit: those that were tried at the same time are all counted.
        self._spent.spend(f"{link_id} {source_of(address)}")

    def is_news(self, link_id: str, address: str, reason: str) -> bool:
        """Tell whether a refusal is worth an event, or one such was told of a moment ago."""
        return self._told.take(f"{link_id} {source_of(address)} {reason}")

    def redeemed(self, link_id: str, nonce: str) -> None:
        """Remember who got a session."""
        self._answered[link_id, nonce] = self._clock.monotonic()
        if len(self._answered) > MOST_ANSWERS:
            self._answered.popitem(last=False)

    def report(self) -> None:
        """Log how many attempts failed since the last report: a line for each address."""
        failed, self._failed = self._failed, Counter()
        for address, count in failed.most_common(NAMED):
            _log.warning("Attempts to open a link that failed, from %s: %d", address, count)
        others = failed.most_common()[NAMED:]
        if others:
            count = sum(number for _, number in others)
            _log.warning("Attempts to open a link that failed, from elsewhere: %d", count)

    def _count(self, address: str) -> None:
        known = address in self._failed or len(self._failed) < COUNTED
        self._failed[(address or "an unknown address") if known else _ELSEWHERE] += 1


def _too_many(wait: float) -> RateLimitedError:
    seconds = max(1, ceil(wait))
    return RateLimitedError(
        "Too many attempts failed.", hint="Wait a moment, then try again.", retry_after=seconds
    )
