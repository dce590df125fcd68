"""`api/links`: mint, list, refresh, revoke. Only minting and refreshing answer with a URL."""

from __future__ import annotations

from asyncio import Future

from jupyter_server.auth.decorator import authorized
from tornado import web

from nb_presign.errors import InputError
from nb_presign.model import Link
from nb_presign.rest.endpoint import Endpoint
from nb_presign.wire import LinkOut, MintBody


class _LinkEndpoint(Endpoint):
    def answer_link(self, link: Link, status: int = 200, *, reveal: bool = False) -> Future[None]:
        """Finish with a link as it is now."""
        return self.answer(LinkOut.of(link, self.runtime.clock.now(), reveal=reveal), status)


class LinksEndpoint(_LinkEndpoint):
    """All links."""

    @web.authenticated
    @authorized("read", "nb-presign")
    async def get(self) -> None:
        links, now = await self.api.links(), self.runtime.clock.now()
        self.answer([LinkOut.brief(link, now) for link in links])

    @web.authenticated
    @authorized("write", "nb-presign")
    async def post(self) -> None:
        request = self.json_body(MintBody).request()
        self.answer_link(await self.unless_gone(self.api.mint(request)), 201, reveal=True)


class LinkEndpoint(_LinkEndpoint):
    """One link."""

    @web.authenticated
    @authorized("read", "nb-presign")
    async def get(self, link_id: str) -> None:
        self.answer_link(await self.api.link(link_id))

    @web.authenticated
    @authorized("write", "nb-presign")
    async def put(self, link_id: str) -> None:
        told = self.json_body(LinkOut).link()
        if told.id != link_id:
            raise InputError("The id in the body is another than in the path.", name="id")
        self.answer_link(await self.api.report(told))

    @web.authenticated
    @authorized("write", "nb-presign")
    async def delete(self, link_id: str) -> None:
        self.answer_link(await self.api.revoke(link_id))


class RefreshEndpoint(_LinkEndpoint):
    """The successor of one link."""

    @web.authenticated
    @authorized("write", "nb-presign")
    async def post(self, link_id: str) -> None:
        self.answer_link(await self.unless_gone(self.api.refresh(link_id)), 201, reveal=True)
