from __future__ import annotations

import asyncio
import logging

import pytest
from support.clock import FakeClock
from support.values import a_link

from nb_presign.blocking import background
from nb_presign.errors import UnreachableError
from nb_presign.reports import Reports
from nb_presign.secret import Secret


class Taker:
    """Takes reports; fails as often as it was told to."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.taken = []
        self.asked = 0

    async def __call__(self, link):
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append(link)


@pytest.fixture
def link():
    secrets = {"url": Secret("https://canary"), "auth_token": Secret("canary")}
    return a_link(FakeClock().now(), **secrets)


def report(taker, link, seconds=10):
    reports = Reports(taker, pause=0)

    async def run():
        reports.add(link)
        await reports.wait(seconds)

    asyncio.run(run())
    return reports


def test_facts_are_sent_without_secrets(link):
    taker = Taker()
    report(taker, link)
    (taken,) = taker.taken
    assert taken == link
    assert (taken.url, taken.auth_token) == (None, None)


def test_a_second_try_is_made(link):
    taker = Taker(UnreachableError("No."))
    report(taker, link)
    assert (taker.asked, len(taker.taken)) == (2, 1)


@pytest.mark.parametrize("error", [UnreachableError, RuntimeError])
def test_and_no_third(link, caplog, error):
    caplog.set_level(logging.DEBUG, "nb_presign")
    taker = Taker(error("canary"), error("canary"))
    report(taker, link)
    assert taker.asked == 2
    assert link.id in caplog.text
    assert "canary" not in caplog.text
    assert {record.levelno for record in caplog.records} == {logging.INFO}


def test_nobody_waits_longer_than_asked_for(link):
    release = asyncio.Event()

    async def take(_):
        await release.wait()

    reports = report(take, link, seconds=0.01)
    (sending,) = reports._under_way
    assert not sending.done()
    background.loop.call_soon_threadsafe(release.set)
    sending.result(10)
    assert not reports._under_way
