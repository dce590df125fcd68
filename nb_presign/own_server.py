"""The Jupyter server that started this kernel: asked where it answers, passed over where not."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from jupyter_core.paths import jupyter_runtime_dir

from nb_presign.api import PresignApi
from nb_presign.errors import PresignError
from nb_presign.offload import Offload
from nb_presign.providers.base import Connect, ServerAddress
from nb_presign.providers.hub.place import server_of_hub
from nb_presign.secret import Secret


class OwnServer:
    """Finds its API, and has another one instead where it does not answer or lacks nb_presign."""

    def __init__(
        self,
        locate: Callable[[], ServerAddress | None],
        connect: Connect,
        offload: Offload,
        *,
        instead: PresignApi,
    ) -> None:
        self._locate = locate
        self._connect = connect
        self._offload = offload
        self._instead = instead
        #: Those that were met; a restarted server may have another port and token.
        self._met: list[tuple[ServerAddress, PresignApi]] = []
        #: The one that has answered.
        self._answered: ServerAddress | None = None

    async def find(self) -> PresignApi:
        """Return its API, whose connection is kept, or the other one."""
        address = await self._offload(self._locate)
        if address is None:
            return self._instead
        api = await self._api_of(address)
        if address != self._answered and not await _answers(api):
            return self._instead
        self._answered = address
        return api

    def doubt(self) -> None:
        """Look again next time whether it still answers."""
        self._answered = None

    async def aclose(self) -> None:
        """Close all connections, and what stands in."""
        while self._met:
            _, api = self._met.pop()
            await api.aclose()
        await self._instead.aclose()

    async def _api_of(self, address: ServerAddress) -> PresignApi:
        if not any(known == address for known, _ in self._met):
            # httpx, a tenth of a second; a kernel's loop has countdowns to turn.
            await self._offload(import_module, "nb_presign.client")
        for known, api in self._met:
            if known == address:
                return api
        api = self._connect(address)
        self._met.append((address, api))
        return api


def locate() -> ServerAddress | None:
    """Find the Jupyter server that started this kernel.

    jupyter_client sets JPY_PARENT_PID for a local kernel; jupyter_server keeps the address and
    token of a running server in `jpserver-<pid>.json` of the runtime directory, readable by its
    user only. Where there is no such variable, as in a terminal, a Hub's may tell.
    """
    pid = os.environ.get("JPY_PARENT_PID", "")
    if not pid.isdecimal():
        return server_of_hub()
    try:
        facts = json.loads((Path(jupyter_runtime_dir()) / f"jpserver-{pid}.json").read_text())
        return ServerAddress(name="", url=str(facts["url"]), token=Secret(str(facts["token"])))
    except (OSError, ValueError, LookupError, TypeError):
        return None


async def _answers(api: PresignApi) -> bool:
    try:
        await api.server()
    except PresignError:
        return False
    return True
