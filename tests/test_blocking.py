from __future__ import annotations

import asyncio
import signal
import threading

import pytest

from nb_presign.blocking import BackgroundLoop, background


@pytest.fixture
def loop():
    loop = BackgroundLoop()
    yield loop
    if loop._loop is not None:
        thread = loop.run(where())
        loop.loop.call_soon_threadsafe(loop.loop.stop)
        thread.join(10)
        loop.loop.close()


async def where() -> threading.Thread:
    return threading.current_thread()


def test_making_one_starts_nothing():
    before = threading.active_count()
    assert BackgroundLoop()._loop is None
    assert threading.active_count() == before


def test_a_coroutine_runs_on_the_daemon_thread(loop):
    thread = loop.run(where())
    assert thread is not threading.current_thread()
    assert thread.daemon
    assert loop.run(where()) is thread


def test_it_works_within_a_running_loop(loop):
    async def main():
        return loop.run(where())

    assert asyncio.run(main()) is not threading.current_thread()


def test_an_error_comes_back(loop):
    async def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        loop.run(fail())


def test_starting_does_not_wait(loop):
    go_on = threading.Event()

    async def wait():
        await asyncio.get_running_loop().run_in_executor(None, go_on.wait, 10)
        return "done"

    future = loop.start(wait())
    assert not future.done()
    go_on.set()
    assert future.result(10) == "done"


def test_ctrl_c_cancels_the_coroutine(loop):
    main = threading.main_thread()
    started, cancelled = threading.Event(), threading.Event()

    async def sleep():
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    def interrupt():
        started.wait(10)
        signal.pthread_kill(main.ident, signal.SIGINT)

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    with pytest.raises(KeyboardInterrupt):
        loop.run(sleep())
    interrupter.join()
    assert cancelled.wait(10)


def test_many_threads_share_one_loop(loop):
    start = threading.Barrier(8)
    found = set()

    def ask():
        start.wait()
        found.add(loop.loop)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1


def test_the_process_has_one():
    assert isinstance(background, BackgroundLoop)
