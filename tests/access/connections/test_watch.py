"""What is known of a session, and when the store is asked."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import replace

import pytest
from support.guests import NOW, a_session
from support.scripted_book import ScriptedBook

from nb_presign.access.connections.watch import Watch, hang_up


class Connection:
    """One that only says what was done to it."""

    def __init__(self):
        self.gone = False
        self.allowed = True
        self.stuck = False
        self.done = []

    def admitted(self):
        return self.allowed

    def resume(self):
        self.done.append("resume")
        if self.stuck:
            raise OSError("stuck")

    def cut(self):
        self.done.append("cut")
        if self.stuck:
            raise OSError("stuck")


@pytest.fixture
def run():
    """Run a scenario with a watch of two connections."""

    def run(scenario):
        async def whole():
            session = a_session()
            book = ScriptedBook(session)
            watch = Watch(session, b"digest", book, book.epoch)
            watch.connections |= {(one := Connection()), (two := Connection())}
            await asyncio.wait_for(scenario(book, watch, one, two), 10)

        asyncio.run(whole())

    return run


def test_while_nothing_happens_nobody_is_asked(run):
    async def scenario(book, watch, one, two):
        for _ in range(5):
            watch.look()
            assert await watch.settled()
        assert (book.asked, one.done, two.done) == (0, [], [])

    run(scenario)


def test_a_revocation_is_asked_about_once_for_all_connections(run):
    async def scenario(book, watch, one, two):
        book.answers.clear()
        book.epoch += 1
        assert not watch.current
        watch.look()
        waiting = [asyncio.ensure_future(watch.settled()) for _ in range(3)]
        await asyncio.sleep(0)
        assert not any(each.done() for each in waiting)
        book.answers.set()
        assert await asyncio.gather(*waiting) == [True] * 3
        assert watch.current
        assert (book.asked, one.done, two.done) == (1, ["resume"], ["resume"])
        assert book.digest == b"digest"

    run(scenario)


def test_what_is_revoked_while_the_store_is_asked_is_asked_about_again(run):
    async def scenario(book, watch, one, two):
        del two
        book.answers.clear()
        book.epoch += 1
        waiting = asyncio.ensure_future(watch.settled())
        for _ in range(100):
            await asyncio.sleep(0)
        book.epoch += 1
        book.answers.set()
        assert await waiting
        assert book.asked == 2
        assert one.done == ["resume"]

    run(scenario)


def test_a_second_revocation_before_a_frame_passes_holds_it_back(run):
    async def scenario(book, watch, one, two):
        del one, two
        book.epoch += 1
        waiting = asyncio.ensure_future(watch.settled())
        await asyncio.sleep(0)
        asking = watch.ask()
        # The answer is there, and the frame has not been told yet.
        asking.add_done_callback(lambda _: book.revoke(this=True))
        assert not await waiting

    run(scenario)


@pytest.mark.parametrize(
    "change",
    [
        lambda book: setattr(book, "session", None),
        lambda book: setattr(book, "session", a_session()),
        lambda book: setattr(book, "fails", RuntimeError("broken")),
        lambda book: setattr(book, "over", True),
        lambda book: setattr(book, "session", replace(book.session, ended_at=NOW)),
    ],
    ids=["revoked", "another's", "broken", "expired", "ended"],
)
def test_whatever_is_not_this_session_ends_it(run, change):
    async def scenario(book, watch, one, two):
        change(book)
        book.epoch += 1
        watch.look()
        assert not await watch.settled()
        assert watch.over
        assert one.done == two.done == ["cut"]

    run(scenario)


@pytest.mark.parametrize(
    ("change", "unsure"),
    [
        (lambda book: setattr(book, "silent", True), True),
        (lambda book: setattr(book, "fails", RuntimeError("broken")), True),
        (lambda book: setattr(book, "session", None), False),
        (lambda book: setattr(book, "over", True), False),
    ],
    ids=["failing", "broken", "revoked", "expired"],
)
def test_it_says_whether_the_session_may_live_on(run, change, unsure):
    async def scenario(book, watch, one, two):
        del one, two
        change(book)
        book.epoch += 1
        assert not await watch.settled()
        # The store's last word is recent in all of them.
        assert (watch.over, watch.unsure, book.fresh) == (True, unsure, True)

    run(scenario)


def test_a_look_is_enough(run):
    async def scenario(book, watch, one, two):
        book.session = None
        book.epoch += 1
        watch.look()
        for _ in range(100):
            await asyncio.sleep(0)
        assert watch.over
        assert one.done == two.done == ["cut"]

    run(scenario)


def test_one_that_cannot_go_on_does_not_keep_the_others(run, caplog):
    async def scenario(book, watch, one, two):
        one.stuck = two.stuck = True
        book.epoch += 1
        assert await watch.settled()
        assert one.done == two.done == ["resume", "cut"]

    run(scenario)
    assert caplog.text.count("cannot go on: OSError") == 2


def test_a_silent_store_ends_it(run):
    async def scenario(book, watch, one, two):
        book.fresh = False
        watch.look()
        assert watch.over
        assert watch.unsure
        assert one.done == two.done == ["cut"]

    run(scenario)


def test_over_is_over(run):
    async def scenario(book, watch, one, two):
        book.fresh = False
        watch.look()
        book.fresh = True
        watch.look()
        assert not watch.alive()
        assert not await watch.settled()
        assert one.done == two.done == ["cut"]

    run(scenario)


def test_one_that_is_not_admitted_is_cut_alone(run):
    async def scenario(book, watch, one, two):
        del book
        one.allowed = False
        watch.look()
        assert (one.done, two.done) == (["cut"], [])
        assert not watch.over

    run(scenario)


def test_one_that_cannot_be_cut_does_not_keep_the_others(run, caplog):
    async def scenario(book, watch, one, two):
        one.stuck = two.stuck = True
        book.over = True
        watch.look()
        assert one.done == two.done == ["cut"]

    run(scenario)
    assert caplog.text.count("could not be ended: OSError") == 2


def test_where_nothing_can_be_told_everything_ends(run, caplog):
    async def scenario(book, watch, one, two):
        def fail(_):
            raise RuntimeError("a secret")

        book.live = fail
        book.silent = True
        watch.look()
        assert watch.over
        assert watch.unsure
        assert one.done == two.done == ["cut"]

    run(scenario)
    assert "connections cannot be judged: RuntimeError" in caplog.text
    assert "a secret" not in caplog.text


def test_what_is_gone_is_forgotten(run):
    async def scenario(book, watch, one, two):
        del book
        one.gone = True
        watch.look()
        assert watch.connections == {two}

    run(scenario)


def test_what_cannot_be_judged_is_said_without_its_words(run, caplog):
    async def scenario(book, watch, one, two):
        del one, two
        book.fails = RuntimeError("a secret")
        book.epoch += 1
        assert not await watch.settled()

    run(scenario)
    assert "cannot be judged: RuntimeError" in caplog.text
    assert "a secret" not in caplog.text


class Stream:
    """A connection, and what was asked of it in its last moments."""

    def __init__(self, *, closed=False, writing=False, fails=None):
        self.asked = []
        self._closed, self._writing, self._fails = closed, writing, fails
        self.socket = None if fails is AttributeError else self

    def closed(self):
        return self._closed

    def writing(self):
        return self._writing

    def setsockopt(self, *option):
        self.asked.append(option)
        if self._fails is not None:
            raise self._fails

    def close(self):
        self.asked.append("close")


LINGER = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(
    ("state", "asked"),
    [
        ({}, ["close"]),
        ({"closed": True}, []),
        ({"writing": True}, [LINGER, "close"]),
        ({"writing": True, "fails": OSError}, [LINGER, "close"]),
        ({"writing": True, "fails": AttributeError}, ["close"]),
    ],
    ids=["idle", "closed", "writing", "already broken", "without a socket"],
)
def test_a_connection_that_is_hung_up_is_closed_at_once(state, asked):
    stream = Stream(**state)
    hang_up(stream)
    assert stream.asked == asked


def test_there_may_be_none():
    hang_up(None)
