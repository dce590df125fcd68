"""Many links on one timer."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

from nb_presign import live as live_package
from nb_presign.live import LiveState, Mode
from nb_presign.live.timetable import AT_ONCE, BREATH, BURST


def test_ten_thousand_links_share_one_timer(world):
    threads = threading.active_count()
    lives = [
        world.scheduler.follow(world.api.link(), world.api, mode=Mode.ALWAYS) for _ in range(10_000)
    ]
    world.settle()
    assert len(world.scheduler) == 10_000
    pending = [handle for handle in world.loop._scheduled if not handle.cancelled()]
    assert len(pending) == 1
    assert threading.active_count() < threads + 10
    world.clock.tick(211)
    passed = 0
    while any(one.snapshot.refreshes == 0 for one in lives):
        world.pass_time(BREATH, step=BREATH)
        passed += BREATH
    assert len(world.api.calls) == 10_000
    assert passed == pytest.approx(10_000 / BURST * BREATH, rel=0.05)  # in a stream, not at once
    assert world.api.most_busy == AT_ONCE
    assert {one.snapshot.state for one in lives} == {LiveState.LIVE}


def test_a_link_that_looks_come_and_go_on_does_not_fill_the_heap(world):
    live = world.follow()
    for _ in range(2_000):
        live.look("view", visible=False)
        live.look("view", visible=True)
    world.settle()
    while world.loop._ready:
        world.settle()
    assert len(world.scheduler) == 1
    assert len(world.scheduler._heap) < 100


def test_a_forgotten_link_is_gone_after_its_expiry(world):
    live = world.follow(seen=False)
    forgotten = weakref.ref(live)
    del live
    world.pass_time(301)
    gc.collect()
    assert forgotten() is None


def test_a_revocation_elsewhere_is_shown_by_the_whole_chain_and_no_other(world):
    ended, other = world.follow(), world.follow()
    first = ended.snapshot.link
    world.pass_time(250)
    assert ended.snapshot.link.family == first.id != ended.snapshot.link.id
    world.scheduler.revoked([first])
    world.settle()
    assert ended.snapshot.state is LiveState.REVOKED
    assert ended.snapshot.link.url is None
    assert other.snapshot.state is LiveState.LIVE


def test_the_kernels_own_scheduler_is_one():
    assert live_package.scheduler() is live_package.scheduler()
