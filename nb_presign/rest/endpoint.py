"""What every handler of ours shares: who may ask, how bodies are read, how refusals are told.

Handlers hold no logic and no `try`: they read a request, call the service, and write the answer.
Each verb of theirs has `@web.authenticated` and then `@authorized` with both arguments: without
them the decorator keeps the resource of its first call (jupyter_server 2.21, auth/decorator.py).
"""

from __future__ import annotations

import asyncio
import math
from asyncio import Future
from collections.abc import Coroutine
from http import HTTPStatus
from types import TracebackType
from typing import Any, ClassVar

from jupyter_server.base.handlers import APIHandler
from msgspec import Struct
from tornado.web import Finish

from nb_presign import wire
from nb_presign.api import PresignApi
from nb_presign.bootstrap import Runtime
from nb_presign.errors import InputError, NotAllowedError, PresignError
from nb_presign.hub_server import hub_owner
from nb_presign.model import Actor
from nb_presign.rest.body import BoundedBody
from nb_presign.rest.errors import refusal, status_of
from nb_presign.wire import T

#: Key of the `Runtime` in the web application's settings.
RUNTIME = "nb_presign"
#: For the log only: whom it was for has hung up (nginx's number for it).
HUNG_UP = 499


class Answering(BoundedBody):
    """A handler that knows the service and keeps guests out."""

    #: Whether guests may ask too.
    for_guests: ClassVar[bool] = False
    _gone = False
    _work: asyncio.Task[Any] | None = None

    @property
    def runtime(self) -> Runtime:
        """Everything this server built at its start."""
        runtime: Runtime = self.settings[RUNTIME]
        return runtime

    @property
    def api(self) -> PresignApi:
        """The service on behalf of who is signed in."""
        service = self.runtime.service
        # Jupyter makes up a new name for each request that comes with the token.
        name = service.actor.name if self.token_authenticated else self.current_user.username
        return service.acting_as(Actor(name))

    @property
    def is_guest(self) -> bool:
        """Whether it is a presigned session that lets the caller in."""
        return getattr(self, "_nb_presign_session", None) is not None

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("X-Robots-Tag", "noindex")

    async def prepare(self) -> None:  # type: ignore[override]  # as jupyter_server's own APIHandler
        await super().prepare()
        # The access gate has refused guests by now; this holds without it too.
        if self.is_guest and not self.for_guests:
            raise NotAllowedError("Guests cannot mint, list or revoke links.")
        # Whom a Hub lets in to its user's server is as good as that user for Jupyter, but must not
        # let in others, or themselves again.
        user, owner = self.current_user, hub_owner()
        if owner and user is not None and user.username != owner and not self.for_guests:
            raise NotAllowedError(f"Only {owner} can mint, list or revoke links on this server.")

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise InputError(f"Not UTF-8: {name or 'the path'}.") from None

    async def unless_gone(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for what may take long, and call it off if whoever asked for it hangs up."""
        task: asyncio.Task[T] = asyncio.ensure_future(work)
        self._work = task
        try:
            return await task
        except asyncio.CancelledError:
            if not self._gone:
                raise
            self.set_status(HUNG_UP, "Client Closed Request")
            raise Finish from None
        finally:
            self._work = None

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self._gone = True
        if self._work is not None:
            self._work.cancel()

    def explain(self, error: BaseException | None) -> BaseException | None:
        """Say an error in other words, where the caller must not know the right ones."""
        return error

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if not isinstance(value, PresignError):
            super().log_exception(typ, value, tb)
        elif status_of(value) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self.log.warning("nb_presign: %s %s: %s", self.request.method, value.code, value)

    def refuse(self, status: int, exc_info: object = None) -> wire.ErrorOut:
        """Set the status of a refusal and return what to tell."""
        error = self.explain(exc_info[1] if isinstance(exc_info, tuple) else None)
        signed_in = getattr(self, "_jupyter_current_user", None) is not None
        status, told = refusal(error, status, signed_in=signed_in)
        self.set_status(status)
        wait = error.fields.get("retry_after") if isinstance(error, PresignError) else None
        if isinstance(wait, (int, float)):  # RFC 9110, 10.2.3: whole seconds
            self.set_header("Retry-After", str(max(1, math.ceil(wait))))
        if status == HTTPStatus.UNAUTHORIZED:  # RFC 9110, 11.6.1 asks for the header
            self.set_header("WWW-Authenticate", 'token realm="jupyter"')
        return told


class Endpoint(Answering, APIHandler):
    """A handler that answers in JSON."""

    def answer(self, value: Struct | list[Any], status: int = 200) -> Future[None]:
        """Finish with a value of the wire types."""
        self.set_status(status)
        return self.finish(wire.encode(value))

    def write_error(self, status_code: int, **kwargs: object) -> None:
        self.finish(wire.encode(self.refuse(status_code, kwargs.get("exc_info"))))
