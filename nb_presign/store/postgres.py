"""PostgreSQL as a store that several servers share: connections, limits, and what goes wrong.

psycopg is imported when it is needed; it comes with `nb_presign[postgres]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from nb_presign.errors import StoreError
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
#: Milliseconds after which a server that stands still in a transaction loses it, with its locks.
_IDLE_IN_TRANSACTION = 5000
#: Seconds that an answer may take longer than PostgreSQL may take for it.
_ON_THE_WAY = 0.5
#: Seconds after which a connection that was not in use is taken for dead.
_PING = 1.0
#: Milliseconds that a migration may take, and wait for another's.
_MIGRATION = 120_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the query of the URL may set: `?statement_timeout=5000&pool_size=4`."""

    #: Milliseconds that PostgreSQL may take for one statement.
    statement_timeout: int = 2000
    #: Milliseconds of these that may be spent waiting for another transaction.
    lock_timeout: int = 1500
    #: Connections that stay open.
    pool_size: int = 2
    #: Connections beyond these, while they are needed. A server has eight threads that ask.
    max_overflow: int = 8
    #: Seconds that a thread waits for one.
    pool_timeout: int = 2


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
        self._limits = _limits(url.query)
        names = [field.name for field in fields(Limits)]
        self._url = url.set(drivername=DRIVER).difference_update_query(names)

    def engines(self) -> tuple[Engine, Engine]:
        try:
            from nb_presign.store.patient import PatientConnection  # noqa: PLC0415  # psycopg
        except ImportError:
            raise StoreError(
                "The driver for PostgreSQL is not installed.",
                hint="Run: pip install 'nb_presign[postgres]'",
            ) from None
        limits = self._limits
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

        def connect(_: object, __: object, args: list[Any], wanted: dict[str, Any]) -> object:
            return PatientConnection.connect(*args, **self._asked(wanted))

        def wait(seconds: float, connection: Any) -> None:  # noqa: ANN401  # psycopg's
            if connection is not None:
                connection.patience = seconds

        usual = limits.statement_timeout / 1000 + _ON_THE_WAY
        event.listen(writes, "do_connect", connect)
        # A connection is asked whether it is alive before it is checked out.
        event.listen(writes, "checkout", lambda raw, *_: wait(usual, raw))
        event.listen(writes, "checkin", lambda raw, _: wait(_PING, raw))
        event.listen(writes, "connect", _acknowledge_what_is_kept)
        # One statement is a transaction as it is.
        return writes.execution_options(isolation_level="AUTOCOMMIT"), writes

    def prepare(self) -> None:
        """Nothing: databases are made by whoever runs PostgreSQL."""

    @contextmanager
    def migrating(self, connection: Connection) -> Iterator[None]:
        raw: Any = connection.connection.dbapi_connection
        usual, raw.patience = raw.patience, _MIGRATION / 1000
        try:
            for name in ("statement_timeout", "lock_timeout"):
                connection.execute(text(f"SET LOCAL {name} = {_MIGRATION}"))
            yield
            for name in ("statement_timeout", "lock_timeout"):
                connection.execute(text(f"SET LOCAL {name} = {getattr(self._limits, name)}"))
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

    def listening(self) -> Callable[[], Any]:
        from nb_presign.store.patient import PatientConnection  # noqa: PLC0415  # psycopg

        args, wanted = self._url.get_dialect()().create_connect_args(self._url)
        asked = self._asked(wanted)
        return lambda: PatientConnection.connect(*args, autocommit=True, **asked)

    def _asked(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Add what is not said in the URL; what is said there counts."""
        limits = self._limits
        options = (
            f"-c statement_timeout={limits.statement_timeout} -c lock_timeout={limits.lock_timeout}"
            f" -c idle_in_transaction_session_timeout={_IDLE_IN_TRANSACTION}"
        )
        return {**_LIBPQ, **wanted, "options": f"{options} {wanted.get('options', '')}"}


def _limits(query: Mapping[str, Any]) -> Limits:
    found = {}
    for field in fields(Limits):
        if field.name in query:
            value = query[field.name]
            if not isinstance(value, str) or not value.isdecimal():
                raise StoreError(
                    f"{field.name} in c.NbPresign.store_url is no number.",
                    hint=f"Write ?{field.name}={field.default}, for example.",
                )
            found[field.name] = int(value)
    return Limits(**found)


def _acknowledge_what_is_kept(connection: Any, _: object) -> None:  # noqa: ANN401  # psycopg's
    """Have commits wait until they are on disk, where somebody has switched that off."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'"
        )
    connection.commit()
