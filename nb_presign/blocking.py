"""An event loop in a background thread, for callers that are not async: magics, CLI, scripts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class BackgroundLoop:
    """Run coroutines on one daemon thread, which goes on while the main thread computes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a coroutine and return at once."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end; Ctrl-C cancels it."""
        begun: list[asyncio.Task[Any]] = []

        async def begin() -> T:
            begun.extend(filter(None, [asyncio.current_task()]))
            return await coroutine

        def cancel() -> None:
            for task in begun:
                task.cancel()

        try:
            return self.start(begin()).result()
        except BaseException:
            # Ctrl-C may come before this thread has the future, but not before the loop has the
            # task: its first step stands in the queue before this, and one hop is to be behind it.
            loop = self.loop
            loop.call_soon_threadsafe(loop.call_soon, cancel)
            raise

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop itself, started if it was not."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(
                    target=self._loop.run_forever, name="nb_presign", daemon=True
                ).start()
            return self._loop


#: The process's one background loop; making it costs nothing until it is used.
background = BackgroundLoop()
