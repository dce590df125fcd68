"""The API of kernels and of the command line: some providers here, all others where the store is.

Links to AWS are minted in this process, with the credentials, profile and region that its user has
at hand. What a Jupyter server must mint by itself is asked of the server; so are the lists. Facts
of what was minted here are reported there, never its URL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol, TypeVar

from nb_presign.api import PresignApi
from nb_presign.errors import (
    BadReferenceError,
    LinkNotFoundError,
    NotFoundError,
    NotInstalledError,
    PresignError,
    UnauthenticatedError,
    UpstreamError,
)
from nb_presign.model import (
    BareTarget,
    Finding,
    Folder,
    Link,
    MintRequest,
    ProviderInfo,
    ServerInfo,
    Session,
    Target,
    TargetInfo,
    TargetPage,
    TargetQuery,
)
from nb_presign.providers.bare_names import choose, who_knows
from nb_presign.providers.base import Provider
from nb_presign.providers.merging import merged
from nb_presign.reports import Reports
from nb_presign.service import PresignService

T = TypeVar("T")

#: Errors after which the server is looked for again: it may have moved, or restarted.
STALE = (UpstreamError, UnauthenticatedError)


class Elsewhere(Protocol):
    """Finds who keeps the lists, and mints what is not minted here."""

    async def find(self) -> PresignApi:
        """Return the own server's API if one answers, else one in process; asked each time."""
        ...

    def doubt(self) -> None:
        """Look again next time whether it still answers."""
        ...

    async def aclose(self) -> None:
        """Let go of what was found."""
        ...


class DividedApi:
    """Implements `PresignApi`.

    `here` mints on this process's own credentials; what it keeps is its own to forget. `elsewhere`
    is not asked before that is needed.
    """

    def __init__(
        self, here: PresignService, elsewhere: Elsewhere, *, reports: Reports | None = None
    ) -> None:
        self._here = here
        self._elsewhere = elsewhere
        self._reports = reports or Reports(self.report)

    async def server(self) -> ServerInfo:
        return await self._ask(lambda api: api.server())

    async def providers(self) -> tuple[ProviderInfo, ...]:
        mine, others = await asyncio.gather(_infos(self._own()), self._others())
        return tuple(sorted((*mine, *others), key=lambda info: info.name))

    async def targets(self, query: TargetQuery) -> TargetPage:
        if query.provider:
            return await self._at(query.provider, lambda api: api.targets(query))
        names: tuple[str, ...] = ()
        if not query.cursor:
            listed = [provider for provider in self._own() if provider.listed]
            mine, others = await asyncio.gather(_infos(listed), self._others())
            names = tuple(sorted(info.name for info in (*mine, *others) if info.usable))
        return await merged(query, names, self.targets)

    async def target(self, target: Target) -> TargetInfo:
        return await self._at(target.provider, lambda api: api.target(target))

    async def notebooks(self, target: Target, folder: str = "") -> Folder:
        return await self._at(target.provider, lambda api: api.notebooks(target, folder))

    async def start(self, target: Target) -> TargetInfo:
        return await self._at(target.provider, lambda api: api.start(target))

    async def examine(
        self, query: TargetQuery, target: Target | None = None
    ) -> tuple[Finding, ...]:
        return await self._at(query.provider, lambda api: api.examine(query, target))

    async def mint(self, request: MintRequest) -> Link:
        if isinstance(request.target, BareTarget):
            request = replace(request, target=await self._find(request.target))
        if isinstance(request.target, Target) and self._is_own(request.target.provider):
            return self._told(await self._here.mint(request))
        return await self._ask(lambda api: api.mint(request))

    async def report(self, link: Link) -> Link:
        return await self._ask(lambda api: api.report(link))

    async def link(self, link_id: str) -> Link:
        try:
            return await self._here.link(link_id)
        except LinkNotFoundError:
            return await self._ask(lambda api: api.link(link_id))

    async def links(self) -> tuple[Link, ...]:
        kept = {link.id: link for link in await self._ask(lambda api: api.links())}
        # Those that nobody was told of yet, or could be.
        mine = [link for link in await self._here.links() if link.id not in kept]
        return tuple(
            sorted((*kept.values(), *mine), key=lambda link: link.created_at, reverse=True)
        )

    async def refresh(self, link_id: str) -> Link:
        link = await self.link(link_id)
        if not self._is_own(link.provider):
            return await self._ask(lambda api: api.refresh(link_id))
        await self._adopt(link)
        return self._told(await self._here.refresh(link_id))

    async def revoke(self, link_id: str) -> Link:
        link = await self.link(link_id)
        if not self._is_own(link.provider):
            return await self._ask(lambda api: api.revoke(link_id))
        await self._adopt(link)
        return await self._here.revoke(link_id)

    async def sessions(self) -> tuple[Session, ...]:
        return await self._ask(lambda api: api.sessions())

    async def end_session(self, session_id: str) -> Session:
        return await self._ask(lambda api: api.end_session(session_id))

    async def end_sessions(self) -> tuple[Session, ...]:
        return await self._ask(lambda api: api.end_sessions())

    async def aclose(self) -> None:
        await self._reports.wait()
        await self._elsewhere.aclose()

    def _is_own(self, name: str) -> bool:
        registry = self._here.registry
        return name in registry and registry[name].uses_own_credentials

    def _own(self) -> list[Provider]:
        return [provider for provider in self._here.registry if provider.uses_own_credentials]

    async def _others(self) -> list[ProviderInfo]:
        infos = await self._ask(lambda api: api.providers())
        return [info for info in infos if not self._is_own(info.name)]

    async def _at(self, provider: str, call: Callable[[PresignApi], Awaitable[T]]) -> T:
        """Call who mints for a provider."""
        return await (call(self._here) if self._is_own(provider) else self._ask(call))

    async def _ask(self, call: Callable[[PresignApi], Awaitable[T]]) -> T:
        """Call who keeps the lists."""
        try:
            return await call(await self._elsewhere.find())
        except STALE:
            self._elsewhere.doubt()
            raise

    def _told(self, link: Link) -> Link:
        self._reports.add(link)
        return link

    async def _adopt(self, link: Link) -> None:
        """Go on here with a link that the server, or another kernel, has minted."""
        await self._here.offload(self._here.store.add_link, link, self._here.actor)

    async def _find(self, bare: BareTarget) -> Target | BareTarget:
        asked = [provider for provider in self._own() if provider.listed]
        (mine, problems), others = await asyncio.gather(
            who_knows(asked, bare), self._others_that_know(bare)
        )
        if others is None and not mine:
            return bare
        return choose(bare, sorted((*mine, *(others or ()))), problems)

    async def _others_that_know(self, bare: BareTarget) -> list[str] | None:
        """Ask the server who knows a name; None for one that is older and cannot tell."""

        async def knows(name: str) -> bool | None:
            # Without its path: that there is no such file is minting's to say.
            place = Target(name, bare.id, "", bare.options)
            try:
                await self._ask(lambda api: api.target(place))
            except NotInstalledError:
                return None
            except (NotFoundError, BadReferenceError):
                return False
            except PresignError:
                # It is there, and cannot be opened now: minting says why.
                return True
            return True

        names = [info.name for info in await self._others() if info.usable]
        told = await asyncio.gather(*map(knows, names))
        if names and all(answer is None for answer in told):
            return None
        return [name for name, answer in zip(names, told, strict=True) if answer]


async def _infos(providers: list[Provider]) -> list[ProviderInfo]:
    return await asyncio.gather(*(provider.status() for provider in providers))
