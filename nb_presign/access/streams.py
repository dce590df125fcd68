"""Guests' unfinished responses: downloads, event streams and long polls end with the session.

They may be silent, so that nothing that they write can be waited for.
"""

from __future__ import annotations

from typing import Any

from tornado.web import RequestHandler

from nb_presign.access.watch import Admitted, hang_up


class ResponseGuard:
    """Knows whether one response has been sent to its end, and hangs up if it must not be.

    One is made for every guest's request, so it does nothing until it is asked.
    """

    __slots__ = ("_connection", "_handler", "admitted")

    def __init__(self, handler: RequestHandler, admitted: Admitted) -> None:
        self.admitted = admitted
        self._handler = handler
        # The one of this request: on a kept connection the next request has another, so that a
        # proxy's connection, over which all kinds of people come, is hung up only while it is
        # this guest's.
        self._connection: Any = handler.request.connection

    @property
    def gone(self) -> bool:
        """Whether everything was given to the operating system, or the stream is a WebSocket's."""
        done = getattr(self._connection, "_finish_future", None)  # HTTP1Connection, tornado 6.6
        if done is None:
            return bool(self._handler._finished)  # noqa: SLF001  # without HTTP/1 there is no better way to know
        return bool(done.done())

    def resume(self) -> None:
        """Nothing is kept back."""

    def cut(self) -> None:
        """Hang up in the middle: the client is to notice that this is not all."""
        if not self.gone:
            hang_up(getattr(self._connection, "stream", None))
