"""The servers that verbs talk to: connected when first asked, kept while the caller goes on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from nb_presign.errors import InputError, UnauthenticatedError, UpstreamError

if TYPE_CHECKING:
    from nb_presign.api import PresignApi

#: Finds the API of a server by name; of the own one for an empty name.
Connect: TypeAlias = Callable[[str], Awaitable["PresignApi"]]

#: Errors after which the next verb looks for the server again: it may have moved or restarted.
STALE = (UpstreamError, UnauthenticatedError)


class Connections:
    """Keeps one connection for each server name."""

    def __init__(self, connect: Connect | None = None) -> None:
        self._connect = connect or _find
        self._open: dict[str, PresignApi] = {}

    async def get(self, server: str) -> PresignApi:
        """Return the API of a server; raises `PresignError` where it cannot be reached."""
        if server not in self._open:
            self._open[server] = await self._connect(server)
        return self._open[server]

    def forget(self, server: str) -> None:
        """Look for it again next time; live links that use the old connection keep it.

        The own one is kept: it finds its server again by itself, and holds what it minted with
        somebody's own credentials and has not told its server yet.
        """
        if server:
            self._open.pop(server, None)

    async def aclose(self) -> None:
        """Close all connections."""
        while self._open:
            _, api = self._open.popitem()
            await api.aclose()


async def _find(server: str) -> PresignApi:
    from traitlets import TraitError  # noqa: PLC0415

    from nb_presign.bootstrap.connecting import connect  # noqa: PLC0415  # heavy: SQL, HTTP, providers

    try:
        return await connect(server)
    except TraitError as error:
        raise InputError(
            f"The configuration cannot be used. {error}",
            hint="Correct c.NbPresign in jupyter_server_config.",
        ) from error
