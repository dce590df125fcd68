"""The one place where blocking calls (SQL, boto3, files) leave the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

#: What the names of its threads begin with.
THREAD_NAME = "nb_presign"


class Offload:
    """Run blocking functions in a few threads of its own.

    Its own, because asyncio's default pool also resolves host names: a store that hangs must not
    stop that.
    """

    def __init__(self, threads: int = 4) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=THREAD_NAME)

    async def __call__(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Await `call(*args, **kwargs)`; a cancelled caller leaves the call to finish unheard."""
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, partial(call, *args, **kwargs)
        )

    def start(self, call: Callable[[], object]) -> None:
        """Start a call that nobody waits for; raises `RuntimeError` once closed."""
        self._pool.submit(call)

    def close(self) -> None:
        """Take no more calls; those under way finish."""
        self._pool.shutdown(wait=False, cancel_futures=True)
