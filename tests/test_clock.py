from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

from support.clock import FakeClock

from nb_presign.clock import SystemClock


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
