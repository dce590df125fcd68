"""The directory of Jupyter servers that a person can mint for, besides the one they are on.

Running servers tell of themselves in runtime files, others are named in `c.NbPresign.servers`. Each
is asked who it is; what it answers is kept for a moment, so that completion and minting do not ask
twice.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from urllib.parse import urlsplit

from nb_presign.clock import Clock
from nb_presign.errors import (
    AmbiguousTargetError,
    PresignError,
    TargetNotFoundError,
)
from nb_presign.offload import Offload
from nb_presign.providers.base import Connect, LocalServer, ServerAddress
from nb_presign.providers.known_server import (
    KnownServer,
    configured_entry,
    introduced,
    refused,
    running_entry,
)
from nb_presign.providers.running import running_servers
from nb_presign.settings import Settings

#: How long an answer is believed, seconds.
KEPT_FOR = 3.0
#: How long a server is waited for, seconds; one that is slower is listed as down.
PATIENCE = 2.0
#: How many names a hint lists.
SHOWN = 5


class ServerDirectory:
    """Finds servers by name; event loops may share one, since it keeps no connections."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        offload: Offload,
        connect: Connect,
        *,
        local: LocalServer | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._offload = offload
        self._connect = connect
        self._local = local
        self._patience = patience
        self._kept: tuple[float, tuple[KnownServer, ...]] | None = None
        self._asking: asyncio.Task[tuple[KnownServer, ...]] | None = None

    async def all(self) -> tuple[KnownServer, ...]:
        """List every server but our own, usable or not; never raises for one of them."""
        now = self._clock.monotonic()
        if self._kept is not None and now - self._kept[0] < KEPT_FOR:
            return self._kept[1]
        loop = asyncio.get_running_loop()
        if self._asking is None or self._asking.done() or self._asking.get_loop() is not loop:
            self._asking = loop.create_task(self._ask_all(now))
        # Whoever gives up waiting does not take the answer from the others.
        return await asyncio.shield(self._asking)

    async def find(self, name: str) -> ServerAddress:
        """Find the server of a name, alias or id, ready to be asked.

        Raises `AmbiguousTargetError`, `TargetNotFoundError`, `UnreachableError`,
        `NotInstalledError` or another error that says why it cannot be used.
        """
        server = _pick(name, await self.all())
        server.check()
        return server.address

    async def knows(self, name: str) -> bool:
        """Say whether any server is called so."""
        return any(server.answers_to(name) for server in await self.all())

    async def by_id(self, server_id: str) -> ServerAddress | None:
        """Find a ready server by the id under which it redeems links."""
        for server in await self.all():
            if server_id and server.id == server_id and server.failure is None:
                return server.address
        return None

    async def _ask_all(self, now: float) -> tuple[KnownServer, ...]:
        entries = await self._offload(self._read)
        asked = await asyncio.gather(*(self._ask(entry) for entry in entries))
        own_name = self._local.name if self._local else ""
        found = _with_unique_names(_without_twins(asked), own_name)
        self._kept = now, found
        return found

    def _read(self) -> list[KnownServer]:
        """Read files and environment; blocks."""
        own = os.getpid() if self._local else 0
        running = [running_entry(server) for server in running_servers() if server.pid != own]
        return [configured_entry(server) for server in self._settings.servers] + running

    async def _ask(self, entry: KnownServer) -> KnownServer:
        """Ask a server who it is."""
        if entry.failure is not None:
            return entry
        api = self._connect(entry.address)
        try:
            info = await asyncio.wait_for(api.server(), self._patience)
        except (PresignError, asyncio.TimeoutError) as error:
            return refused(entry, error)
        finally:
            await api.aclose()
        return introduced(entry, info)


def _without_twins(servers: Iterable[KnownServer]) -> list[KnownServer]:
    """Drop running servers that are configured too: same id, same port."""
    kept: dict[tuple[str, int | None], KnownServer] = {}
    for server in servers:  # configured ones come first
        url = server.address.url
        kept.setdefault((server.id or url, urlsplit(url).port), server)
    return list(kept.values())


def _with_unique_names(servers: list[KnownServer], own_name: str) -> tuple[KnownServer, ...]:
    """Call servers of one name by the alias that tells them apart; the name stays an alias."""
    names = [own_name, *(server.name for server in servers)]
    return tuple(
        server if names.count(server.name) == 1 else _renamed(server, servers, own_name)
        for server in servers
    )


def _renamed(server: KnownServer, servers: list[KnownServer], own_name: str) -> KnownServer:
    address = server.address
    taken = [other for other in servers if other is not server]
    for alias in address.aliases:
        if alias not in {address.name, own_name} and not any(o.answers_to(alias) for o in taken):
            aliases = (address.name, *(a for a in address.aliases if a != alias))
            return replace(server, address=replace(address, name=alias, aliases=aliases))
    return server


def _pick(name: str, servers: tuple[KnownServer, ...]) -> KnownServer:
    """Choose by name first, so that no alias or id takes a name away."""
    found = [server for server in servers if server.name == name] or [
        server for server in servers if server.answers_to(name)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        written = ", ".join(f"jupyter:{server.name}" for server in found)
        raise AmbiguousTargetError(
            f"Several servers are called {name!r}: {written}.",
            hint="Write one of them, or give each a name of its own with c.NbPresign.server_name.",
            matches=written,
        )
    near = get_close_matches(name, [s.name for s in servers], n=3, cutoff=0.5)
    raise TargetNotFoundError(
        f"There is no server {name[:60]!r}.",
        hint=f"Did you mean {' or '.join(near)}?" if near else _known(servers),
        matches=near,
    )


def _known(servers: tuple[KnownServer, ...]) -> str:
    if not servers:
        return "Start one, or name one in c.NbPresign.servers."
    names = [server.name for server in servers]
    more = ", …" if len(names) > SHOWN else ""
    return f"Known servers: {', '.join(names[:SHOWN])}{more}."
