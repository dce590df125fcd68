from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from support.clock import FakeClock
from support.values import a_link

from nb_presign.errors import UpstreamError
from nb_presign.ledger import Ledger
from nb_presign.model import Actor
from nb_presign.offload import Offload
from nb_presign.secret import Secret
from nb_presign.store.memory import MemoryStore


class SlowStore(MemoryStore):
    """Keeps a link when it is told to."""

    def __init__(self, clock):
        super().__init__(clock)
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def add_link(self, link, actor):
        self.begun.set()
        assert self.go_on.wait(20)
        return super().add_link(link, actor)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def store(clock):
    return SlowStore(clock)


@pytest.fixture
def told():
    return []


@pytest.fixture
def ledger(store, told):
    offload = Offload(1)
    yield Ledger(
        store=store,
        offload=offload,
        emit=told.append,
        actor=Actor("ann"),
        keep_for=timedelta(days=30),
    )
    offload.close()


def test_what_is_kept_is_told_of_and_given_back_with_its_url(ledger, store, told, clock):
    link = replace(a_link(clock.now()), url=Secret("https://host/s3cr3t"))
    assert asyncio.run(ledger.keep(link, "link.minted")).url == link.url
    assert store.link(link.id).url is None
    (event,) = told
    assert (event.event, event.link_id, event.actor) == ("link.minted", link.id, "owner:ann")
    assert "s3cr3t" not in repr(event)


def test_whoever_asked_may_go_away(ledger, store, told, clock):
    link = a_link(clock.now())

    async def run():
        store.go_on.clear()
        keeping = asyncio.ensure_future(ledger.keep(link, "link.minted"))
        await asyncio.to_thread(store.begun.wait, 20)
        keeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await keeping
        assert told == []
        store.go_on.set()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait(others, timeout=20)

    asyncio.run(run())
    assert store.link(link.id) is not None
    assert [event.link_id for event in told] == [link.id]


def test_a_report_is_told_of_once_as_what_it_was(ledger, told, clock):
    first = a_link(clock.now(), audience="")
    successor = replace(a_link(clock.now(), audience=""), family=first.id)
    for link in (first, first, successor, successor):
        asyncio.run(ledger.take_note(link))
    assert [event.event for event in told] == ["link.minted", "link.refreshed"]


def test_the_id_of_somebody_elses_link_is_not_believed(ledger, told, clock):
    link = a_link(clock.now())
    asyncio.run(ledger.keep(link, "link.minted"))
    with pytest.raises(UpstreamError, match="not its own"):
        asyncio.run(ledger.keep(replace(link, audience="srv_other"), "link.minted"))
    assert len(told) == 1
