"""The only door through which time enters.

Nothing else in nb_presign reads a clock (a lint rule holds this), so that tests turn time by hand
and a test of expiry never sleeps.
"""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Protocol


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
