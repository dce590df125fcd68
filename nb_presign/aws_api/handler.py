"""`<base_url>nb-presign/aws`: AWS's wire protocol over HTTP.

Not one of Jupyter's handlers, on purpose: who is signed in to this server does not matter here, be
it an owner or a guest. Whoever signs with an access key is let in, and nobody else.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from types import TracebackType

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.httputil import HTTPHeaders
from tornado.log import access_log
from tornado.web import Application

from nb_presign.access.entry.addresses import visit_of
from nb_presign.access.entry.bodies import StreamedBody
from nb_presign.aws_api.desk import PATH, Answer, Desk, refusal
from nb_presign.aws_api.failures import Failures
from nb_presign.aws_api.incoming import Incoming
from nb_presign.aws_api.lookups import Lookups
from nb_presign.aws_api.models import Models
from nb_presign.aws_api.pace import Pace
from nb_presign.aws_api.refusal import RefusedError
from nb_presign.aws_api.telling import Teller
from nb_presign.bootstrap import Runtime
from nb_presign.providers.base import LocalServer

#: Key of the `Desk` in the web application's settings.
DESK = "nb_presign_aws_api"


class AwsHandler(StreamedBody):
    """Receives a request, and writes what the desk answers."""

    _answer: Answer | None = None

    def initialize(self, trusted_proxies: tuple[str, ...]) -> None:
        """Take what the route was mounted with."""
        self._trusted_proxies = trusted_proxies

    def prepare(self) -> None:
        self.bound_body()

    @allow_unauthenticated
    async def post(self) -> None:
        """Answer a call, or another method with AWS's refusal."""
        desk: Desk = self.settings[DESK]
        request = self.request
        incoming = Incoming(
            request.method or "",
            request.path,
            request.query,
            tuple(_headers(request.headers)),
            self.received_body(),
        )
        self._answer = await desk.answer(incoming, visit_of(request, self._trusted_proxies))
        self._write(self._answer)

    get = head = put = patch = delete = options = post

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")

    def check_xsrf_cookie(self) -> None:
        """Ask for none: no browser signs a request by itself."""

    def compute_etag(self) -> None:
        """Have none: answers are not to be compared, nor kept."""

    def write_error(self, status_code: int, **kwargs: object) -> None:
        found = kwargs.get("exc_info")
        error = found[1] if isinstance(found, tuple) else None
        if status_code < HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, RefusedError):
            # Refused by tornado: a method that HTTP does not know, a body that it cannot take.
            error = RefusedError("UnknownOperationException", status=status_code)
        self._answer = refusal(error if isinstance(error, Exception) else RuntimeError())
        self._write(self._answer)

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Leave it to `refusal`; tornado would write the query, which may be signed."""

    def _write(self, answer: Answer) -> None:
        self.set_status(answer.status)
        for name, value in answer.headers.items():
            self.set_header(name, value)
        if not answer.body:
            self.clear_header("Content-Type")
        self.finish(answer.body)

    def _log(self) -> None:
        """Log what was done for whom, and nothing of the query. What nobody signed is counted."""
        answer = self._answer
        if answer is not None and answer.key_id:
            log = access_log.warning if answer.refusal else access_log.debug
            said = answer.refusal or "done"
            log("%d %s by %s: %s", answer.status, answer.action, answer.key_id, said)


def _headers(headers: HTTPHeaders) -> Iterator[tuple[str, str]]:
    pairs = ((name.lower(), value) for name, value in headers.get_all())
    return (pair for pair in pairs if pair[0] != "cookie")


def add_handlers(web_app: Application, base_url: str, runtime: Runtime, local: LocalServer) -> None:
    """Mount it, where this server has links and access keys of its own."""
    # Late: only servers that speak it need the operations.
    from nb_presign.aws_api.operations.table import OPERATIONS  # noqa: PLC0415

    if runtime.redeemer is None or runtime.access_keys is None:
        return
    settings = runtime.settings
    web_app.settings[DESK] = Desk(
        keys=Lookups(runtime.access_keys, runtime.clock),
        operations=OPERATIONS,
        models=Models(OPERATIONS),
        service=runtime.service,
        redeemer=runtime.redeemer,
        local=local,
        offload=runtime.offload,
        clock=runtime.clock,
        failures=Failures(runtime.clock, later=_later),
        pace=Pace(runtime.clock),
        teller=Teller(runtime.service.emit, runtime.clock),
        region=settings.aws_api_region,
        public_url=settings.public_url,
    )
    path = re.escape(base_url.rstrip("/") + "/" + PATH) + "/?"
    proxies = {"trusted_proxies": settings.trusted_proxies}
    web_app.add_handlers(".*$", [(path, AwsHandler, proxies)])


def _later(seconds: float, call: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(seconds, call)
