from __future__ import annotations

import asyncio

import pytest

from nb_presign.aws.place import Place
from nb_presign.errors import UpstreamError
from nb_presign.model import Target, TargetInfo, TargetState
from nb_presign.providers.aws import names
from nb_presign.providers.aws.names import Names
from nb_presign.providers.aws.operation import Listed

pytestmark = pytest.mark.anyio

HERE, THERE = Place(), Place("dev", "eu-west-1")


def info(name, title=""):
    return TargetInfo(target=Target("athena", name), title=title or name, state=TargetState.READY)


class Lists:
    """Answers with pages, or raises; counts."""

    def __init__(self, *pages):
        self.pages, self.asked = pages, []

    async def __call__(self, place, token):
        self.asked.append((place, token))
        number = int(token or 0)
        page = self.pages[number]
        if isinstance(page, Exception):
            raise page
        more = str(number + 1) if number + 1 < len(self.pages) else ""
        return Listed(items=page, token=more)


async def test_a_list_is_read_once_in_half_a_minute_for_each_place(clock):
    lists = Lists((info("a"),), (info("b"),))
    known = Names(clock, lists)
    for place in (HERE, HERE, THERE, HERE):
        assert [each.target.id for each in await known.at(place)] == ["a", "b"]
    assert len(lists.asked) == 4
    clock.tick(30)
    await known.at(HERE)
    assert len(lists.asked) == 6


async def test_a_very_long_one_is_read_in_part(clock):
    lists = Lists(*((info(f"n{number}"),) for number in range(50)))
    assert len(await Names(clock, lists).at(HERE)) == names.MOST_PAGES


async def test_what_fails_is_asked_again(clock):
    lists = Lists((info("a"),), UpstreamError("No."))
    known = Names(clock, lists)
    assert [each.target.id for each in await known.at(HERE)] == ["a"]
    await known.at(HERE)
    assert len(lists.asked) == 4


async def test_near_ones_are_found_by_name_and_by_title(clock):
    known = Names(clock, Lists((info("gpu-1"), info("5e55", "Taxi fares"))))
    assert await known.near(HERE, Target("athena", "gpu-2")) == ["athena:gpu-1"]
    assert await known.near(HERE, Target("athena", "Taxi fare")) == ["athena:5e55"]
    assert await known.near(HERE, Target("athena", "nothing like it")) == []


async def test_they_are_not_waited_for_long(clock, monkeypatch):
    async def never(_place, _token):
        await asyncio.Event().wait()

    monkeypatch.setattr(names, "PATIENCE", 0.01)
    assert await Names(clock, never).near(HERE, Target("athena", "x")) == []


async def test_titles_are_remembered_by_place(clock):
    known = Names(clock, Lists(()))
    known.learn(HERE, (info("5e55", "Taxi fares"),))
    clock.tick(3600)
    assert known.title(HERE, Target("athena", "5e55")) == "Taxi fares"
    assert known.title(HERE, Target("athena", "5e56")) == ""
    assert known.title(THERE, Target("athena", "5e55")) == ""
