"""Time in a store that several machines share: the database's clock decides, and no server's.

Servers' clocks follow it, each time they ask. The latest that a change was decided by is kept, so
that a database whose own clock is set back brings nothing back either.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, Connection, Update, cast, func, select, update

from nb_presign.clock import SteadyClock
from nb_presign.store.schema import EPOCH, meta, read_time, write_time

_TIME = meta.c.name == "time"
#: Microseconds since 1970. PostgreSQL's `now()` would tell when the transaction began, which may
#: have waited since.
_CLOCK: ColumnElement[int] = cast(
    func.extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger
)
_KEPT = select(meta.c.value, _CLOCK.label("clock")).where(_TIME)
#: What is asked again and again.
_PULSE = select(meta.c.name, meta.c.value, _CLOCK.label("clock")).where(
    meta.c.name.in_(("revision", "time"))
)
#: How far the kept time may be behind: all transactions write to its row, and would wait there for
#: each other.
KEEP_EVERY = timedelta(seconds=1)


class DatabaseTime:
    """Implements `nb_presign.store.passed.StoreTime` on PostgreSQL."""

    def __init__(self, clock: SteadyClock) -> None:
        self._clock = clock
        #: What is known to be committed.
        self._committed = EPOCH

    def is_kept(self, moment: datetime) -> bool:
        return moment <= self._committed

    def committed(self, moment: datetime) -> None:
        self._committed = max(self._committed, moment)

    def read(self, tx: Connection) -> None:
        kept, clock = self._ask(tx)
        self._hear(kept, clock)

    def pulse(self, tx: Connection) -> int:
        found = {row.name: row for row in tx.execute(_PULSE)}
        self._hear(read_time(found["time"].value), read_time(found["time"].clock))
        return int(found["revision"].value)

    def witness(self, tx: Connection, moment: datetime) -> datetime:
        # A server whose own clock is ahead must not end what others go by.
        kept, clock = self._ask(tx)
        passed = min(moment, self._decide(kept, clock))
        tx.execute(_keep(passed))
        return passed

    def keep(self, tx: Connection, now: datetime) -> datetime:
        """Tell the time that decides, and keep it where that was last done a while ago.

        `now` does not count: it is a server's.
        """
        del now
        kept, clock = self._ask(tx)
        passed = self._decide(kept, clock)
        if passed - kept >= KEEP_EVERY:
            # Where another transaction is at it, nobody waits for it.
            free = select(meta.c.name).where(_TIME).with_for_update(skip_locked=True)
            tx.execute(_keep(passed).where(meta.c.name.in_(free)))
        return passed

    def _ask(self, tx: Connection) -> tuple[datetime, datetime]:
        row = tx.execute(_KEPT).one()
        return read_time(row.value), read_time(row.clock)

    def _hear(self, kept: datetime, clock: datetime) -> None:
        self.committed(kept)
        self._clock.follow(max(kept, clock))

    def _decide(self, kept: datetime, clock: datetime) -> datetime:
        self._clock.follow(max(kept, clock))
        # Not earlier than what this process has gone by.
        return self._clock.now()


def _keep(moment: datetime) -> Update:
    value = write_time(moment)
    return update(meta).where(_TIME, meta.c.value < value).values(value=value)
