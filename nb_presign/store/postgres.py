"""PostgreSQL as a store that several servers share: connections, limits, and what goes wrong.

psycopg is imported when it is needed; it comes with `nb_presign[postgres]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from nb_presign.errors import StoreError
from nb_presign.store.limits import NAMES, PING_SECONDS, read_limits, seconds_to_connect
from nb_presign.store.sqlstates import explain_state, explain_words

DRIVER = "postgresql+psycopg"
#: What libpq is told unless the URL says otherwise. Seconds, but `tcp_user_timeout`: milliseconds.
_LIBPQ = {
    "connect_timeout": "2",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "5000",
    "application_name": "nb_presign",
}
#: Milliseconds that a step of a migration may take, wait for another's, and begin after the last.
_MIGRATION = 120_000


def is_postgres(address: str) -> bool:
    """Tell whether a URL is of PostgreSQL, without asking SQLAlchemy."""
    return address.partition(":")[0].partition("+")[0] == "postgresql"


class PostgresBackend:
    """Implements `nb_presign.store.engine.Backend`."""

    def __init__(self, url: URL) -> None:
        """Raise `StoreError` for a URL that asks for another driver, or limits that are none."""
        if url.drivername not in {"postgresql", DRIVER}:
            raise StoreError(
                "PostgreSQL is spoken to through psycopg 3 only.",
                hint=f"Begin c.NbPresign.store_url with {DRIVER}://.",
            )
        self._limits = read_limits(url.query)
        self._url = url.set(drivername=DRIVER).difference_update_query(NAMES)

    def engines(self) -> tuple[Engine, Engine]:
        connect, limits = self._connector(), self._limits
        writes = create_engine(
            self._url,
            hide_parameters=True,
            # Of those that a database that was restarted has closed, none is used again.
            pool_pre_ping=True,
            pool_size=limits.pool_size,
            max_overflow=limits.max_overflow,
            pool_timeout=limits.pool_timeout,
            pool_use_lifo=True,
        )

        def wait(seconds: float, connection: Any) -> None:  # noqa: ANN401  # psycopg's
            if connection is not None:
                connection.patience = seconds

        event.listen(writes, "do_connect", lambda *_: connect())
        # A connection is asked whether it is alive before it is checked out.
        event.listen(writes, "checkout", lambda raw, *_: wait(limits.patience, raw))
        event.listen(writes, "checkin", lambda raw, _: wait(PING_SECONDS, raw))
        # One statement is a transaction as it is.
        reads = writes.execution_options(isolation_level="AUTOCOMMIT")
        if limits.pooler:
            event.listen(writes, "begin", self._set_for_this_transaction)
        else:
            event.listen(writes, "connect", lambda raw, _: self._set(raw))
        return reads, writes

    def prepare(self) -> None:
        """Nothing: databases are made by whoever runs PostgreSQL."""

    @contextmanager
    def migrating(self, connection: Connection) -> Iterator[None]:
        raw: Any = connection.connection.dbapi_connection
        usual, raw.patience = raw.patience, _MIGRATION / 1000
        try:
            for name in self._limits.waits:
                connection.execute(text(f"SET LOCAL {name} = {_MIGRATION}"))
            yield
            for name, usually in self._limits.waits.items():
                connection.execute(text(f"SET LOCAL {name} = {usually}"))
        finally:
            raw.patience = usual

    def explain(self, error: BaseException) -> tuple[str, str]:
        if isinstance(error, PoolTimeoutError):
            return (
                "too many ask at once",
                "Raise pool_size in c.NbPresign.store_url, as in ?pool_size=8.",
            )
        state = getattr(error, "sqlstate", None)
        return explain_state(state) if state else explain_words(error)

    def listening(self) -> Callable[[], Any] | None:
        # What is told comes by a connection that stays.
        return None if self._limits.pooler else self._connector(autocommit=True)

    def _connector(self, **how: bool) -> Callable[[], Any]:
        """Return what connects; raises `StoreError` where there is nothing to connect with."""
        try:
            from nb_presign.store.patient import PatientConnection  # noqa: PLC0415  # psycopg
        except ImportError:
            raise StoreError(
                "The driver for PostgreSQL is not installed.",
                hint="Run: pip install 'nb_presign[postgres]'",
            ) from None
        limits = self._limits
        kind = PatientConnection.with_limits(
            patience=limits.patience, to_connect=seconds_to_connect(self._url.query)
        )
        args, wanted = self._url.get_dialect()().create_connect_args(self._url)
        options = f"{limits.startup} {wanted.get('options', '')}".strip()
        # What the URL says counts.
        asked = {**_LIBPQ, **wanted, **({"options": options} if options else {}), **how}
        if limits.pooler:
            asked["prepare_threshold"] = None
        return lambda: kind.connect(*args, **asked)

    def _set(self, connection: Any) -> None:  # noqa: ANN401  # psycopg's
        with connection.cursor() as cursor:
            cursor.execute(self._limits.setting)
        connection.commit()

    def _set_for_this_transaction(self, connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql(self._limits.setting)
