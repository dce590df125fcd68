"""A SQLite file as a store: how it is made, opened and recognized.

It is made once, and never again behind the back of a process that has seen it: an empty store
would have forgotten what was revoked.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from nb_presign.errors import StoreError

#: How long a statement waits for another process to finish writing, seconds.
BUSY_SECONDS = 5.0
#: Execution option of transactions that write.
_WRITES = "nb_presign_writes"


class SqliteBackend:
    """Implements `nb_presign.store.engine.Backend`."""

    def __init__(self, url: URL, busy_seconds: float) -> None:
        """Raise `StoreError` for what is no file."""
        if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
            raise StoreError(
                "A store needs a file: servers share it.",
                hint="Write c.NbPresign.store_url like sqlite:////srv/presign/store.sqlite.",
            )
        self._url = url
        self._path = Path(url.database)
        self._busy_seconds = busy_seconds

    def engines(self) -> tuple[Engine, Engine]:
        path = self._path
        engine = create_engine(
            self._url,
            hide_parameters=True,
            creator=lambda: _connect(path, self._busy_seconds),
            poolclass=QueuePool,
        )
        event.listen(engine, "begin", _begin)
        event.listen(engine, "connect", lambda _, entry: _remember(entry, path))
        event.listen(engine, "checkout", lambda _, entry, __: _recognize(entry, path))
        return engine, engine.execution_options(**{_WRITES: True})

    def prepare(self) -> None:
        _create_file(self._path)

    def migrating(self, connection: Connection) -> AbstractContextManager[None]:
        del connection  # its transaction keeps everybody else out
        return nullcontext()

    def listening(self) -> None:
        """Nothing tells: whoever wants to know asks."""

    def explain(self, error: BaseException) -> tuple[str, str]:
        # SQLite's own sentences hold no values.
        reason = str(error) if isinstance(error, sqlite3.Error) else type(error).__name__
        if isinstance(error, OSError):
            reason = error.strerror or reason
        return (
            reason,
            "Check that the database of c.NbPresign.store_url is there, writable and not full.",
        )


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


def _create_file(path: Path) -> None:
    """Make an empty file where there is none; of two who do so at once, one wins."""
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
