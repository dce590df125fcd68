"""A connection to PostgreSQL that waits so long for an answer, and no longer.

PostgreSQL's own timeouts are kept by PostgreSQL, which is no help where it stands still or cannot
be reached: TCP alone would wait for a quarter of an hour.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, TypeVar

from psycopg import Connection, OperationalError
from psycopg.rows import TupleRow

T = TypeVar("T")


class NoAnswerError(OperationalError):
    """The database has not answered in time."""


class PatientConnection(Connection[TupleRow]):
    """Implements psycopg's connection; one that got no answer in time is closed.

    What it had asked for may have been done or not.
    """

    #: Seconds.
    patience = 5.0

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **kwargs: Any) -> T:  # noqa: ANN401  # psycopg's
        return super().wait(self._in_time(gen), *args, **kwargs)

    def _in_time(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        until = time.monotonic() + self.patience  # noqa: TID251  # of a socket, not of a link
        try:
            state = next(gen)
            while True:
                ready = yield state
                # Nothing is ready where psycopg looks up now and then.
                if not ready and time.monotonic() > until:  # noqa: TID251
                    self.pgconn.finish()
                    raise NoAnswerError("no answer in time")
                state = gen.send(ready)
        except StopIteration as stop:
            found: T = stop.value
            return found
