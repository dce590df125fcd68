"""The book of sessions over a real store: fast, never stale, closed when the store is silent."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from itertools import pairwise

import pytest
from support.clock import FakeClock
from support.guests import SERVER
from support.values import a_link, a_redemption

from nb_presign.access.entry.book import POLL_SECONDS, STALE_SECONDS, SessionBook
from nb_presign.errors import StoreError
from nb_presign.model import Actor
from nb_presign.offload import Offload
from nb_presign.policy import ConnectPolicy, Visit, reading
from nb_presign.redemption import cookie_hash
from nb_presign.store.sql import SqlStore

OWNER = Actor("owner")
ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}


class CountingStore:
    """A real store that counts, and can be made to fail or hang."""

    def __init__(self, store):
        self._store = store
        self.asked = 0
        self.looks = 0
        self.witnessed = []
        #: What it calls when something was revoked.
        self.heard = None
        self.broken = False
        self.gate = threading.Event()
        self.gate.set()
        #: Set once somebody waits at the gate.
        self.held = threading.Event()
        #: Set each time it has told its revision.
        self.told = threading.Event()
        #: While cleared, what it has found does not get through.
        self.answers = threading.Event()
        self.answers.set()

    def session_by_cookie(self, digest):
        self._wait()
        self.asked += 1
        found = self._store.session_by_cookie(digest)
        self.answers.wait(10)
        return found

    def revision(self):
        self.looks += 1
        self._wait()
        found = self._store.revision()
        self.told.set()
        return found

    def listen(self, heard):
        self.heard = heard

    def witness(self, moment):
        self.witnessed.append(moment)
        self._wait()
        self._store.witness(moment)

    def _wait(self):
        if not self.gate.is_set():
            self.held.set()
        self.gate.wait(10)
        if self.broken:
            raise StoreError("The store is away.")


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def sql(tmp_path, clock):
    store = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}", clock)
    yield store
    store.close()


@pytest.fixture
def store(sql):
    return CountingStore(sql)


@pytest.fixture
def session(sql, clock):
    link = sql.add_link(a_link(clock.now(), audience=SERVER), OWNER)
    attempt = a_redemption(link, clock.now())
    return attempt.cookie_hash, sql.redeem(attempt)


@pytest.fixture
def run(store, clock):
    """Run a scenario with a book on a loop of its own."""

    def run(scenario):
        async def whole():
            offload = Offload()
            book = SessionBook(store, offload, clock, audience=SERVER)
            try:
                await scenario(book)
            finally:
                store.gate.set()
                store.answers.set()
                book.close()
                offload.close()

        asyncio.run(whole())

    return run


async def until(true):
    """Wait for what the book's own task brings about."""
    for _ in range(800):
        if true():
            return
        await asyncio.sleep(POLL_SECONDS / 10)
    raise AssertionError("it did not come about")


def test_a_guest_is_looked_up_once(run, store, session):
    digest, expected = session

    async def scenario(book):
        for _ in range(50):
            assert await book.find_by_hash(digest) == expected
        assert store.asked == 1

    run(scenario)


def test_who_is_unknown_is_asked_for_every_time(run, store):
    async def scenario(book):
        assert await book.find("nobody's cookie") is None
        assert await book.find("nobody's cookie") is None
        assert store.asked == 2

    run(scenario)


def test_a_session_is_live_until_its_very_end_and_stays_over_when_the_clock_is_set_back(
    run, clock, session
):
    digest, _ = session

    async def scenario(book):
        found = await book.find_by_hash(digest)
        clock.tick((found.expires_at - clock.now()).total_seconds() - 0.001)
        assert book.live(found)
        clock.tick(0.001)
        assert not book.live(found)
        clock.set_back(600)
        assert not book.live(found)

    run(scenario)


def test_that_a_session_is_over_is_kept_once(run, store, sql, clock, session):
    digest, guest = session

    async def scenario(book):
        found = await book.find_by_hash(digest)
        clock.tick(3600)
        for _ in range(3):
            assert not book.live(found)
        await until(lambda: store.witnessed)
        # Whoever starts after a clock was set back knows it from the store.
        clock.set_back(3600)
        await until(lambda: sql.now() >= guest.expires_at)
        assert not book.live(found)
        assert store.witnessed == [guest.expires_at]

    run(scenario)


def test_a_session_is_over_whether_that_can_be_kept_or_not(run, store, clock, session):
    digest, guest = session

    async def scenario(book):
        found = await book.find_by_hash(digest)
        clock.tick(3600)
        store.broken = True
        assert not book.live(found)
        with pytest.raises(StoreError):
            store.witness(guest.expires_at)
        assert book._keep(guest.expires_at) is None
        # The server is stopping.
        book._offload.close()
        book._witnessed = guest.created_at
        assert not book.live(found)

    run(scenario)


def test_another_servers_session_is_none_of_ours(run, sql, clock):
    link = sql.add_link(a_link(clock.now(), audience="srv_other"), OWNER)
    attempt = a_redemption(link, clock.now())
    sql.redeem(attempt)

    async def scenario(book):
        found = await book.find_by_hash(attempt.cookie_hash)
        assert found is not None
        assert not book.admits(found, Visit("127.0.0.1"))

    run(scenario)


def test_who_comes_from_another_address_is_not_let_in(run, sql, clock):
    link = sql.add_link(a_link(clock.now(), audience=SERVER, allowed_ips=("192.0.2.0/24",)), OWNER)
    attempt = a_redemption(link, clock.now())
    sql.redeem(attempt)

    async def scenario(book):
        found = await book.find_by_hash(attempt.cookie_hash)
        addresses = ("192.0.2.7", "198.51.100.1", "")
        assert [book.admits(found, Visit(each)) for each in addresses] == [True, False, False]

    run(scenario)


def test_a_cookie_is_looked_for_by_its_hash(run, sql, clock):
    link = sql.add_link(a_link(clock.now(), audience=SERVER), OWNER)
    expected = sql.redeem(a_redemption(link, clock.now(), cookie_hash=cookie_hash("a cookie")))

    async def scenario(book):
        assert await book.find("a cookie") == expected
        assert await book.find("another") is None

    run(scenario)


def test_each_ending_is_another(run):
    async def scenario(book):
        epochs = []
        for _ in range(3):
            epochs.append(book.epoch)
            book.forget_all()
        assert epochs == sorted(set(epochs))
        assert book.epoch not in epochs

    run(scenario)


def test_an_ending_in_this_process_holds_for_the_next_request(run, sql, clock, session):
    digest, guest = session

    async def scenario(book):
        assert book.live(await book.find_by_hash(digest))
        sql.end_session(guest.id, now=clock.now(), actor=OWNER)
        book.forget_all()
        assert not book.live(await book.find_by_hash(digest))

    run(scenario)


def test_an_ending_in_another_process_is_noticed(run, sql, clock, session):
    digest, guest = session

    async def scenario(book):
        assert book.live(await book.find_by_hash(digest))
        epoch = book.epoch
        sql.end_session(guest.id, now=clock.now(), actor=OWNER)
        await until(lambda: book.epoch > epoch)
        assert not book.live(await book.find_by_hash(digest))

    run(scenario)


def test_an_ending_that_the_store_tells_of_is_looked_at_at_once(run, store, sql, clock, session):
    digest, guest = session

    async def scenario(book):
        await book.find_by_hash(digest)
        looks, heard = store.looks, store.heard
        sql.end_session(guest.id, now=clock.now(), actor=OWNER)
        told = time.monotonic()
        await asyncio.to_thread(heard)
        while book.epoch == 0:
            assert time.monotonic() - told < 10
            await asyncio.sleep(0.001)
        # And not by the looks that it takes anyway.
        assert store.looks - looks <= 1 + (time.monotonic() - told) / POLL_SECONDS
        book.close()
        assert store.heard is None
        heard()  # too late, and no trouble

    run(scenario)


def test_an_ending_while_the_store_is_asked_is_not_lost(run, store, sql, clock, session):
    digest, guest = session

    async def scenario(book):
        await book.find("nobody's cookie")  # the book knows the revision
        store.gate.clear()
        finding = asyncio.create_task(book.find_by_hash(digest))
        await asyncio.sleep(0)
        sql.end_session(guest.id, now=clock.now(), actor=OWNER)
        book.forget_all()
        store.gate.set()
        assert not book.live(await finding)
        assert not book.live(await book.find_by_hash(digest))

    run(scenario)


def test_an_answer_from_before_an_ending_counts_for_nothing(run, store, sql, clock, session):
    digest, guest = session

    async def scenario(book):
        await book.find("nobody's cookie")  # the book knows the revision
        store.answers.clear()
        finding = asyncio.create_task(book.find_by_hash(digest))
        await until(lambda: store.asked == 2)
        sql.end_session(guest.id, now=clock.now(), actor=OWNER)
        book.forget_all()
        store.answers.set()
        assert not book.live(await finding)
        assert not book.live(await book.find_by_hash(digest))

    run(scenario)


def test_a_broken_store_lets_nobody_in_after_a_second(run, store, clock, session):
    digest, _ = session

    async def scenario(book):
        assert await book.find_by_hash(digest) is not None
        store.broken = True
        clock.tick(STALE_SECONDS)
        assert await book.find_by_hash(digest) is not None
        clock.tick(0.01)
        assert not book.fresh
        assert await book.find_by_hash(digest) is None
        store.broken = False
        assert await book.find_by_hash(digest) is not None

    run(scenario)


def test_who_is_not_found_by_a_broken_store_may_have_a_session(run, store, session):
    digest, _ = session

    async def scenario(book):
        assert await book.find("nobody's cookie") is None
        assert not book.unsure
        store.broken = True
        assert await book.find_by_hash(digest) is None
        # Its last word is recent all the same: the clock stands still.
        assert (book.fresh, book.unsure) == (True, True)
        store.broken = False
        assert await book.find("nobody's cookie") is None
        assert not book.unsure

    run(scenario)


def test_a_store_that_hangs_refuses_and_does_not_block_the_loop(run, store, session):
    digest, _ = session

    async def scenario(book):
        await book.find("nobody's cookie")  # the store is open
        store.gate.clear()
        turns = 0
        finding = asyncio.create_task(book.find_by_hash(digest))
        while not finding.done():
            turns += 1
            await asyncio.sleep(POLL_SECONDS / 10)
        assert await finding is None
        assert turns > 2
        assert book.silent

    run(scenario)


def test_the_first_answer_is_waited_for_and_counts_if_it_is_recent(run, store, clock, session):
    """What a store says first may take long: it is imported and opened for it."""
    digest, expected = session

    async def scenario(book):
        store.gate.clear()
        finding = asyncio.create_task(book.find_by_hash(digest))
        await until(store.held.is_set)
        _, late = await asyncio.wait([finding], timeout=1.5 * STALE_SECONDS)
        assert late
        clock.tick(2 * STALE_SECONDS)
        store.gate.set()
        assert await finding == expected
        # What it said first was of a time that does not count.
        assert (store.asked, book.fresh) == (2, True)

    run(scenario)


def test_nobody_looks_while_there_are_no_guests(run, store, session, monkeypatch):
    digest, _ = session
    monkeypatch.setattr("nb_presign.access.entry.book.IDLE_POLLS", 2)

    async def scenario(book):
        assert store.looks == 0
        await book.find_by_hash(digest)
        await until(lambda: book._poll is None)
        looks = store.looks
        await asyncio.sleep(POLL_SECONDS * 2)
        assert store.looks == looks
        assert not book.fresh

    run(scenario)


def test_a_guest_who_keeps_coming_is_asked_for_once(run, store, session, monkeypatch):
    digest, _ = session
    monkeypatch.setattr("nb_presign.access.entry.book.IDLE_POLLS", 2)

    async def scenario(book):
        await book.find_by_hash(digest)
        while store.looks < 6:
            assert await book.find_by_hash(digest) is not None
            await asyncio.sleep(POLL_SECONDS / 10)
        assert store.asked == 1

    run(scenario)


def test_a_closed_book_knows_nothing_and_can_be_used_again(run, store, session):
    digest, guest = session

    async def scenario(book):
        await book.find_by_hash(digest)
        book.close()
        book.close()
        assert not book.fresh
        looks = store.looks
        assert await book.find_by_hash(digest) == guest
        assert store.asked == 2
        await until(lambda: store.looks >= looks + 2)

    run(scenario)


def test_watchers_are_asked_at_every_look_and_keep_it_going(run, session, monkeypatch):
    digest, _ = session
    monkeypatch.setattr("nb_presign.access.entry.book.IDLE_POLLS", 1)
    asked = []

    async def scenario(book):
        book.watchers.append(lambda: asked.append(1) or len(asked) < 5)
        await book.find_by_hash(digest)
        await until(lambda: book._poll is None)
        assert len(asked) >= 5

    run(scenario)


def test_the_store_is_asked_once_for_each_look_whether_it_answers_or_not(
    run, store, session, clock
):
    digest, _ = session
    looks = []

    async def scenario(book):
        def watch():
            looks.append(store.looks)
            # Between two looks: one that is answered late is rightly followed by another.
            if len(looks) > 2 and not store.broken and book._read.done():
                store.broken = True
                clock.tick(STALE_SECONDS * 2)
            return True

        book.watchers.append(watch)
        await book.find_by_hash(digest)
        await until(lambda: store.broken)
        told = len(looks)
        await until(lambda: len(looks) >= told + 3)
        assert not book.fresh
        assert all(later - sooner <= 1 for sooner, later in pairwise(looks))

    run(scenario)


async def hang(store):
    """Let the store's next look hang."""
    store.gate.clear()
    looks = store.looks
    await until(lambda: store.looks > looks)


def test_watchers_are_asked_while_the_store_hangs_which_is_not_asked_again(run, store, session):
    digest, _ = session
    told = []

    async def scenario(book):
        book.watchers.append(lambda: told.append(store.looks) or True)
        await book.find_by_hash(digest)
        await hang(store)
        hung, before = store.looks, len(told)
        await until(lambda: len(told) >= before + 3)
        assert told[before:] == [hung] * len(told[before:])
        store.gate.set()
        await until(lambda: told[-1] > hung)

    run(scenario)


@pytest.mark.parametrize("waiting", [True, False])
def test_a_look_that_fails_is_no_news_for_the_loop(run, store, session, waiting):
    digest, _ = session
    told = []

    async def scenario(book):
        asyncio.get_running_loop().set_exception_handler(lambda _, what: told.append(what))
        await book.find_by_hash(digest)
        await hang(store)
        read = book._read
        if not waiting:
            book.close()
        store.broken = True
        store.gate.set()
        await until(read.done)
        await asyncio.sleep(0)
        book.close()
        book._read = read = None
        gc.collect()
        assert told == []

    run(scenario)


def test_a_watcher_that_fails_ends_neither_the_looking_nor_the_others(run, session, monkeypatch):
    digest, _ = session
    monkeypatch.setattr("nb_presign.access.entry.book.IDLE_POLLS", 1)
    asked = []

    def fails():
        raise RuntimeError("a watcher's own fault")

    async def scenario(book):
        book.watchers += [fails, lambda: asked.append(1) or False]
        await book.find_by_hash(digest)
        await until(lambda: len(asked) >= 4)
        assert book._poll is not None

    run(scenario)


def test_a_loop_that_was_busy_cuts_nobody_whose_store_answers(
    run, store, session, clock, monkeypatch
):
    digest, _ = session
    # Longer than a thread waits for a busy machine: this is not about stores that are late.
    poll = 2 * POLL_SECONDS
    monkeypatch.setattr("nb_presign.access.entry.book.POLL_SECONDS", poll)
    seen = []

    async def scenario(book):
        book.watchers.append(lambda: seen.append(book.fresh) or True)
        await book.find_by_hash(digest)
        store.gate.clear()
        await until(store.held.is_set)
        store.told.clear()
        store.gate.set()
        assert store.told.wait(10)
        clock.tick(STALE_SECONDS * 2)
        time.sleep(1.5 * poll)  # noqa: ASYNC251  # as a busy extension does
        told = len(seen)
        await until(lambda: len(seen) >= told + 2)
        assert all(seen)

    run(scenario)


class TestAPolicy:
    """Beside what a session allows; the book's clock is its clock."""

    UNTIL = "2030-01-02T03:14:05Z"

    @pytest.fixture
    def run(self, store, clock):
        def run(scenario, *statements):
            document = reading.read({"Statement": list(statements)})

            async def whole():
                offload = Offload()
                policy = ConnectPolicy(document, "b")
                book = SessionBook(store, offload, clock, audience=SERVER, policy=policy)
                try:
                    await scenario(book)
                finally:
                    book.close()
                    offload.close()

            asyncio.run(whole())

        return run

    def test_lets_in_and_ends(self, run, clock, session):
        digest, _ = session
        until_then = {"DateLessThan": {"aws:CurrentTime": self.UNTIL}}

        async def scenario(book):
            guest = await book.find_by_hash(digest)
            assert book.admits(guest, Visit("203.0.113.7"))
            clock.tick(599)
            assert book.admits(guest, Visit("203.0.113.7"))
            clock.tick(1)
            assert book.live(guest)
            assert not book.admits(guest, Visit("203.0.113.7"))
            clock.set_back(60)
            assert not book.admits(guest, Visit("203.0.113.7"))

        run(scenario, {**ALLOW, "Condition": until_then})

    def test_looks_at_where_the_guest_comes_from(self, run, session):
        digest, _ = session
        office = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}

        async def scenario(book):
            guest = await book.find_by_hash(digest)
            found = [book.admits(guest, Visit(a)) for a in ("203.0.113.7", "198.51.100.1", "")]
            assert found == [True, False, False]

        run(scenario, ALLOW, {**ALLOW, "Effect": "Deny", "Condition": office})

    def test_revives_nobody(self, run, clock, session):
        digest, _ = session

        async def scenario(book):
            guest = await book.find_by_hash(digest)
            clock.tick((guest.expires_at - clock.now()).total_seconds())
            assert not book.admits(guest, Visit("203.0.113.7"))

        run(scenario, ALLOW)
