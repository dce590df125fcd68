from __future__ import annotations

import pytest
from support.clock import FakeClock

from nb_presign.throttle import Throttle


@pytest.fixture
def clock():
    return FakeClock()


def taken(throttle, key, tries=100):
    return sum(throttle.take(key) for _ in range(tries))


def test_a_bucket_is_full_at_first_and_fills_again(clock):
    throttle = Throttle(clock, rate=10, burst=60)
    assert taken(throttle, "a") == 60
    assert throttle.wait("a") == pytest.approx(0.1)
    clock.tick(0.5)
    assert taken(throttle, "a") == 5
    clock.tick(1_000)
    assert taken(throttle, "a") == 60


def test_each_has_a_bucket(clock):
    throttle = Throttle(clock, rate=1, burst=3)
    assert [taken(throttle, key) for key in "ab"] == [3, 3]
    assert throttle.wait("c") == 0


def test_debt_is_paid_first_and_is_at_most_a_bucket(clock):
    throttle = Throttle(clock, rate=1, burst=3)
    for _ in range(100):
        throttle.spend("a")
    assert throttle.wait("a") == pytest.approx(4)
    clock.tick(3.9)
    assert not throttle.take("a")
    clock.tick(0.2)
    assert throttle.take("a")


def test_a_wall_clock_that_is_set_changes_nothing(clock):
    throttle = Throttle(clock, rate=1, burst=1)
    throttle.take("a")
    clock.set_back(1_000)
    assert not throttle.take("a")
    clock.suspend(100_000)
    assert not throttle.take("a")


def test_memory_is_bounded_and_who_comes_often_is_not_forgotten(clock):
    throttle = Throttle(clock, rate=0.001, burst=10, most=50)
    for number in range(1_000):
        throttle.take(str(number))
        if number % 20 == 0:
            throttle.take("often")
    assert len(throttle) == 50
    assert not throttle.take("often")


def test_a_newcomer_is_remembered_and_who_came_first_is_forgotten(clock):
    throttle = Throttle(clock, rate=0.001, burst=1, most=3)
    for key in "abcd":
        throttle.spend(key)
    assert [throttle.wait(key) > 0 for key in "abcd"] == [False, True, True, True]
