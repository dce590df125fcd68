"""Whether a connection stands where a guest may be."""

from __future__ import annotations

import asyncio

import pytest

from nb_presign.access.connections import standing
from nb_presign.access.connections.standing import Standing


class Place:
    """Where a kernel is, as the server's managers would tell."""

    def __init__(self):
        self.inside = True
        self.asked = 0
        self.fails = False
        self.answers = asyncio.Event()
        self.answers.set()

    async def still(self):
        self.asked += 1
        await self.answers.wait()
        if self.fails:
            raise KeyError("gone")
        return self.inside


@pytest.fixture
def run(monkeypatch):
    """Run a scenario with one that looks as often as it is asked."""
    monkeypatch.setattr(standing, "LOOK_SECONDS", 0.0)

    def run(scenario):
        async def whole():
            place, allowed = Place(), [True]
            await scenario(Standing(lambda: allowed[0], place.still), place, allowed)

        asyncio.run(whole())

    return run


async def turns():
    for _ in range(5):
        await asyncio.sleep(0)


def test_it_stands_while_it_is_inside(run):
    async def scenario(standing, place, allowed):
        del allowed
        for _ in range(3):
            assert standing()
            await turns()
        assert place.asked == 3

    run(scenario)


def test_a_look_that_takes_long_ends_nothing_and_is_not_asked_twice(run):
    async def scenario(standing, place, allowed):
        del allowed
        place.answers.clear()
        for _ in range(3):
            assert standing()
            await turns()
        assert place.asked == 1
        place.answers.set()
        await turns()
        assert standing()
        await turns()

    run(scenario)


def test_once_it_has_moved_it_does_not_come_back(run):
    async def scenario(standing, place, allowed):
        del allowed
        place.inside = False
        assert standing()
        await turns()
        assert not standing()
        place.inside = True
        await turns()
        assert not standing()

    run(scenario)


def test_a_look_that_fails_ends_it(run, caplog):
    async def scenario(standing, place, allowed):
        del allowed
        place.fails = True
        assert standing()
        await turns()
        assert not standing()

    run(scenario)
    assert "KeyError" in caplog.text


def test_clock_and_address_count_at_once(run):
    async def scenario(standing, place, allowed):
        allowed[0] = False
        assert not standing()
        assert place.asked == 0

    run(scenario)


def test_it_looks_once_a_second():
    async def whole():
        place = Place()
        stands = Standing(lambda: True, place.still)
        for _ in range(10):
            assert stands()
            await turns()
        assert place.asked == 1

    asyncio.run(whole())
