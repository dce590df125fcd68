"""Transactions: how they are opened, and what a database says when it cannot be.

Opening is lazy. What SQLite and PostgreSQL do differently is in modules of their own.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from nb_presign.errors import InputError, StoreError
from nb_presign.store.listener import Listener
from nb_presign.store.postgres import PostgresBackend
from nb_presign.store.schema import migrate
from nb_presign.store.sqlite import BUSY_SECONDS, SqliteBackend

__all__ = ["BUSY_SECONDS", "Backend", "Database"]


class Backend(Protocol):
    """What one kind of database does in its own way."""

    def engines(self) -> tuple[Engine, Engine]:
        """Make the engine that reads and the one that writes, of one pool; connects to nothing."""
        ...

    def prepare(self) -> None:
        """Make what there is to make before the first connection."""
        ...

    def migrating(self, connection: Connection) -> AbstractContextManager[None]:
        """Let a migration take its time, and wait for another's."""
        ...

    def listening(self) -> Callable[[], Any] | None:
        """Return what connects to be told of what others do, if there is such a thing."""
        ...

    def explain(self, error: BaseException) -> tuple[str, str]:
        """Say in words what went wrong, without any value, and what mends it."""
        ...


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
        self._backend: Backend | None = None
        #: The one that reads, and the one that writes.
        self._engines: tuple[Engine, Engine] | None = None
        self._migrated = False
        self._listener: Listener | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that only reads, by one statement."""
        with self._translated(), self._opened(writes=False).begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that may write; it commits unless the block raises."""
        with self._translated(), self._opened(writes=True).begin() as connection:
            yield connection

    @property
    def opened(self) -> bool:
        """Whether there was a transaction yet."""
        return self._migrated

    def listen(self, heard: Callable[[], None] | None) -> None:
        """Call `heard` whenever another process tells of something; None: no more."""
        with self._lock:
            if self._listener is not None:
                self._listener.close()
                self._listener = None
            connect = self._backend.listening() if self._backend and heard else None
            if connect and heard:
                self._listener = Listener(connect, heard)

    def close(self) -> None:
        """Let go of connections; a later use opens new ones."""
        self.listen(None)
        with self._lock:
            if self._engines is not None:
                self._engines[0].dispose()

    def _opened(self, *, writes: bool) -> Engine:
        with self._lock:
            backend = self._backend = self._backend or _backend(self._url, self._busy_seconds)
            # Kept, because making one for each transaction takes longer than a statement.
            reads_with, writes_with = self._engines = self._engines or backend.engines()
            if not self._migrated:
                backend.prepare()
                with writes_with.begin() as connection:
                    with backend.migrating(connection):
                        migrate(connection)
                    self._on_open(connection)
                self._migrated = True
            return writes_with if writes else reads_with

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Raise what goes wrong below as `StoreError`, without SQL, bound values or the URL.

        Values that cannot be read back count as a damaged store.
        """
        try:
            yield
        except DBAPIError as error:
            raise self._store_error(error.orig or error) from None
        except (
            SQLAlchemyError,
            sqlite3.Error,
            OSError,
            ValueError,
            OverflowError,
            InputError,
        ) as error:
            raise self._store_error(error) from None

    def _store_error(self, error: BaseException) -> StoreError:
        reason, hint = self._backend.explain(error) if self._backend else _unknown(error)
        return StoreError(
            f"Links and sessions cannot be read or written: {reason}.", hint=hint, reason=reason
        )


def _backend(address: str, busy_seconds: float) -> Backend:
    try:
        url = make_url(address)
    except ArgumentError:
        url = None  # the error's text may hold a password
    if url is not None and url.get_backend_name() == "sqlite":
        return SqliteBackend(url, busy_seconds)
    if url is not None and url.get_backend_name() == "postgresql":
        return PostgresBackend(url)
    raise StoreError(
        "c.NbPresign.store_url is no URL of a SQLite or PostgreSQL database.",
        hint="Write it like sqlite:////srv/presign/store.sqlite or "
        "postgresql+psycopg://presign@db.example.org/presign.",
    )


def _unknown(error: BaseException) -> tuple[str, str]:
    return type(error).__name__, "Check c.NbPresign.store_url."
