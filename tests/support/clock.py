"""A clock that stands still until a test turns it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone


class FakeClock:
    """Implements `nb_presign.clock.Clock`."""

    def __init__(self, now: datetime = datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)) -> None:
        self._now = now
        self._monotonic = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def tick(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += max(0.0, seconds)

    def suspend(self, seconds: float) -> None:
        """Let time pass while the machine sleeps: monotonic time stands still (Linux)."""
        self._now += timedelta(seconds=seconds)

    def set_back(self, seconds: float) -> None:
        """Set the wall clock back, as an administrator or NTP does; monotonic time goes on."""
        self._now -= timedelta(seconds=seconds)
