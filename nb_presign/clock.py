"""The only door through which time enters.

Nothing else in nb_presign reads a clock (a lint rule holds this), so that tests turn time by hand
and a test of expiry never sleeps.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone
from typing import Protocol

#: What the paces of two clocks make of them between two looks, at the very most.
DRIFT = timedelta(minutes=1)


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Tell the wall time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Tell seconds since some instant; never goes back, stands still in suspend on Linux."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(timezone.utc)

    def monotonic(self) -> float:
        return time.monotonic()


class SteadyClock:
    """A clock that never goes back, whatever is done to the one below; for several threads.

    Time goes on from the latest that was ever told, at the pace of the monotonic clock. A wall
    clock that is ahead of that is believed: it was set forward, or the machine was suspended. One
    that was set back is not, until it has caught up.

    Once it follows another clock, the one below gives it its pace and nothing else.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._follows = False
        #: What may have been told already; there is nothing before the first.
        self._floor = datetime.min.replace(tzinfo=timezone.utc)
        self._latest = clock.now()
        #: What the monotonic clock said at `_latest`.
        self._told_at = clock.monotonic()

    @classmethod
    def over(cls, clock: Clock) -> SteadyClock:
        """Make a clock steady; one that is already is returned itself."""
        return clock if isinstance(clock, cls) else cls(clock)

    def now(self) -> datetime:
        return self._not_before(self._floor if self._follows else self._clock.now())

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def follow(self, moment: datetime) -> None:
        """Go by another clock from now on, which several machines share and which says `moment`.

        The first time this may go back. Later on a clock that is a little behind has another pace:
        time stands still until it has caught up. One that is further behind was set back, and is
        not believed.
        """
        with self._lock:
            ticks = self._clock.monotonic()
            steady = self._steady(ticks)
            if self._follows:
                if steady - moment > DRIFT:
                    return
                self._floor = steady
            self._follows = True
            self._latest, self._told_at = moment, ticks

    def advance_to(self, moment: datetime) -> None:
        """Go on from `moment`, which somebody has seen; nothing happens if it has passed."""
        self._not_before(moment)

    def behind(self) -> timedelta:
        """Tell how far the clock below is behind."""
        return self.now() - self._clock.now()

    def _not_before(self, moment: datetime) -> datetime:
        with self._lock:
            # Counted from one moment and not from call to call, so that no rounding adds up.
            ticks = self._clock.monotonic()
            steady = self._steady(ticks)
            if moment <= steady:
                return steady
            self._latest, self._told_at = moment, ticks
            return moment

    def _steady(self, ticks: float) -> datetime:
        return max(self._floor, self._latest + timedelta(seconds=ticks - self._told_at))
