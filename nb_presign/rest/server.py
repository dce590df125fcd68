"""`api/server`: which server answers."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from nb_presign.rest.endpoint import Endpoint
from nb_presign.wire import ServerOut


class ServerEndpoint(Endpoint):
    """Tells the server's name, id and version, so that others know who answers."""

    @web.authenticated
    @authorized("read", "nb-presign")
    async def get(self) -> None:
        self.answer(ServerOut.of(await self.api.server()))
