"""Facts of links on their way to where all links are listed; nobody waits for them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import replace

from nb_presign import errands
from nb_presign.errors import PresignError
from nb_presign.model import Link

#: Seconds between the first and the only other try.
PAUSE = 0.5

_log = logging.getLogger(__name__)


class Reports:
    """Sends the facts of links, each twice at most."""

    def __init__(self, send: Callable[[Link], Awaitable[object]], *, pause: float = PAUSE) -> None:
        self._send = send
        self._pause = pause
        self._under_way: set[Future[None]] = set()

    def add(self, link: Link) -> None:
        """Send a link's facts soon, without its secrets; returns at once, from any thread."""
        sent = errands.begin(self._deliver(replace(link, url=None, auth_token=None)))
        self._under_way.add(sent)
        sent.add_done_callback(self._under_way.discard)

    async def wait(self, seconds: float = errands.PATIENCE) -> None:
        """Wait until all that were added are sent, but not longer."""
        # Those that are not done in time go on.
        if pending := [asyncio.wrap_future(sent) for sent in tuple(self._under_way)]:
            await asyncio.wait(pending, timeout=seconds)

    async def _deliver(self, link: Link) -> None:
        if await self._tried(link):
            return
        await asyncio.sleep(self._pause)
        if not await self._tried(link):
            # Not louder: the link is as good as ever, and the log of a kernel is its output.
            _log.info("link %s is not in the lists of links", link.id)

    async def _tried(self, link: Link) -> bool:
        try:
            await self._send(link)
        except PresignError as error:
            _log.info("facts of link %s were not taken: %s", link.id, error.code)
            return False
        except Exception as error:  # noqa: BLE001  # nobody hears it, and its text might hold anything
            _log.info("facts of link %s were not sent: %s", link.id, type(error).__name__)
            return False
        return True
