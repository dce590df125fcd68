"""`api/targets`: the places for which links can be minted here."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from nb_presign.model import TargetQuery
from nb_presign.rest.endpoint import Endpoint
from nb_presign.rest.query import read_query
from nb_presign.wire import TargetPageOut

PARAMETERS = {"provider": 1024, "region": 1024, "profile": 1024, "cursor": 1024}


class TargetsEndpoint(Endpoint):
    """Lists targets, a page at a time."""

    @web.authenticated
    @authorized("read", "nb-presign")
    async def get(self) -> None:
        query = TargetQuery(**read_query(self.request, PARAMETERS))
        self.answer(TargetPageOut.of(await self.api.targets(query)))
