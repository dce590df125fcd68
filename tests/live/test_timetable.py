"""The timetable by itself: order, breaks, and what a bad entry does to the others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nb_presign.live.timetable import BREATH, BURST, LONGEST_SLEEP


class Entry:
    def __init__(self, name, called):
        self.name, self.called = name, called

    def due(self):
        self.called.append(self.name)


@pytest.fixture
def plan(world):
    """Plan entries by name, so many seconds from now; returns those that were called."""
    called = []

    def plan(*times):
        now = world.clock.now()
        for number, seconds in enumerate(times):
            entry = Entry(number, called)
            world.scheduler.plan(entry, now + timedelta(seconds=seconds))
        return called

    return plan


def test_entries_come_in_the_order_of_their_times(world, plan):
    called = plan(3, 1, 2)
    world.pass_time(1)
    assert called == [1]
    world.pass_time(5)
    assert called == [1, 2, 0]


def test_many_that_are_due_at_once_come_in_bursts_the_oldest_first(world, plan):
    called = plan(*range(100))
    world.clock.suspend(1000)
    world.pass_time(LONGEST_SLEEP + 1, step=LONGEST_SLEEP + 1)
    assert called == list(range(BURST))
    world.pass_time(BREATH, step=BREATH)
    assert called == list(range(2 * BURST))
    world.pass_time(BREATH / 2)
    assert len(called) == 2 * BURST
    world.pass_time(1, step=BREATH)
    assert called == list(range(100))


def test_one_that_is_planned_during_a_break_waits_for_its_end(world, plan):
    called = plan(*[1] * (BURST + 1))
    world.pass_time(1)
    assert len(called) == BURST
    plan(-10)
    world.settle()
    assert len(called) == BURST
    world.pass_time(BREATH, step=BREATH)
    assert len(called) == BURST + 2


def test_dropped_entries_make_no_break(world):
    called = []
    tickets = [
        world.scheduler.plan(Entry(n, called), world.clock.now() + timedelta(seconds=1))
        for n in range(60)
    ]
    for ticket in tickets[:-1]:
        world.scheduler.drop(ticket)
    world.pass_time(1)
    assert called == [59]


def test_an_entry_that_breaks_stops_no_clock(world, plan):
    class Bad:
        def due(self):
            raise ValueError("broken")

    reported = []
    world.loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))
    world.scheduler.plan(Bad(), world.clock.now() + timedelta(seconds=1))
    called = plan(2)
    world.pass_time(3)
    assert called == [0]
    assert [str(error) for error in reported] == ["broken"]
