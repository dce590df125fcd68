"""Whether one guest's session still lives: asked once, for all the connections that hang on it."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from tornado.iostream import IOStream

from nb_presign.access.entry.book import SessionBook
from nb_presign.model import Session

#: Asked on every look, about one connection: whether its request would be let in now.
Admitted = Callable[[], bool]

_log = logging.getLogger(__name__)


class Guarded(Protocol):
    """A connection that ends with its session."""

    #: See `Admitted`.
    admitted: Admitted

    @property
    def gone(self) -> bool:
        """Whether there is nothing left to end."""

    def resume(self) -> None:
        """Go on with what was kept back while the store was asked."""

    def cut(self) -> None:
        """End now; a second time does nothing."""


class Watch:
    """One session's connections, and what is known about it."""

    def __init__(self, session: Session, digest: bytes, book: SessionBook, epoch: int) -> None:
        self.session = session
        self.connections: set[Guarded] = set()
        #: Once it is over it stays over: a store that comes back begins a new watch.
        self.over = False
        #: Whether it is over only because nobody can tell: the session may live on.
        self.unsure = False
        self._digest = digest
        self._book = book
        self._epoch = epoch
        self._question: asyncio.Task[None] | None = None

    @property
    def current(self) -> bool:
        """Whether nothing has to be asked: nothing was revoked since, and the store answers."""
        return self._epoch == self._book.epoch and self._book.fresh

    def alive(self) -> bool:
        """Tell whether time is not over, by the clock; end everything if it is."""
        if not self.over and not self._book.live(self.session):
            self.end()
        return not self.over

    async def settled(self) -> bool:
        """Wait until what is known is current; tell whether the session lives."""
        while self.alive() and not self.current:
            await asyncio.shield(self.ask())
        return self.alive()

    def ask(self) -> asyncio.Task[None]:
        """Ask the store, unless it is being asked."""
        if self._question is None or self._question.done():
            self._question = asyncio.get_running_loop().create_task(self._ask())
        return self._question

    def look(self) -> None:
        """Look whether time is over, the store silent, or something was revoked.

        Where that cannot be told, everything ends.
        """
        try:
            self._judge()
        except Exception as error:  # noqa: BLE001  # see above, and the other sessions are still to be judged
            _log.error("A guest's connections cannot be judged: %s", type(error).__name__)
            self._end(unsure=True)

    def end(self) -> None:
        """End every connection."""
        self._end(unsure=self._book.unsure and self._book.live(self.session))

    def _end(self, *, unsure: bool) -> None:
        if not self.over:
            self.unsure = unsure
        self.over = True
        for connection in tuple(self.connections):
            _cut(connection)

    def _judge(self) -> None:
        if self.alive():
            if self._epoch != self._book.epoch:
                self.ask()
            elif not self._book.fresh:
                self.end()
        for connection in tuple(self.connections):
            if connection.gone:
                self.connections.discard(connection)
            elif not connection.admitted():
                _cut(connection)

    async def _ask(self) -> None:
        try:
            while not self.over and not self.current:
                # What is revoked while the store is asked is asked about again.
                epoch = self._book.epoch
                found = await self._book.find_by_hash(self._digest)
                if found is None or found.id != self.session.id or not self._book.live(found):
                    self.end()
                    return
                self._epoch = epoch
        except Exception as error:  # noqa: BLE001  # whatever goes wrong, nobody stays who may not
            _log.error("A guest's session cannot be judged: %s", type(error).__name__)
            self._end(unsure=True)
            return
        for connection in tuple(self.connections):
            _resume(connection)


def _resume(connection: Guarded) -> None:
    """Let a connection go on; that one cannot is no reason to keep the others waiting."""
    try:
        connection.resume()
    except Exception as error:  # noqa: BLE001  # see above
        _log.error("A guest's connection cannot go on: %s", type(error).__name__)
        _cut(connection)


def _cut(connection: Guarded) -> None:
    """End a connection; that one cannot be ended is no reason to leave the others."""
    try:
        connection.cut()
    except Exception as error:  # noqa: BLE001  # see above
        _log.error("A guest's connection could not be ended: %s", type(error).__name__)


def hang_up(stream: IOStream | None) -> None:
    """Close a connection; what is still to be sent over it is not.

    Of what tornado has given to the operating system megabytes may be on their way to a slow
    client; without lingering they are dropped (SO_LINGER, socket(7)).
    """
    if stream is None or stream.closed():
        return
    if stream.writing():
        with suppress(AttributeError, OSError):
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.close()
