"""`api/providers`: the kinds of places for which links can be minted here."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from nb_presign.rest.endpoint import Endpoint
from nb_presign.wire import ProviderOut


class ProvidersEndpoint(Endpoint):
    """Lists providers, usable or not."""

    @web.authenticated
    @authorized("read", "nb-presign")
    async def get(self) -> None:
        self.answer([ProviderOut.of(info) for info in await self.api.providers()])
