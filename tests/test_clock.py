from __future__ import annotations

import sys
import threading
import time
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clock import FakeClock

from nb_presign.clock import SteadyClock, SystemClock


def test_the_wall_time_is_aware_and_in_utc():
    before = datetime.now(timezone.utc)
    now = SystemClock().now()
    assert before <= now <= datetime.now(timezone.utc)
    assert now.utcoffset() == timedelta(0)


def test_monotonic_time():
    before = time.monotonic()
    assert before <= SystemClock().monotonic() <= time.monotonic()


def test_the_clock_of_the_tests_is_turned_by_hand():
    clock = FakeClock()
    now, monotonic = clock.now(), clock.monotonic()
    assert clock.now() == now
    clock.tick(5)
    assert clock.now() - now == timedelta(seconds=5)
    clock.set_back(60)
    assert clock.now() - now == timedelta(seconds=-55)
    assert clock.monotonic() == monotonic + 5


@pytest.fixture
def wall():
    return FakeClock()


def seconds(clock, since):
    return (clock.now() - since).total_seconds()


class TestSteadyClock:
    def test_it_follows_the_wall_clock(self, wall):
        clock = SteadyClock(wall)
        for passed in (0, 0.5, 3600):
            wall.tick(passed)
            assert clock.now() == wall.now()
        assert clock.monotonic() == wall.monotonic()

    def test_set_back_time_goes_on_at_its_pace_until_the_wall_has_caught_up(self, wall):
        clock, start = SteadyClock(wall), wall.now()
        wall.tick(10)
        wall.set_back(60)
        assert seconds(clock, start) == 10
        wall.tick(5)
        assert seconds(clock, start) == 15
        assert clock.behind() == timedelta(seconds=60)
        wall.set_back(10_000)
        wall.tick(1)
        assert seconds(clock, start) == 16
        wall.tick(60)
        wall.suspend(20_000)
        assert clock.now() == wall.now()
        assert clock.behind() == timedelta(0)

    def test_set_back_before_anybody_asked(self, wall):
        clock, start = SteadyClock(wall), wall.now()
        wall.tick(10)
        wall.set_back(3600)
        wall.tick(10)
        assert seconds(clock, start) == 20

    @pytest.mark.parametrize("jump", [1, 86_400])
    def test_set_forward_it_is_believed_and_stays(self, wall, jump):
        clock, start = SteadyClock(wall), wall.now()
        wall.suspend(jump)
        assert seconds(clock, start) == jump
        wall.set_back(jump)
        wall.tick(2)
        assert seconds(clock, start) == jump + 2

    def test_it_goes_on_from_what_somebody_has_seen(self, wall):
        clock, start = SteadyClock(wall), wall.now()
        clock.advance_to(start + timedelta(hours=1))
        wall.tick(1)
        assert seconds(clock, start) == 3601
        clock.advance_to(start)
        assert seconds(clock, start) == 3601
        assert clock.behind() == timedelta(hours=1)

    def test_a_steady_one_is_not_made_steady_again(self, wall):
        clock = SteadyClock.over(wall)
        assert SteadyClock.over(clock) is clock

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["tick", "set_back", "suspend"]),
                st.floats(0, 1e6, allow_nan=False),
            )
        )
    )
    def test_whatever_happens_it_never_goes_back_nor_slower_than_the_monotonic_clock(self, steps):
        wall = FakeClock()
        clock = SteadyClock(wall)
        told, ticks = clock.now(), wall.monotonic()
        for what, length in steps:
            getattr(wall, what)(length)
            now = clock.now()
            passed = timedelta(seconds=wall.monotonic() - ticks)
            assert now - told >= passed - timedelta(microseconds=1)
            assert now >= wall.now()
            told, ticks = now, wall.monotonic()

    def test_no_thread_sees_it_go_back(self):
        clock = SteadyClock(SystemClock())
        latest, wrong = [clock.now()], []

        def look():
            for _ in range(2000):
                before = latest[0]
                now = clock.now()
                if now < before:
                    wrong.append(before - now)
                latest[0] = now

        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            threads = [threading.Thread(target=look) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            sys.setswitchinterval(interval)
        assert wrong == []
