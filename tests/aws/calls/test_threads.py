from __future__ import annotations

import asyncio
import gc
import queue
import subprocess
import sys
import threading
import time
import weakref
from concurrent.futures import CancelledError

import pytest

from nb_presign.aws.calls.threads import DaemonThreads
from nb_presign.offload import THREAD_NAME


@pytest.fixture
def threads():
    threads = DaemonThreads(2)
    yield threads
    threads.shutdown()


class Held:
    """A call that waits until it is let go."""

    def __init__(self):
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def __call__(self):
        self.begun.set()
        assert self.go_on.wait(20)
        return "done"


def test_a_call_is_answered(threads):
    assert asyncio.run(threads.run(lambda: threading.current_thread().name)).startswith(THREAD_NAME)
    assert threads.submit(divmod, 7, 2).result(10) == (3, 1)


def test_an_error_comes_back(threads):
    with pytest.raises(ZeroDivisionError):
        asyncio.run(threads.run(lambda: 1 / 0))


def test_threads_are_started_when_needed_and_used_again():
    before = threading.active_count()
    threads = DaemonThreads(8)
    assert threading.active_count() == before
    names = {threads.submit(lambda: threading.current_thread().name).result(10) for _ in range(20)}
    threads.shutdown()
    # A second one, where the first had answered and was not back yet.
    assert len(names) <= 2


def test_no_more_than_so_many_at_a_time(threads):
    calls = [Held() for _ in range(4)]
    futures = [threads.submit(call) for call in calls]
    for call in calls[:2]:
        assert call.begun.wait(10)
    assert not any(call.begun.is_set() for call in calls[2:])
    for call in calls:
        call.go_on.set()
    assert [future.result(10) for future in futures] == ["done"] * 4


def test_a_cancelled_call_that_has_not_begun_never_does(threads):
    running = [Held(), Held()]
    futures = [threads.submit(call) for call in running]
    late = Held()

    async def scene():
        waiting = asyncio.ensure_future(threads.run(late))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    asyncio.run(scene())
    for call in running:
        call.go_on.set()
    assert [future.result(10) for future in futures] == ["done"] * 2
    assert threads.submit(int).result(10) == 0
    assert not late.begun.is_set()


def test_closing_takes_back_what_has_not_begun(threads):
    running = [Held(), Held()]
    futures = [threads.submit(call) for call in running]
    late = threads.submit(Held())
    for call in running:
        assert call.begun.wait(10)
    threads.shutdown()
    with pytest.raises(CancelledError):
        late.result(10)
    with pytest.raises(RuntimeError):
        threads.submit(int)
    for call in running:
        call.go_on.set()
    assert [future.result(10) for future in futures] == ["done"] * 2


def test_closing_does_not_wait_for_a_call_that_a_thread_has_taken_meanwhile():
    class Taken(queue.SimpleQueue):
        """Empty by the time that something is taken out of it."""

        def empty(self):
            return False

    threads = DaemonThreads(1)
    threads._waiting = Taken()
    closing = threading.Thread(target=threads.shutdown, daemon=True)
    closing.start()
    closing.join(10)
    assert not closing.is_alive()


def test_closing_ends_the_threads():
    before = set(threading.enumerate())
    threads = DaemonThreads(4)
    futures = [threads.submit(int) for _ in range(8)]
    for future in futures:
        future.result(10)
    started = set(threading.enumerate()) - before
    threads.shutdown()
    for thread in started:
        thread.join(10)
    assert started
    assert not any(thread.is_alive() for thread in started)


def test_an_answer_is_not_kept(threads):
    class Answer:
        pass

    future = threads.submit(Answer)
    kept = weakref.ref(future.result(10))
    del future
    deadline = time.monotonic() + 10
    while kept() is not None and time.monotonic() < deadline:
        gc.collect()
    assert kept() is None


def test_a_process_ends_while_a_call_hangs():
    script = """
import threading
from nb_presign.aws.calls.threads import DaemonThreads
begun = threading.Event()
def hang():
    begun.set()
    threading.Event().wait()
DaemonThreads(1).submit(hang)
assert begun.wait(10)
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=30)
