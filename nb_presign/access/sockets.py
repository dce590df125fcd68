"""Guests' WebSockets: every frame is judged, and the connection ends with the session.

`close()` alone does not stop a WebSocket: for 5 s tornado 6.6 delivers the frames of a client that
does not answer the close. And writing to a closed one raises in whoever writes, which on a shared
terminal is everybody. So what a guest's handler sends and receives goes through a guard, per
handler instance; owners' handlers are left as they are.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

from tornado.websocket import WebSocketHandler

from nb_presign.access.book import SessionBook
from nb_presign.model import Scope, Session

#: Close code, from the range for applications (RFC 6455, 7.4.2), in the likeness of HTTP's 401.
CLOSE_CODE = 4401
#: Seconds a client has to answer the close.
GRACE_SECONDS = 0.2
#: Messages kept back while the store is asked; more is a reason to cut.
MAX_HELD = 1000


class SocketGuard:
    """Stands between one guest's socket and its handler."""

    def __init__(
        self, handler: WebSocketHandler, session: Session, digest: bytes, book: SessionBook
    ) -> None:
        self._handler = handler
        self._session = session
        self._digest = digest
        self._book = book
        self._epoch = book.epoch
        self._receive: Callable[[str | bytes], Awaitable[None] | None] = handler.on_message
        self._send: Callable[..., Awaitable[None]] = handler.write_message
        self._protocol: Any = None
        self._held: list[tuple[Any, bool]] = []
        self._check: asyncio.Task[bool] | None = None
        self.ended = False

    def install(self) -> None:
        """Take the handler's place at its own methods, on this one instance."""
        handler: Any = self._handler
        protocol_of = handler.get_websocket_protocol

        def get_websocket_protocol() -> Any:  # noqa: ANN401  # tornado's protocol class is private
            self._protocol = protocol_of()
            return self._protocol

        handler.get_websocket_protocol = get_websocket_protocol
        handler.on_message = self.on_message
        handler.write_message = self.write_message

    @property
    def gone(self) -> bool:
        """Whether the connection is over."""
        return self._protocol is not None and self._protocol.client_terminated

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """Pass a message on, unless the session has ended or may only watch.

        At once wherever nothing has to be asked: for an awaitable tornado goes round its loop
        before it reads the next frame.
        """
        if self.ended or self._expired() or self._session.scope is Scope.READ:
            return None
        if self._epoch == self._book.epoch:
            return self._receive(message)
        return self._ask_and_receive(message)

    def write_message(self, message: Any, binary: bool = False) -> Awaitable[None]:  # noqa: ANN401, FBT001, FBT002  # tornado's signature
        """Send a message; after the end do nothing, while the store is asked keep it back."""
        if self.ended or self._expired() or self.gone:
            return _nothing()
        if self._epoch == self._book.epoch and not self._held:
            return self._send(message, binary)
        self._held.append((message, binary))
        if len(self._held) > MAX_HELD:
            self.cut()
        else:
            self.recheck()
        return _nothing()

    def recheck(self) -> None:
        """Ask again whether the session lives, unless it is being asked."""
        if not self.ended and (self._check is None or self._check.done()):
            self._check = asyncio.get_running_loop().create_task(self._ask())

    def sweep(self) -> None:
        """Look whether time is over, the store silent, or something was revoked."""
        if self.ended:
            return
        if self._expired() or not self._book.fresh:
            self.cut()
        elif self._epoch != self._book.epoch:
            self.recheck()

    def cut(self) -> None:
        """End the connection: say why, and hang up on a client that does not answer."""
        if self.ended:
            return
        self.ended = True
        self._held.clear()
        if self._protocol is None:
            return
        if self._handler.ws_connection is not None:
            self._handler.close(CLOSE_CODE, "This guest session has ended.")
        asyncio.get_running_loop().call_later(GRACE_SECONDS, self._hang_up)

    def _hang_up(self) -> None:
        stream = getattr(self._protocol, "stream", None)
        if stream is not None:
            stream.close()

    def _expired(self) -> bool:
        if self._book.live(self._session):
            return False
        self.cut()
        return True

    async def _ask_and_receive(self, message: str | bytes) -> None:
        self.recheck()
        if self._check is None or not await asyncio.shield(self._check) or self._expired():
            return
        result = self._receive(message)
        if result is not None:
            await result

    async def _ask(self) -> bool:
        epoch = self._book.epoch
        found = await self._book.find_by_hash(self._digest)
        if found is None or found.id != self._session.id or not self._book.live(found):
            self.cut()
            return False
        if self.ended:
            return False
        self._epoch, held = epoch, self._held
        self._held = []
        for message, binary in held:
            self._send(message, binary)
        return True


class SocketRoom:
    """All guests' sockets of a server."""

    def __init__(self, book: SessionBook) -> None:
        self._book = book
        self._guards: set[SocketGuard] = set()
        book.watchers.append(self.sweep)

    def guard(self, handler: WebSocketHandler, session: Session, digest: bytes) -> None:
        """Guard a socket that is about to be opened, until it is closed."""
        _keep_apart(handler, session)
        guard = SocketGuard(handler, session, digest, self._book)
        guard.install()
        on_close, on_finish = handler.on_close, handler.on_finish
        mine: Any = handler

        def closed() -> None:
            self._guards.discard(guard)
            on_close()

        def finished() -> None:
            # A handshake that failed; a socket that is open finishes with status 101 and lives on.
            if handler.get_status() != 101:  # noqa: PLR2004  # Switching Protocols
                self._guards.discard(guard)
            on_finish()

        mine.on_close, mine.on_finish = closed, finished
        self._guards.add(guard)

    def sweep(self) -> bool:
        """Judge every socket anew; tell whether there are any."""
        for guard in tuple(self._guards):
            guard.sweep()
            if guard.gone:
                self._guards.discard(guard)
        return bool(self._guards)


def _keep_apart(handler: WebSocketHandler, session: Session) -> None:
    """Give a guest session ids of their own at kernels, the same for the same one they ask for.

    Who connects with the id of another connection takes its place, and is handed the messages that
    were kept for it (jupyter_server 2.21, `_open_sessions`); and ids are no secret, since every
    message that a kernel publishes names the one that it answers.
    """
    request = handler.request
    for asked in (request.arguments, request.query_arguments):
        if values := asked.get("session_id"):
            own = b"\0".join([session.id.encode(), *values])
            asked["session_id"] = [hashlib.sha256(own).hexdigest().encode()]


def _nothing() -> Awaitable[None]:
    """Return a future that is done, as tornado's `write_message` returns one."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done
