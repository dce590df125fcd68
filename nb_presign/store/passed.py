"""The latest time that any process has seen, kept in the store: what is over stays over.

A clock that is set back between two runs would let links and sessions in again that had only
expired. So the time of each change is kept with it, and whoever opens the store goes on from there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, select, update

from nb_presign.clock import SteadyClock
from nb_presign.store.schema import EPOCH, meta, read_time, write_time

_ROW = meta.c.name == "time"
#: What is asked again and again.
_PULSE = select(meta).where(meta.c.name.in_(("revision", "time")))


class StoreTime(Protocol):
    """What time it is in a store, within the caller's transactions."""

    def is_kept(self, moment: datetime) -> bool:
        """Tell whether this time, or a later one, is known to be kept."""
        ...

    def committed(self, moment: datetime) -> None:
        """Take note that `moment` is kept from now on."""
        ...

    def read(self, tx: Connection) -> None:
        """Let the process's clock go on from the store's time."""
        ...

    def pulse(self, tx: Connection) -> int:
        """Do the same, and return the store's revision."""
        ...

    def witness(self, tx: Connection, moment: datetime) -> datetime:
        """Keep it that `moment` has passed; returns what is kept, which may be less."""
        ...

    def keep(self, tx: Connection, now: datetime) -> datetime:
        """Keep the time, which to the caller is `now`; returns the time that decides in here."""
        ...


class PassedTime:
    """Implements `StoreTime`: the latest time of all processes counts, each with its own clock."""

    def __init__(self, clock: SteadyClock) -> None:
        self._clock = clock
        #: What is known to be committed.
        self._kept = EPOCH

    def is_kept(self, moment: datetime) -> bool:
        return moment <= self._kept

    def committed(self, moment: datetime) -> None:
        self._kept = max(self._kept, moment)

    def read(self, tx: Connection) -> None:
        self._hear(tx.scalar(select(meta.c.value).where(_ROW)) or 0)

    def pulse(self, tx: Connection) -> int:
        found = {row.name: row.value for row in tx.execute(_PULSE)}
        self._hear(found.get("time", 0))
        return int(found["revision"])

    def witness(self, tx: Connection, moment: datetime) -> datetime:
        self.keep(tx, moment)
        return moment

    def keep(self, tx: Connection, now: datetime) -> datetime:
        """Keep `now`, in a transaction that writes; returns what decides in it.

        That is the latest time of all: another process may have seen more, and `now` may be from
        before a wait.
        """
        value = write_time(now)
        tx.execute(update(meta).where(_ROW, meta.c.value < value).values(value=value))
        return max(now, read_time(tx.scalar(select(meta.c.value).where(_ROW)) or 0))

    def _hear(self, value: int) -> None:
        kept = read_time(value)
        self.committed(kept)
        self._clock.advance_to(kept)
