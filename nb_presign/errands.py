"""What goes on while nobody waits for it; a process that ends gives it a moment.

It runs on the process's background loop, so that the loop of whoever asked for it may end.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, wait
from functools import cache
from importlib import import_module
from typing import Any

from nb_presign.blocking import background

#: Seconds that the end of a process may take for all of them.
PATIENCE = 2.0

_under_way: set[Future[Any]] = set()


def begin(errand: Coroutine[Any, Any, None]) -> Future[None]:
    """Start it and return at once, from any thread; what goes wrong is for itself to tell."""
    _wait_at_the_end()
    future = background.start(errand)
    _under_way.add(future)
    future.add_done_callback(_under_way.discard)
    return future


def _wait_for_all() -> None:
    wait(tuple(_under_way), timeout=PATIENCE)


@cache
def _wait_at_the_end() -> None:
    # What `atexit` has runs when no thread pool takes work any more, and stores and names of hosts
    # are looked up in one. This runs before: in the order from the last that was registered to the
    # first, and the pools register when their module is imported (CPython 3.9 and later).
    import_module("concurrent.futures.thread")
    register = getattr(threading, "_register_atexit", atexit.register)
    register(_wait_for_all)
