"""The latest time that any process has seen, kept in the store: what is over stays over.

A clock that is set back between two runs would let links and sessions in again that had only
expired. So the time of each change is kept with it, and whoever opens the store goes on from there.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from nb_presign.clock import SteadyClock
from nb_presign.store.schema import EPOCH, meta, read_time, write_time

_ROW = meta.c.name == "time"


class PassedTime:
    """Reads and writes the kept time, within the caller's transactions."""

    def __init__(self, clock: SteadyClock) -> None:
        self._clock = clock
        #: What is known to be committed.
        self._kept = EPOCH

    def is_kept(self, moment: datetime) -> bool:
        """Tell whether this time, or a later one, is known to be kept."""
        return moment <= self._kept

    def committed(self, moment: datetime) -> None:
        """Take note that `moment` is kept from now on."""
        self._kept = max(self._kept, moment)

    def read(self, tx: Connection) -> None:
        """Let the clock go on from what is kept."""
        self.hear(tx.scalar(select(meta.c.value).where(_ROW)) or 0)

    def hear(self, value: int) -> None:
        """Let the clock go on from the row's committed value."""
        kept = read_time(value)
        self.committed(kept)
        self._clock.advance_to(kept)

    def keep(self, tx: Connection, now: datetime) -> datetime:
        """Keep `now`, in a transaction that writes; returns what decides in it.

        That is the latest time of all: another process may have seen more, and `now` may be from
        before a wait.
        """
        value = write_time(now)
        tx.execute(update(meta).where(_ROW, meta.c.value < value).values(value=value))
        return max(now, read_time(tx.scalar(select(meta.c.value).where(_ROW)) or 0))
