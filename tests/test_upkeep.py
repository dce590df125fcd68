from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from contracts.store import ALICE
from support.clock import FakeClock
from support.values import a_link, a_redemption

from nb_presign.errors import StoreError
from nb_presign.store.sql import SqlStore
from nb_presign.upkeep import BATCH, BATCHES, PURGE_SECONDS, Upkeep

DAY = 86_400


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def store(tmp_path, clock):
    store = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}", clock)
    yield store
    store.close()


def an_upkeep(store, clock, *, days=(1, 2), **more):
    keep, keep_audit = (timedelta(days=number) for number in days)
    return Upkeep(store, clock, **{"keep": keep, "keep_audit": keep_audit, "pause": 0, **more})


@pytest.fixture
def upkeep(store, clock):
    return an_upkeep(store, clock, days=(30, 365))


class Slow:
    """A store of which only upkeep's part is there; `purge` says when it is asked."""

    def __init__(self, rows=0):
        self.rows = rows
        self.asked = []
        self.hold = None
        self.entered = threading.Event()
        self.then = lambda: None

    def witness(self, moment):
        self.asked.append(("witness", moment))

    def purge(self, *, before, limit):
        self.asked.append(("purge", before, limit))
        self.entered.set()
        if self.hold:
            self.hold.wait(30)
        self.then()
        gone = min(limit, self.rows)
        self.rows -= gone
        return gone

    def purge_audit(self, *, before, limit):
        self.asked.append(("purge_audit", before, limit))
        return 0


def test_the_time_is_kept(upkeep, store, clock):
    store.revision()
    clock.tick(90)
    upkeep.turn()
    clock.set_back(3600)
    again = SqlStore(str(store._database._url), clock)
    assert again.now() == clock.now() + timedelta(seconds=3600)
    again.close()


def test_what_is_long_over_is_forgotten_and_nothing_else(upkeep, store, clock):
    old = store.add_link(a_link(clock.now()), ALICE)
    gone = store.redeem(a_redemption(old, clock.now()))
    clock.tick(15 * DAY)
    recent = store.add_link(a_link(clock.now()), ALICE)
    kept = store.redeem(a_redemption(recent, clock.now()))
    clock.tick(15 * DAY + 3600)
    upkeep.turn()
    assert store.link(old.id) is None
    assert store.session(gone.id) is None
    assert store.link(recent.id) is not None
    assert store.session(kept.id) == kept
    assert len(store.audit()) == 4
    clock.tick(350 * DAY - 7200)
    upkeep.turn()
    assert store.link(recent.id) is None
    assert [row.link_id for row in store.audit()] == [recent.id] * 2


def test_it_purges_now_and_then(clock):
    store = Slow()
    upkeep = an_upkeep(store, clock)
    for _ in range(10):
        upkeep.turn()
        clock.tick(PURGE_SECONDS / 5)
    now = FakeClock().now()
    purges = [asked for asked in store.asked if asked[0] != "witness"]
    assert purges[:2] == [
        ("purge", now - timedelta(days=1), BATCH),
        ("purge_audit", now - timedelta(days=2), BATCH),
    ]
    assert len(purges) == 4
    assert len(store.asked) == 14


def test_it_takes_a_bounded_number_of_batches(clock):
    store = Slow(rows=1_000_000)
    an_upkeep(store, clock).turn()
    assert store.rows == 1_000_000 - BATCH * BATCHES


def test_a_closed_one_takes_no_further_batch(clock):
    store = Slow(rows=1_000_000)
    upkeep = an_upkeep(store, clock)
    store.then = upkeep.close
    upkeep.turn()
    assert store.rows == 1_000_000 - BATCH
    assert len(store.asked) == 2


def test_two_turns_at_once_are_one(clock):
    store = Slow(rows=1)
    store.hold = threading.Event()
    upkeep = an_upkeep(store, clock)
    first = threading.Thread(target=upkeep.turn)
    first.start()
    assert store.entered.wait(30)
    before = len(store.asked)
    upkeep.turn()
    assert len(store.asked) == before
    store.hold.set()
    first.join()


def test_a_store_that_nobody_has_used_is_not_opened(clock):
    store = Slow()
    an_upkeep(store, clock, in_use=lambda: False).turn()
    assert store.asked == []


def test_trouble_is_tried_again(clock):
    store = Slow()

    def fail():
        raise StoreError("The store is away.")

    store.then = fail
    upkeep = an_upkeep(store, clock)
    upkeep.turn()
    store.then = lambda: None
    upkeep.turn()
    assert [asked[0] for asked in store.asked].count("purge_audit") == 1


def test_others_write_between_two_batches(tmp_path, store, clock):
    """The lock is let go: another connection that waits for nothing gets a turn in each pause."""
    for _ in range(12):
        store.add_link(a_link(clock.now()), ALICE)
    clock.tick(2 * DAY)
    impatient = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}", clock, busy_seconds=0)
    upkeep = an_upkeep(store, clock, days=(1, 9), batch=4)
    written = []

    class Pausing:
        def is_set(self):
            return False

        def wait(self, _):
            written.append(impatient.add_link(a_link(clock.now()), ALICE))

    upkeep._closed = Pausing()
    upkeep.turn()
    assert len(written) == 3
    assert {link.id for link in store.links(since=clock.now())} == {link.id for link in written}
    impatient.close()
