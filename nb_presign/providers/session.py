"""Open notebooks with their kernels: `session:<id>[@<server>]`, as in Jupyter's sessions API.

An id may be abbreviated to four characters or more. A link to a session is narrowed to its notebook
and kernel.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from difflib import get_close_matches

from nb_presign.errors import (
    AmbiguousTargetError,
    InputError,
    NotListableError,
    OutOfRangeError,
    PresignError,
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
from nb_presign.providers import pages
from nb_presign.providers.base import LocalServer, NotebookSession, ServerAddress
from nb_presign.providers.context import ProviderContext
from nb_presign.providers.known_server import KnownServer
from nb_presign.providers.self_hosted import HERE, SelfHostedProvider, refuse_options

#: The cursor that lists a server's own notebooks only. Servers ask each other so, or each would ask
#: all others.
OWN_ONLY = "own"
#: Fewest characters of an abbreviated id.
SHORTEST = 4

# jupyter_server makes version 4 UUIDs.
_ID = re.compile(rf"[0-9a-f-]{{{SHORTEST},36}}")


def create(context: ProviderContext) -> SessionProvider:
    """Make the provider, as the entry point asks."""
    return SessionProvider(context)


class SessionProvider(SelfHostedProvider):
    """Finds open notebooks and mints links that are narrowed to one."""

    name = "session"
    title = "Open notebooks"

    def server_of(self, target: Target) -> str:
        return _split(target)[1]

    def at(self, target: Target, server: str) -> Target:
        return replace(target, id=f"{_split(target)[0]}@{server}")

    async def narrowing_of(self, draft: Link) -> Narrowing | None:
        wanted, asked = _split(draft.target)[0], draft.narrowing
        if asked is not None and not asked.session_id:
            raise OutOfRangeError(
                "A link to an open notebook is limited to that notebook already.",
                hint="Leave out 'within', or mint for jupyter:<server>.",
                name="within",
            )
        for session in await self.here().sessions():
            if session.id == wanted:
                return Narrowing(session.path, session.kernel_id, session.id)
        raise _not_found(wanted, ())

    async def targets(self, query: TargetQuery) -> TargetPage:
        own = await self._own()
        if query.cursor == OWN_ONLY:
            return TargetPage(items=own)
        if query.cursor:
            raise InputError("Not a cursor of this list.", hint="Start the list again without one.")
        lists = await asyncio.gather(
            *(
                self._try_to_list(server)
                for server in await self.directory.all()
                if not server.instead
            )
        )
        return TargetPage(
            items=(*own, *(item for page in lists for item in page.items)),
            problems=tuple(problem for page in lists for problem in page.problems),
        )

    async def resolve(self, target: Target) -> Target:
        refuse_options(target)
        wanted, server = _split(target)
        found = _matches(wanted, await self._candidates(wanted, server))
        if len(found) > 1:
            raise _ambiguous(wanted, found)
        # Another page of the same notebook may be asked for, but no other notebook.
        same = pages.is_page(target.path) and pages.file_of(target.path) == found[0].title
        return replace(found[0].target, path=target.path) if same else found[0].target

    async def notebooks(self, target: Target, folder: str) -> Folder:
        del folder
        raise NotListableError(
            "An open notebook holds no others.",
            hint="List those of its server, as in jupyter:my-server.",
            target=target.id,
        )

    async def knows(self, bare: BareTarget) -> bool:
        wanted, server = _split(Target(self.name, bare.id))
        if bare.options or not _ID.fullmatch(wanted):
            return False
        try:
            return bool(_matches(wanted, await self._candidates(wanted, server)))
        except PresignError:
            return False

    async def _candidates(self, wanted: str, server: str) -> tuple[TargetInfo, ...]:
        """List the notebooks of the named server; of all, where none is named."""
        if server:
            if self.is_here(server):
                return await self._own()
            return await self._list(await self.directory.find(server))
        own = await self._own()
        if any(_split(info.target)[0] == wanted for info in own):
            return own
        return (await self.targets(TargetQuery(provider=self.name))).items

    async def _own(self) -> tuple[TargetInfo, ...]:
        local = self.context.local
        if local is None:
            return ()
        return tuple(_entry(session, local) for session in await local.sessions())

    async def _list(self, address: ServerAddress) -> tuple[TargetInfo, ...]:
        """Ask another server for its own notebooks."""
        async with self.asking(address) as api:
            page = await api.targets(TargetQuery(provider=self.name, cursor=OWN_ONLY))
        return tuple(
            replace(item, target=self.at(item.target, address.name)) for item in page.items
        )

    async def _try_to_list(self, server: KnownServer) -> TargetPage:
        try:
            server.check()
            return TargetPage(items=await self._list(server.address))
        except PresignError as error:
            return TargetPage(items=(), problems=(str(error),))


def _split(target: Target) -> tuple[str, str]:
    """Part a target's id into session id and server name; the latter is empty if not said."""
    if "@" not in target.id:
        return target.id, ""
    session_id, _, server = target.id.partition("@")
    return session_id, server or HERE


def _matches(wanted: str, candidates: tuple[TargetInfo, ...]) -> tuple[TargetInfo, ...]:
    """Choose by the whole id, else by its beginning; raises `TargetNotFoundError` if none fits."""
    exact = tuple(info for info in candidates if _split(info.target)[0] == wanted)
    if exact:
        return exact
    found = tuple(info for info in candidates if _split(info.target)[0].startswith(wanted))
    if not found or len(wanted) < SHORTEST:
        raise _not_found(wanted, candidates)
    return found


def _not_found(wanted: str, candidates: tuple[TargetInfo, ...]) -> TargetNotFoundError:
    ids = [_split(info.target)[0] for info in candidates]
    near = get_close_matches(wanted, ids, n=3, cutoff=0.5)
    titles = [
        f"{i[:8]} ({info.title})" for i, info in zip(ids, candidates, strict=True) if i in near
    ]
    meant = f"Did you mean {' or '.join(titles)}? " if titles else ""
    return TargetNotFoundError(
        f"No open notebook has the session id {wanted[:60]!r}.",
        hint=f"{meant}Give at least {SHORTEST} characters of an id of 'presign targets session'.",
        matches=near,
    )


def _ambiguous(wanted: str, found: tuple[TargetInfo, ...]) -> AmbiguousTargetError:
    written = ", ".join(f"session:{info.target.id}" for info in found)
    return AmbiguousTargetError(
        f"Several open notebooks have a session id like {wanted[:60]!r}: {written}.",
        hint="Write more of the id, or the server after '@'.",
        matches=written,
    )


def _entry(session: NotebookSession, local: LocalServer) -> TargetInfo:
    return TargetInfo(
        target=Target(
            SessionProvider.name, f"{session.id}@{local.name}", local.page_of(session.path)
        ),
        title=session.path,
        state=TargetState.READY,
        detail=f"{session.kernel_name}, {session.kernel_state}, on {local.name}",
    )
