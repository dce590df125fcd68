"""Links that stay fresh, followed by one scheduler per kernel while its main thread computes."""

from __future__ import annotations

from functools import lru_cache

from nb_presign.blocking import background
from nb_presign.clock import SystemClock
from nb_presign.live.following import Scheduler
from nb_presign.live.link import LiveLink
from nb_presign.live.snapshot import LiveState, Mode, Snapshot
from nb_presign.live.timetable import Limit

__all__ = ["Limit", "LiveLink", "LiveState", "Mode", "Scheduler", "Snapshot", "scheduler"]


@lru_cache(maxsize=1)
def scheduler() -> Scheduler:
    """Return the process's own scheduler, made at the first call."""
    return Scheduler(SystemClock(), background)
