from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time

from nb_presign import errands
from nb_presign.blocking import background


def test_it_goes_on_when_the_loop_that_began_it_has_ended():
    go_on, done = threading.Event(), threading.Event()

    async def errand():
        await asyncio.get_running_loop().run_in_executor(None, go_on.wait, 10)
        done.set()

    async def begin():
        errands.begin(errand())

    asyncio.run(begin())
    go_on.set()
    assert done.wait(10)


def test_what_is_done_is_not_kept():
    async def errand():
        pass

    errands.begin(errand()).result(10)
    background.run(asyncio.sleep(0))
    assert not any(future.done() for future in errands._under_way)


SCRIPT = """
import asyncio, sys
from nb_presign import errands

async def errand():
    await asyncio.sleep({seconds})
    # In a thread, as names of hosts are looked up and stores written to.
    await asyncio.get_running_loop().run_in_executor(None, print, "done")
    sys.stdout.flush()

errands.begin(errand())
"""


def run(seconds):
    code = SCRIPT.format(seconds=seconds)
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout, time.monotonic() - began


def test_a_process_that_ends_waits_for_it():
    assert run(0.2)[0] == "done\n"


def test_but_not_for_long():
    said, took = run(3600)
    assert said == ""
    assert took < 30
