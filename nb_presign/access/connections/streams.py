"""Guests' unfinished responses: downloads, event streams and long polls end with the session.

They may be silent, so that nothing that they write can be waited for.
"""

from __future__ import annotations

from typing import Any

from tornado.iostream import StreamClosedError
from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from nb_presign.access.connections.watch import Admitted, hang_up


class ResponseGuard:
    """Knows whether one response has been sent to its end, and hangs up if it must not be.

    One is made for every guest's request, so it does nothing until it is asked.
    """

    __slots__ = ("_connection", "_handler", "_stream", "admitted")

    def __init__(self, handler: RequestHandler, admitted: Admitted) -> None:
        self.admitted = admitted
        self._handler = handler
        # The one of this request: on a kept connection the next request has another, so that a
        # proxy's connection, over which all kinds of people come, is hung up only while it is
        # this guest's.
        self._connection: Any = handler.request.connection
        self._stream = getattr(self._connection, "stream", None)

    @property
    def gone(self) -> bool:
        """Whether everything was given to the operating system, or the stream is a WebSocket's."""
        if self._taken:
            return self._stream is None or self._stream.closed()
        done = getattr(self._connection, "_finish_future", None)  # HTTP1Connection, tornado 6.6
        if done is None:
            return bool(self._handler._finished)  # noqa: SLF001  # without HTTP/1 there is no better way to know
        return bool(done.done())

    @property
    def _taken(self) -> bool:
        """Whether the handler has taken the stream, to speak over it what it likes.

        `detach` leaves the connection without it. A WebSocket has a guard of its own, which says
        goodbye.
        """
        taken = getattr(self._connection, "stream", None) is not self._stream
        return taken and not isinstance(self._handler, WebSocketHandler)

    def resume(self) -> None:
        """Nothing is kept back."""

    def cut(self) -> None:
        """Hang up in the middle: the client is to notice that this is not all."""
        if self.gone:
            return
        hang_up(self._stream)
        handler: Any = self._handler
        if handler._headers_written:  # noqa: SLF001  # no other way to know
            handler.flush = _Refusal(handler.flush)


class _Refusal:
    """Says once, to whoever goes on writing, that nobody is there.

    A proxy that passes on an event stream does not look whether what it writes arrives, and would
    go on for hours (jupyter-server-proxy 4.6): an exception ends what it reads from.
    """

    def __init__(self, flush: Any) -> None:  # noqa: ANN401  # the handler's own
        self._flush = flush
        self._said = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # tornado's signature
        if self._said:
            return self._flush(*args, **kwargs)
        self._said = True
        raise StreamClosedError
