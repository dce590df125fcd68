"""`open`: an owner's click on a reference mints an interactive link and follows it.

A click in this server's own pages goes straight on. Whatever else brings a browser here, a link in
a mail or on another site, meets a page that asks first: that a URL is fetched is no wish of the
owner.
"""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from nb_presign import reference
from nb_presign.errors import InputError
from nb_presign.model import MintRequest
from nb_presign.rest.endpoint import Answering
from nb_presign.rest.page import Page, fill, load
from nb_presign.rest.query import read_query

PARAMETERS = {"target": reference.MAX_LENGTH}


class OpenEndpoint(Answering):
    """Mints and redirects, to the minted URL and nowhere else."""

    @web.authenticated
    @authorized("write", "nb-presign")
    async def get(self) -> None:
        target = _required(read_query(self.request, PARAMETERS).get("target", ""))
        if self._is_own_click():
            await self._open(target)
        else:
            self._ask(target)

    @web.authenticated
    @authorized("read", "nb-presign")
    async def head(self) -> None:
        # Mints nothing; browsers and scanners look with it whether there is something.
        self.set_header("Content-Type", "text/html; charset=utf-8")

    @web.authenticated
    @authorized("write", "nb-presign")
    async def post(self) -> None:
        targets = self.get_body_arguments("target")
        if len(targets) > 1:
            raise InputError("The parameter target is given twice.", name="target")
        await self._open(_required("".join(targets)))

    async def _open(self, target: str) -> None:
        request = MintRequest(target=reference.parse(target), interactive=True)
        link = await self.unless_gone(self.api.mint(request))
        self.set_status(303)
        # Set and not `redirect`ed: tornado would resolve and log it.
        self.set_header("Location", link.url.reveal() if link.url else self.base_url)
        self.finish()

    def _ask(self, target: str) -> None:
        reference.parse(target)
        # Under `no-referrer` browsers send the form with "Origin: null", which Jupyter refuses.
        self.set_header("Referrer-Policy", "same-origin")
        self._show(load("confirm", forms=True), target=target, xsrf=self.xsrf_token.decode("ascii"))

    def _is_own_click(self) -> bool:
        headers = self.request.headers
        return (
            # Not "none": that is a typed address, but also a link in a mail or chat program.
            headers.get("Sec-Fetch-Site") == "same-origin"
            and headers.get("Sec-Fetch-Mode") == "navigate"
            and headers.get("Sec-Fetch-Dest") == "document"
            # A prefetching or prerendering browser says so here.
            and not headers.get("Sec-Purpose")
            and not headers.get("Purpose")
        )

    def write_error(self, status_code: int, **kwargs: object) -> None:
        told = self.refuse(status_code, kwargs.get("exc_info"))
        self._show(load("refused"), message=told.message, hint=told.hint)

    def _show(self, page: Page, **texts: str) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", page.policy)
        self.finish(fill(page, **texts))


def _required(target: str) -> str:
    if not target:
        raise InputError("The parameter target is missing.", hint="Write ?target=<reference>.")
    return target
