"""Whether an open connection would be let in now, as far as that may change while it is open."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

#: Seconds between two looks at what is open on the server.
LOOK_SECONDS = 1.0

_log = logging.getLogger(__name__)


class Standing:
    """Remembers whether a kernel or document is still within a guest's narrowing.

    To ask where they are takes turns of the event loop, and what is asked four times a second
    cannot wait: a call tells what was found last, and has it looked up once a second.
    """

    def __init__(self, admitted: Callable[[], bool], still: Callable[[], Awaitable[bool]]) -> None:
        self._admitted = admitted
        self._still = still
        self._moved = False
        self._look: asyncio.Task[None] | None = None
        self._next = 0.0

    def __call__(self) -> bool:
        """Tell whether the connection may go on; see the class."""
        if self._moved or not self._admitted():
            return False
        loop = asyncio.get_running_loop()
        if loop.time() >= self._next and (self._look is None or self._look.done()):
            self._next = loop.time() + LOOK_SECONDS
            self._look = loop.create_task(self._ask())
        return True

    async def _ask(self) -> None:
        try:
            self._moved = not await self._still()
        except Exception as error:  # noqa: BLE001  # nobody can say any more that it is within
            _log.warning("A guest's place cannot be judged: %s", type(error).__name__)
            self._moved = True
