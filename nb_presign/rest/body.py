"""Bodies of requests, read before Jupyter asks who sends them."""

from __future__ import annotations

from asyncio import Future
from typing import cast

from jupyter_server.base.handlers import JupyterHandler
from tornado.httputil import HTTPInputError, parse_body_arguments
from tornado.iostream import StreamClosedError
from tornado.web import Finish

from nb_presign import wire
from nb_presign.access.entry.bodies import StreamedBody
from nb_presign.errors import InputError, MediaTypeError
from nb_presign.wire import T


class BoundedBody(StreamedBody, JupyterHandler):
    """Receive the body before anything else is looked at, and never keep more than the limit."""

    async def prepare(self) -> None:  # type: ignore[override]  # as jupyter_server's own APIHandler
        # Also where there is none: a GET that is refused before tornado has seen its end costs the
        # connection, and the client's next request on it is reset.
        await self._receive()
        await super().prepare()

    def json_body(self, kind: type[T]) -> T:
        """Read the body strictly as JSON of one wire type."""
        if self._media_type() != "application/json":
            raise MediaTypeError(
                "The body must be JSON.", hint="Send 'Content-Type: application/json'."
            )
        return wire.decode(self.request.body, kind)

    async def _receive(self) -> None:
        self.bound_body()
        # Where a body is streamed, tornado (6.6) sends it after `prepare`, and Jupyter signs people
        # in and checks XSRF in `prepare`. A refusal there would leave the body unread and reset the
        # connection under the answer. So tornado is told early that we are ready.
        ready, self._prepared_future = cast("Future[None]", self._prepared_future), None
        ready.set_result(None)
        try:
            await self.request._body_future  # noqa: SLF001  # as tornado's own _execute does
        except StreamClosedError:
            raise Finish from None
        self.request.body = self.received_body()
        self._read_form()

    def _read_form(self) -> None:
        """Read a form's fields, `_xsrf` among them, as tornado does where none is streamed."""
        if self._media_type() != "application/x-www-form-urlencoded":
            return
        fields: dict[str, list[bytes]] = {}
        try:
            parse_body_arguments("application/x-www-form-urlencoded", self.request.body, fields, {})
        except (ValueError, HTTPInputError):  # too many fields
            raise InputError("The form cannot be read.") from None
        self.request.body_arguments.update(fields)
        for name, values in fields.items():
            self.request.arguments.setdefault(name, []).extend(values)

    def _media_type(self) -> str:
        return self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
