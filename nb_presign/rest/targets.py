"""`api/targets`, `api/target`, `api/notebooks`: where links can lead, and what is there."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from nb_presign import reference
from nb_presign.errors import BadReferenceError
from nb_presign.model import MAX_PART, BareTarget, Target, TargetQuery
from nb_presign.providers.merging import LONGEST_CURSOR
from nb_presign.rest.endpoint import Endpoint
from nb_presign.rest.query import read_query
from nb_presign.wire import FolderOut, TargetBody, TargetOut, TargetPageOut

PARAMETERS = {"provider": 1024, "region": 1024, "profile": 1024, "cursor": LONGEST_CURSOR}
ONE = {"target": reference.MAX_LENGTH}
FOLDER = {**ONE, "folder": MAX_PART}


class TargetsEndpoint(Endpoint):
    """Lists targets, a page at a time."""

    @web.authenticated
    @authorized("read", "nb-presign")
    async def get(self) -> None:
        query = TargetQuery(**read_query(self.request, PARAMETERS))
        self.answer(TargetPageOut.of(await self.unless_gone(self.api.targets(query))))


class TargetEndpoint(Endpoint):
    """Looks at one target."""

    @web.authenticated
    @authorized("read", "nb-presign")
    async def get(self) -> None:
        given = read_query(self.request, ONE).get("target", "")
        self.answer(TargetOut.of(await self.unless_gone(self.api.target(full_target(given)))))


class NotebooksEndpoint(Endpoint):
    """Lists the folders and notebooks in one folder on a target."""

    @web.authenticated
    @authorized("read", "nb-presign")
    async def get(self) -> None:
        given = read_query(self.request, FOLDER)
        target = full_target(given.get("target", ""))
        found = self.api.notebooks(target, given.get("folder", ""))
        self.answer(FolderOut.of(await self.unless_gone(found)))


class StartEndpoint(Endpoint):
    """Starts one target."""

    @web.authenticated
    @authorized("write", "nb-presign")
    async def post(self) -> None:
        target = full_target(self.json_body(TargetBody).target)
        self.answer(TargetOut.of(await self.unless_gone(self.api.start(target))), 202)


def full_target(text: str) -> Target:
    """Read a reference with its provider; raises `BadReferenceError`."""
    target = reference.parse(text)
    if isinstance(target, BareTarget):
        raise BadReferenceError(
            f"A reference without its provider: {text[:80]!r}.",
            hint="Write it as provider:name, for example sagemaker:my-instance.",
        )
    return target
