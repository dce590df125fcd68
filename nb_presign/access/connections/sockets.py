"""Guests' WebSockets: every frame is judged, and the connection ends with the session.

`close()` alone does not stop a WebSocket: for 5 s tornado 6.6 delivers the frames of a client that
does not answer the close. And writing to a closed one raises in whoever writes, which on a shared
terminal is everybody. So what a guest's handler sends and receives goes through a guard, per
handler instance; owners' handlers are left as they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tornado.web import HTTPError
from tornado.websocket import WebSocketHandler

from nb_presign.access.connections.watch import Admitted, Watch, hang_up
from nb_presign.access.gate.frames import Frames

#: Close code, from the range for applications (RFC 6455, 7.4.2), in the likeness of HTTP's 401.
CLOSE_CODE = 4401
REASON = "This guest session has ended."
#: "Try Again Later", in IANA's registry of close codes: front ends connect again by themselves.
UNSURE_CODE = 1013
UNSURE_REASON = "Nobody can tell just now whether this guest session has ended."
#: Seconds between the close and the hanging up, for the close to get out.
GRACE_SECONDS = 0.05
#: Bytes kept back while the store is asked; more is a reason to cut.
MAX_HELD = 32 * 1024 * 1024
#: What a message costs besides its length.
_OVERHEAD = 100


class SocketGuard:
    """Stands between one guest's socket and its handler."""

    def __init__(
        self, handler: WebSocketHandler, watch: Watch, frames: Frames, admitted: Admitted
    ) -> None:
        self.admitted = admitted
        self._handler: Any = handler
        self._watch = watch
        self._frames = frames
        self._talks = frames.takes_input(watch.session)
        self._protocol: Any = None
        self._cut = False
        self._held: list[tuple[Any, bool]] = []
        self._held_bytes = 0
        self._open: Callable[..., Awaitable[None] | None] = handler.open
        self._receive: Callable[[str | bytes], Awaitable[None] | None] = handler.on_message
        self._pinged: Callable[[bytes], None] = handler.on_ping
        self._ponged: Callable[[bytes], Awaitable[None] | None] = handler.on_pong
        self._send: Callable[..., Awaitable[None]] = handler.write_message
        self._ping: Callable[..., None] = handler.ping
        self._write: Callable[..., Awaitable[None]]
        self._write_ping: Callable[[bytes], None]

    def install(self) -> None:
        """Take the place of handler and protocol at their own methods, on these instances."""
        handler = self._handler
        protocol_of = handler.get_websocket_protocol

        def get_websocket_protocol() -> Any:  # noqa: ANN401  # tornado's protocol class is private
            if not self._stays:
                # It ended while the handshake waited, for a kernel to start perhaps.
                raise HTTPError(403)
            self._stand_before(protocol_of())
            return self._protocol

        handler.get_websocket_protocol = get_websocket_protocol
        handler.open = self.open
        handler.on_message = self.on_message
        handler.on_ping = self.on_ping
        handler.on_pong = self.on_pong
        handler.write_message = self.write_message
        handler.ping = self.ping

    @property
    def gone(self) -> bool:
        """Whether the connection is over, or never became a WebSocket."""
        if self._protocol is None:
            return bool(self._handler._finished)  # noqa: SLF001  # no other way to know
        stream = self._protocol.stream
        return bool(self._protocol.client_terminated or (stream is not None and stream.closed()))

    # What comes in.

    def open(self, *args: str, **kwargs: str) -> Awaitable[None] | None:
        """Let the handler begin: join a terminal, start a language server, call a proxied app."""
        if self._passes:
            return self._open(*args, **kwargs)
        return self._wait_and_open(*args, **kwargs)

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """Pass a message on, unless the session has ended or may only watch.

        At once wherever nothing has to be asked: for an awaitable tornado goes round its loop
        before it reads the next frame.
        """
        if not self._talks or self._cut:
            return None
        if self._passes:
            return self._receive(message)
        return self._wait_and_receive(message)

    def on_ping(self, data: bytes) -> None:
        """Pass a ping on, which a proxy would: tornado itself has answered it."""
        if self._talks and self._passes:
            self._pinged(data)

    def on_pong(self, data: bytes) -> Awaitable[None] | None:
        """Pass on that the client is there, and what it says from those who may talk."""
        if not self._passes:
            return None
        return self._ponged(data if self._talks else b"")

    # What goes out.

    def write_message(self, message: Any, binary: bool = False) -> Awaitable[None]:  # noqa: ANN401, FBT001, FBT002  # tornado's signature
        """Send a message; nothing, where the handler itself would raise because it cannot."""
        if self._cut or self._closing:
            return _nothing()
        return self._send(message, binary)

    def ping(self, data: str | bytes = b"") -> None:
        """Send a ping, likewise."""
        if not self._cut and not self._closing:
            self._ping(data)

    def write(self, message: Any, binary: bool = False) -> Awaitable[None]:  # noqa: ANN401, FBT001, FBT002  # tornado's signature
        """Write a message of the handler's; while the store is asked keep it back."""
        if self._cut or not self._watch.alive() or not self._lets_out(message):
            return _nothing()
        if self._watch.current and not self._held:
            return self._write(message, binary)
        self._hold(message, binary)
        return _nothing()

    def write_ping(self, data: bytes) -> None:
        """Write a ping, which may carry data of a proxied app; or skip it."""
        if self._passes:
            self._write_ping(data)

    # How it ends.

    def resume(self) -> None:
        """Send what was kept back."""
        if self._cut or not self.admitted():
            self.cut()
            return
        held, self._held, self._held_bytes = self._held, [], 0
        for message, binary in held:
            if not self._closing:
                self._write(message, binary)

    def cut(self) -> None:
        """Drop whatever comes from now on, say why, and hang up on who does not answer."""
        if self._cut:
            return
        self._cut = True
        self._held.clear()
        # Without a stream the handshake is still being answered, and the response's guard ends it.
        if self._protocol is not None and self._protocol.stream is not None:
            asyncio.get_running_loop().call_later(GRACE_SECONDS, hang_up, self._protocol.stream)
            if self._watch.unsure:
                self._protocol.close(UNSURE_CODE, UNSURE_REASON)
            else:
                self._protocol.close(CLOSE_CODE, REASON)

    def _stand_before(self, protocol: Any) -> None:  # noqa: ANN401  # as above
        self._protocol = protocol
        if protocol is not None:  # a version of the WebSocket protocol that tornado does not speak
            self._write, self._write_ping = protocol.write_message, protocol.write_ping
            protocol.write_message, protocol.write_ping = self.write, self.write_ping

    @property
    def _stays(self) -> bool:
        """Whether clock, address and policy still admit; asked for every frame that comes in."""
        if not self._cut and self._watch.alive() and not self.admitted():
            self.cut()
        return not self._cut

    @property
    def _passes(self) -> bool:
        """Whether a frame may pass without that the store is asked."""
        return self._stays and self._watch.current

    @property
    def _closing(self) -> bool:
        """Whether tornado would refuse to send; before the handshake the handler may hear of it."""
        protocol = self._protocol
        return protocol is not None and protocol.stream is not None and bool(protocol.is_closing())

    def _lets_out(self, message: Any) -> bool:  # noqa: ANN401  # as above
        return self._frames.lets_out(self._watch.session, message)

    def _hold(self, message: Any, binary: bool) -> None:  # noqa: ANN401, FBT001  # as above
        self._held.append((message, binary))
        self._held_bytes += len(message) + _OVERHEAD
        if self._held_bytes > MAX_HELD:
            self.cut()
        else:
            self._watch.ask()

    async def _wait_and_open(self, *args: str, **kwargs: str) -> None:
        if not await self._watch.settled() or not self._stays:
            # tornado hangs up, and does not tell a handler of the end that had no beginning.
            raise HTTPError(403)
        result = self._open(*args, **kwargs)
        if result is not None:
            await result

    async def _wait_and_receive(self, message: str | bytes) -> None:
        if not await self._watch.settled() or not self._stays:
            return
        result = self._receive(message)
        if result is not None:
            await result


def _nothing() -> Awaitable[None]:
    """Return a future that is done, as tornado's `write_message` returns one."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done
