"""Connections: how a database is opened, and what it says when it cannot be.

Opening is lazy. A SQLite file is made once, and never again behind the back of a process that has
seen it: an empty store would have forgotten what was revoked.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from nb_presign.errors import InputError, StoreError
from nb_presign.store.schema import migrate

#: How long a statement waits for another process to finish writing, seconds.
BUSY_SECONDS = 5.0
#: Execution option of transactions that write.
_WRITES = "nb_presign_writes"


class Database:
    """Opens transactions; everything that goes wrong within one is raised as `StoreError`."""

    def __init__(
        self,
        url: str,
        busy_seconds: float = BUSY_SECONDS,
        *,
        on_open: Callable[[Connection], None] = lambda _: None,
    ) -> None:
        """`on_open` is called once, in the first transaction."""
        self._url = url
        self._on_open = on_open
        self._busy_seconds = busy_seconds
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._writing_engine: Engine | None = None
        self._migrated = False

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that only reads."""
        with _translated(), self._opened().begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that may write; it commits unless the block raises."""
        with _translated(), self._opened(writes=True).begin() as connection:
            yield connection

    @property
    def opened(self) -> bool:
        """Whether there was a transaction yet."""
        return self._migrated

    def close(self) -> None:
        """Let go of connections; a later use opens new ones."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()

    def _opened(self, *, writes: bool = False) -> Engine:
        with self._lock:
            if self._engine is None or self._writing_engine is None:
                self._engine = _engine(self._url, self._busy_seconds)
                # Kept, because making one for each transaction takes longer than a statement.
                self._writing_engine = self._engine.execution_options(**{_WRITES: True})
            if not self._migrated:
                _create_file(self._engine.url)
                with self._writing_engine.begin() as connection:
                    migrate(connection)
                    self._on_open(connection)
                self._migrated = True
            return self._writing_engine if writes else self._engine


def _engine(address: str, busy_seconds: float) -> Engine:
    """Make the engine; connects to nothing."""
    try:
        url = make_url(address)
    except ArgumentError:
        # The text may hold a password.
        raise StoreError(
            "c.NbPresign.store_url is no database URL.",
            hint="Write it like sqlite:////srv/presign/store.sqlite.",
        ) from None
    if url.get_backend_name() != "sqlite":
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise StoreError(
            "A store needs a file: servers share it.",
            hint="Write c.NbPresign.store_url like sqlite:////srv/presign/store.sqlite.",
        )
    path = Path(url.database)
    engine = create_engine(
        url, hide_parameters=True, creator=lambda: _connect(path, busy_seconds), poolclass=QueuePool
    )
    event.listen(engine, "begin", _begin)
    event.listen(engine, "connect", lambda _, entry: _remember(entry, path))
    event.listen(engine, "checkout", lambda _, entry, __: _recognize(entry, path))
    return engine


def _connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        # Read and write, but do not create.
        f"file:{quote(str(path.absolute()))}?mode=rw",
        uri=True,
        timeout=busy_seconds,
        isolation_level=None,  # `_begin` says when transactions begin, not the driver
        check_same_thread=False,  # the pool gives a connection to one thread at a time
    )
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _begin(connection: Connection) -> None:
    # One that begins by reading and then writes fails at once when another wrote in between.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _remember(entry: ConnectionPoolEntry, path: Path) -> None:
    entry.info["file"] = _identity(path)


def _recognize(entry: ConnectionPoolEntry, path: Path) -> None:
    # An open connection would go on with a deleted or replaced file, and miss what others write
    # to the new one.
    if entry.info.get("file") != _identity(path):
        raise DisconnectionError


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _create_file(url: URL) -> None:
    """Make an empty SQLite file where there is none; of two who do so at once, one wins."""
    if url.get_backend_name() != "sqlite" or url.database is None:
        return
    path = Path(url.database)
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=path.name, suffix=".new", dir=path.parent)  # 0600
    os.close(handle)
    try:
        with closing(_connect(Path(name), BUSY_SECONDS)):
            pass  # sets WAL, where nobody else is in the way: changing it does not wait for locks
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()


@contextmanager
def _translated() -> Iterator[None]:
    """Raise what goes wrong below as `StoreError`, without SQL, bound values or the URL.

    Values that cannot be read back count as a damaged store.
    """
    try:
        yield
    except DBAPIError as error:
        raise _store_error(error.orig or error) from None
    except (
        SQLAlchemyError,
        sqlite3.Error,
        OSError,
        ValueError,
        OverflowError,
        InputError,
    ) as error:
        raise _store_error(error) from None


def _store_error(error: BaseException) -> StoreError:
    # SQLite's own sentences hold no values; those of other drivers may.
    reason = str(error) if isinstance(error, sqlite3.Error) else type(error).__name__
    if isinstance(error, OSError):
        reason = error.strerror or reason
    return StoreError(
        f"Links and sessions cannot be read or written: {reason}.",
        hint="Check that the database of c.NbPresign.store_url is there, writable and not full.",
        reason=reason,
    )
