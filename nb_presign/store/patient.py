"""A connection to PostgreSQL that waits so long for an answer, and no longer.

PostgreSQL's own timeouts are kept by PostgreSQL, which is no help where it stands still or cannot
be reached: TCP alone would wait for a quarter of an hour.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
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

    #: Seconds for an answer.
    patience = 5.0
    #: Seconds to connect to one address, sign in included.
    to_connect = float("inf")
    #: Of a socket, not of a link.
    monotonic: Callable[[], float] = staticmethod(time.monotonic)  # noqa: TID251

    @classmethod
    def with_limits(cls, *, patience: float, to_connect: float) -> type[PatientConnection]:
        """Make a class of connections that wait so many seconds."""
        return type(cls.__name__, (cls,), {"patience": patience, "to_connect": to_connect})

    @classmethod
    def _connect_gen(cls, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # psycopg's
        # psycopg knows no limit below two seconds, as libpq does not, and asks nobody else.
        return cls._in_time(super()._connect_gen(*args, **kwargs), cls.to_connect)

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **kwargs: Any) -> T:  # noqa: ANN401  # psycopg's
        # A connection whose answer may still come is of no use to anybody.
        timed = self._in_time(gen, self.patience, self.pgconn.finish)
        return super().wait(timed, *args, **kwargs)

    @classmethod
    def _in_time(
        cls, gen: Generator[Any, Any, T], seconds: float, give_up: Callable[[], None] = lambda: None
    ) -> Generator[Any, Any, T]:
        until = cls.monotonic() + seconds
        try:
            state = next(gen)
            while True:
                ready = yield state
                # Nothing is ready where psycopg looks up now and then.
                if not ready and cls.monotonic() > until:
                    give_up()
                    raise NoAnswerError("no answer in time")
                state = gen.send(ready)
        except StopIteration as stop:
            found: T = stop.value
            return found
