"""Bodies of requests, taken as they come and kept to 8 KiB.

Jupyter lets a body have 512 MiB, kept in memory before any handler is asked. Ours say 413 long
before.
"""

from __future__ import annotations

from typing import cast

from tornado.http1connection import HTTP1Connection
from tornado.web import RequestHandler, stream_request_body

from nb_presign.errors import InputError, TooLargeError

LIMIT = 8 * 1024
#: What is longer is refused unread, at the price of the connection; what is shorter is read and
#: let fall, so that the client sees the answer instead of a reset.
DRAINED = 1024 * 1024
#: Time for sending 8 KiB; a slower client is cut.
SECONDS = 20.0


@stream_request_body
class StreamedBody(RequestHandler):
    """Never keep more of a body than the limit."""

    def data_received(self, chunk: bytes) -> None:
        received = self.__dict__.setdefault("_received", bytearray())
        if len(received) <= LIMIT:
            received += chunk

    def bound_body(self) -> None:
        """Set the limits, before any of it comes.

        Raises `InputError` or `TooLargeError` for what it says of its length.
        """
        declared = self.request.headers.get("Content-Length", "0")
        if not declared.isdecimal():
            raise InputError("The Content-Length is not a number.")
        if int(declared) > DRAINED:
            raise _too_large()
        connection = cast("HTTP1Connection", self.request.connection)
        connection.set_body_timeout(SECONDS)
        # For a body that comes in chunks and does not say how many.
        connection.set_max_body_size(DRAINED)

    def received_body(self) -> bytes:
        """Return all of it once it has come; raises `TooLargeError`."""
        received = bytes(self.__dict__.get("_received", b""))
        if len(received) > LIMIT:
            raise _too_large()
        return received


def _too_large() -> TooLargeError:
    return TooLargeError(f"A body has at most {LIMIT} bytes.", limit=LIMIT)
