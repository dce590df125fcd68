"""`api/providers`: the kinds of places for which links can be minted here."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from nb_presign import reference
from nb_presign.model import TargetQuery
from nb_presign.rest.endpoint import Endpoint
from nb_presign.rest.query import read_query
from nb_presign.rest.targets import full_target
from nb_presign.wire import FindingOut, ProviderOut

PARAMETERS = {"region": 1024, "profile": 1024, "target": reference.MAX_LENGTH}


class ProvidersEndpoint(Endpoint):
    """Lists providers, usable or not."""

    @web.authenticated
    @authorized("read", "nb-presign")
    async def get(self) -> None:
        self.answer([ProviderOut.of(info) for info in await self.unless_gone(self.api.providers())])


class FindingsEndpoint(Endpoint):
    """Looks for what keeps one provider from minting."""

    @web.authenticated
    @authorized("read", "nb-presign")
    async def get(self, provider: str) -> None:
        given = read_query(self.request, PARAMETERS)
        query = TargetQuery(
            provider=provider, region=given.get("region", ""), profile=given.get("profile", "")
        )
        target = full_target(given["target"]) if given.get("target") else None
        found = await self.unless_gone(self.api.examine(query, target))
        self.answer([FindingOut.of(each) for each in found])
