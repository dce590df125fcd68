"""Threads for calls that may hang, and that nobody waits for when the process ends.

Those of `ThreadPoolExecutor` are joined at exit: after Ctrl-C a call that AWS does not answer would
keep the prompt for a minute, until botocore has tried three times. Nothing is lost when such a call
is cut: AWS has it or has it not, as with any connection. What must be finished (the store) belongs
into `nb_presign.offload`.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from nb_presign.offload import THREAD_NAME

T = TypeVar("T")


class DaemonThreads(Executor):
    """Runs calls in at most so many threads, which are started when they are needed."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._waiting: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = (
            queue.SimpleQueue()
        )
        self._started = 0
        self._idle = threading.Semaphore(0)
        self._closed = False

    async def run(self, call: Callable[[], T]) -> T:
        """Await a call; one that has begun ends unheard if the caller is cancelled."""
        return await asyncio.get_running_loop().run_in_executor(self, call)

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:  # noqa: ANN401  # as the base class has it
        """Begin a call as soon as a thread is free; raises `RuntimeError` once closed."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("closed")
            self._waiting.put((future, lambda: fn(*args, **kwargs)))
            if not self._idle.acquire(blocking=False) and self._started < self._most:
                self._started += 1
                name = f"{THREAD_NAME}_aws_{self._started}"
                threading.Thread(target=self._work, name=name, daemon=True).start()
        return future

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = True) -> None:  # noqa: FBT001, FBT002  # as the base class has it
        """Take no more calls, take back those that have not begun, and wait for none."""
        del wait, cancel_futures
        with self._lock:
            self._closed = True
            # Never `get`: a thread may take the last one first, and wants nothing of the lock.
            with contextlib.suppress(queue.Empty):
                while True:
                    waiting = self._waiting.get_nowait()
                    if waiting is not None:
                        waiting[0].cancel()
            for _ in range(self._started):
                self._waiting.put(None)

    def _work(self) -> None:
        while (waiting := self._waiting.get()) is not None:
            _answer(*waiting)
            # Or the last answer would be kept until the next call.
            del waiting
            self._idle.release()


def _answer(future: Future[T], call: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001  # it is the caller's
        future.set_exception(error)
    else:
        future.set_result(result)
