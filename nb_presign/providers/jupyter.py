"""Whole Jupyter servers: `jupyter:<server>[/<path>]`, and `jupyter:.` for the one this process is.

A path is a page (`lab/tree/a.ipynb`) or a file (`a.ipynb`), which is then opened in the server's
own front end.
"""

from __future__ import annotations

from dataclasses import replace

from nb_presign.errors import (
    NotInstalledError,
    NotListableError,
    OutOfRangeError,
    TargetNotFoundError,
)
from nb_presign.model import (
    BareTarget,
    Folder,
    Link,
    Narrowing,
    Target,
    TargetInfo,
    TargetPage,
    TargetQuery,
    TargetState,
)
from nb_presign.providers import folders, pages
from nb_presign.providers.base import LocalServer
from nb_presign.providers.context import ProviderContext
from nb_presign.providers.known_server import KnownServer
from nb_presign.providers.self_hosted import HERE, SelfHostedProvider, refuse_options


def create(context: ProviderContext) -> JupyterProvider:
    """Make the provider, as the entry point asks."""
    return JupyterProvider(context)


class JupyterProvider(SelfHostedProvider):
    """Finds Jupyter servers and mints links to their pages."""

    name = "jupyter"
    title = "Jupyter servers"

    def server_of(self, target: Target) -> str:
        return target.id

    def at(self, target: Target, server: str) -> Target:
        return replace(target, id=server)

    async def narrowing_of(self, draft: Link) -> Narrowing | None:
        asked = draft.narrowing
        if asked is None:
            return None
        if not await self.here().exists(asked.path):
            raise _no_file(asked.path, self.here().name)
        shown = pages.file_of(draft.target.path)
        if shown and not asked.covers(shown):
            raise OutOfRangeError(
                f"The link would open {shown[:80]!r}, which is not within {asked.path[:80]!r}.",
                hint="Change the one or the other.",
                name="within",
            )
        return asked

    async def targets(self, query: TargetQuery) -> TargetPage:
        del query  # they fit on one page
        local = self.context.local
        own = [_own_entry(local)] if local else []
        # What another provider lists is not said twice.
        others = [_entry(server) for server in await self.directory.all() if not server.instead]
        return TargetPage(items=(*own, *others))

    async def resolve(self, target: Target) -> Target:
        refuse_options(target)
        pages.check_page(target.path)
        if self.is_here(target.id):
            local = self.here()
            return replace(target, id=local.name, path=await _page(local, target.path))
        address = await self.directory.find(target.id)
        return replace(target, id=address.name)

    async def notebooks(self, target: Target, folder: str) -> Folder:
        refuse_options(target)
        if self.is_here(target.id):
            return await folders.listed(self.here(), self.name, folder)
        address = await self.directory.find(target.id)
        async with self.asking(address) as api:
            try:
                found = await api.notebooks(self.at(target, HERE), folder)
            except NotInstalledError as error:
                raise _too_old(address.name) from error
        return folders.known_as(found, self.name, address.name)

    async def knows(self, bare: BareTarget) -> bool:
        if bare.options:
            return False
        local, name = self.context.local, bare.id
        if name == HERE or (local and name in {local.name, local.id}):
            return local is not None
        return await self.directory.knows(name)


async def _page(local: LocalServer, path: str) -> str:
    """Turn a path into the page that is opened; raises `TargetNotFoundError`."""
    if pages.is_page(path):
        file = pages.file_of(path)
        if not file or await local.exists(file):
            return path
    else:
        file = path
    # A folder may be called like a front end: notebooks/a.ipynb.
    if await local.exists(path):
        return local.page_of(path)
    raise _no_file(file, local.name)


def _no_file(path: str, server: str) -> TargetNotFoundError:
    return TargetNotFoundError(
        f"There is no file {path[:80]!r} on the server {server!r}.",
        hint="Paths start at the server's root directory.",
        path=path,
    )


def _too_old(server: str) -> NotListableError:
    return NotListableError(
        f"The nb_presign of the server {server!r} is older, and lists no files.",
        hint="Run 'pip install -U nb_presign' there, or type the path of the notebook.",
    )


def _own_entry(local: LocalServer) -> TargetInfo:
    return TargetInfo(
        target=Target(JupyterProvider.name, local.name),
        title=local.name,
        state=TargetState.READY,
        detail=f"this server, {local.url}",
    )


def _entry(server: KnownServer) -> TargetInfo:
    return TargetInfo(
        target=Target(JupyterProvider.name, server.name),
        title=server.name,
        state=server.state,
        detail=f"{server.address.detail}: {server.reason}"
        if server.reason
        else server.address.detail,
        mend=server.mend,
    )
