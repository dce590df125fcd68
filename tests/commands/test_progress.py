"""A verb in the background, and somebody who waits for it."""

from __future__ import annotations

import asyncio
import signal
import threading

import pytest

from nb_presign.commands import progress
from nb_presign.commands.progress import ASKING, Step, attend
from nb_presign.errors import NotFoundError


class Screen:
    def __init__(self):
        self.steps, self.cleared, self.seen = [], False, threading.Event()

    def show(self, step):
        self.steps.append(step)
        self.seen.set()

    def clear(self):
        self.cleared = True


@pytest.fixture
def screen():
    return Screen()


def test_steps_are_shown_in_order_and_the_result_returned(screen):
    async def verb(told):
        told.tell(Step("one"))
        told.tell(Step("two"))
        return 3

    assert attend(verb, screen) == 3
    assert [step.text for step in screen.steps] == ["one", "two"]
    assert screen.cleared


def test_who_is_told_nothing_is_told_that_it_goes_on(screen, monkeypatch):
    monkeypatch.setattr(progress, "QUIET_FOR", 0.01)

    async def verb(_):
        await asyncio.to_thread(screen.seen.wait, 10)

    attend(verb, screen)
    assert set(screen.steps) == {ASKING}


def test_errors_are_raised(screen):
    async def verb(_):
        raise NotFoundError("No.")

    with pytest.raises(NotFoundError):
        attend(verb, screen)
    assert screen.cleared


def test_ctrl_c_cancels_and_tells_what_goes_on(screen):
    cancelled = threading.Event()

    async def verb(told):
        told.left_behind = "It goes on."
        told.tell(Step("one"))
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    def interrupt():
        assert screen.seen.wait(10)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    with pytest.raises(KeyboardInterrupt, match=r"It goes on\."):
        attend(verb, screen)
    interrupter.join()
    assert cancelled.wait(10)
    assert screen.cleared
