from __future__ import annotations

import asyncio
import threading

import pytest

from nb_presign.offload import Offload


@pytest.fixture
def offload():
    offload = Offload(threads=2)
    yield offload
    offload.close()


def test_a_call_runs_on_a_thread_of_its_own(offload):
    def call(*args, **kwargs):
        return threading.current_thread().name, args, kwargs

    name, args, kwargs = asyncio.run(offload(call, 1, two=2))
    assert name.startswith("nb_presign")
    assert (args, kwargs) == ((1,), {"two": 2})


def test_the_loop_goes_on_meanwhile(offload):
    asked, answered = threading.Event(), threading.Event()

    def call():
        asked.set()
        return answered.wait(10)

    async def main():
        waiting = asyncio.ensure_future(offload(call))
        await asyncio.get_running_loop().run_in_executor(None, asked.wait, 10)
        answered.set()
        return await waiting

    assert asyncio.run(main())


def test_an_error_comes_back(offload):
    with pytest.raises(ZeroDivisionError):
        asyncio.run(offload(lambda: 1 / 0))


def test_a_cancelled_caller_leaves_the_call_to_finish(offload):
    asked, go_on, finished = threading.Event(), threading.Event(), threading.Event()

    def call():
        asked.set()
        go_on.wait(10)
        finished.set()

    async def main():
        waiting = asyncio.ensure_future(offload(call))
        await asyncio.get_running_loop().run_in_executor(None, asked.wait, 10)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        go_on.set()

    asyncio.run(main())
    assert finished.wait(10)


def test_a_closed_one_takes_no_more(offload):
    offload.close()
    with pytest.raises(RuntimeError):
        asyncio.run(offload(int))
