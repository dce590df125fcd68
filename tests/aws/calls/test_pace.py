from __future__ import annotations

import asyncio

import pytest
from support.clock import FakeClock

from nb_presign.aws.calls.call import Call
from nb_presign.aws.calls.pace import Pace
from nb_presign.aws.place import Place
from nb_presign.errors import UpstreamThrottledError

CALL = Call("sagemaker", "ListNotebookInstances", Place("work", "us-west-2"))


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def pace(clock):
    """Five a second, ten at once; sleeping is the clock's to do."""

    async def sleep(seconds):
        clock.tick(seconds)
        await asyncio.sleep(0)

    return Pace(clock, rate=5, burst=10, patience=5, sleep=sleep)


def test_some_at_once(pace, clock):
    begun = clock.monotonic()
    for _ in range(10):
        asyncio.run(pace.turn(CALL))
    assert clock.monotonic() == begun


def test_no_more_than_the_rate_allows(pace, clock):
    begun = clock.monotonic()
    for _ in range(60):
        asyncio.run(pace.turn(CALL))
    assert clock.monotonic() - begun == pytest.approx(10, abs=0.2)


@pytest.mark.parametrize(
    "other",
    [
        Call("sagemaker", "ListDomains", CALL.place),
        Call("athena", "ListNotebookInstances", CALL.place),
        Call("sagemaker", "ListNotebookInstances", Place("other", "us-west-2")),
        Call("sagemaker", "ListNotebookInstances", Place("work", "us-east-1")),
    ],
)
def test_others_are_counted_by_themselves(pace, clock, other):
    for _ in range(10):
        asyncio.run(pace.turn(CALL))
    begun = clock.monotonic()
    asyncio.run(pace.turn(other))
    assert clock.monotonic() == begun


def test_patience_ends(clock):
    waiting = asyncio.Event()

    async def sleep(_):
        await waiting.wait()

    async def scene():
        pace = Pace(clock, rate=0.1, burst=1, patience=5, sleep=sleep)
        await pace.turn(CALL)
        with pytest.raises(UpstreamThrottledError) as told:
            await pace.turn(CALL)
        return told.value

    error = asyncio.run(scene())
    assert error.fields.items() >= CALL.fields().items()
    assert error.fields["retry_after"] == 10
    assert "10 s" in error.hint


def test_a_crowd_is_served_in_part_and_told_in_time(clock):
    async def scene():
        sleeping = []

        async def sleep(seconds):
            until = clock.monotonic() + seconds
            woken = asyncio.Event()
            sleeping.append((until, woken))
            await woken.wait()

        pace = Pace(clock, rate=5, burst=10, patience=5, sleep=sleep)
        tasks = [asyncio.ensure_future(pace.turn(CALL)) for _ in range(100)]
        begun = clock.monotonic()
        while not all(task.done() for task in tasks):
            await asyncio.sleep(0)
            if sleeping:
                nearest = min(until for until, _ in sleeping)
                clock.tick(max(0.0, nearest - clock.monotonic()))
                for entry in [each for each in sleeping if each[0] <= clock.monotonic()]:
                    sleeping.remove(entry)
                    entry[1].set()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        refused = [each for each in outcomes if isinstance(each, UpstreamThrottledError)]
        return len(refused), clock.monotonic() - begun

    refused, seconds = asyncio.run(scene())
    # Ten at once, and five in each of five seconds.
    assert 100 - refused == pytest.approx(35, abs=1)
    assert seconds <= 5.2


def test_nobody_is_overtaken(clock):
    """Who has waited is served before who came later, though all look again at the same time."""

    async def scene():
        waits = []

        async def sleep(seconds):
            waits.append(round(seconds, 3))

        pace = Pace(clock, rate=5, burst=1, patience=5, sleep=sleep)
        for _ in range(5):
            await pace.turn(CALL)
        return waits

    assert asyncio.run(scene()) == [0.2, 0.4, 0.6, 0.8]


def test_it_remembers_only_so_many(clock, monkeypatch):
    monkeypatch.setattr("nb_presign.aws.calls.pace.MOST_KEYS", 10)
    pace = Pace(clock)
    for number in range(50):
        asyncio.run(pace.turn(Call("sagemaker", f"List{number}", CALL.place)))
    assert len(pace._next) == 10


def test_who_is_cancelled_has_taken_nothing(clock):
    async def scene():
        asleep = asyncio.Event()

        async def sleep(_):
            asleep.set()
            await asyncio.Event().wait()

        pace = Pace(clock, rate=1, burst=1, sleep=sleep)
        await pace.turn(CALL)
        waiting = asyncio.ensure_future(pace.turn(CALL))
        await asleep.wait()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        clock.tick(1)
        await asyncio.wait_for(pace.turn(CALL), 5)

    asyncio.run(scene())
