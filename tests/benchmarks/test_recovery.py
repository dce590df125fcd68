"""How soon guests are let in again once a shared database is back, after faults of any length."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from contextlib import closing

import pytest
from support.database_troubles import TROUBLES, Shared
from support.postgres import a_cluster
from support.values import SERVER, a_link, a_redemption
from support.wire import Wire

from nb_presign.access.entry.book import SessionBook
from nb_presign.clock import SteadyClock, SystemClock
from nb_presign.model import Actor
from nb_presign.offload import Offload
from nb_presign.store.sql import SqlStore

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

TRIALS, GUESTS = 20, 3
#: Seconds that a fault lasts: at most longer than any attempt, so that all its phases are met.
LONGEST = 4.0
ASK_EVERY = 0.02
OWNER = Actor("owner")


@pytest.fixture(scope="module")
def shared():
    with a_cluster() as cluster, closing(Wire(cluster.port)) as wire:
        yield Shared(cluster, wire)


@pytest.mark.parametrize("name", TROUBLES)
def test_guests_are_let_in_again(shared, name, tell):
    took = asyncio.run(recoveries(shared, name))
    tell(
        f"PostgreSQL {name}: the last of {GUESTS} guests is in again after "
        f"{statistics.median(took):.2f} s (median; max {max(took):.2f} s, n = {len(took)})"
    )


async def recoveries(shared: Shared, name: str) -> list[float]:
    clock, offload = SteadyClock(SystemClock()), Offload()
    with closing(SqlStore(shared.url("postgres", usual=True), clock)) as store:
        book = SessionBook(store, offload, clock, audience=SERVER)
        cookies = []
        for _ in range(GUESTS):
            link = store.add_link(a_link(store.now()), OWNER)
            cookies.append(a_redemption(link, store.now()))
            store.redeem(cookies[-1])
        took = [
            await recovery(book, [c.cookie_hash for c in cookies], shared, name)
            for _ in range(TRIALS)
        ]
        book.close()
        offload.close()
    return took


async def recovery(book: SessionBook, guests: list[bytes], shared: Shared, name: str) -> float:
    """Break the database for a while, under guests who ask all the time; tell when all are in."""
    already = asyncio.Event()
    already.set()
    for guest in guests:
        await asks(book, guest, already)
    back = asyncio.Event()
    asking = [asyncio.create_task(asks(book, guest, back)) for guest in guests]
    trouble = TROUBLES[name](shared)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, trouble.__enter__)
    await asyncio.sleep(random.uniform(0, LONGEST))  # noqa: S311  # no secret
    await loop.run_in_executor(None, trouble.__exit__, None, None, None)
    began = time.monotonic()
    back.set()
    return max(await asyncio.gather(*asking)) - began


async def asks(book: SessionBook, guest: bytes, back: asyncio.Event) -> float:
    """Ask all the time; tell when the first good answer came to what was asked afterwards."""
    while True:
        asked_late = back.is_set()
        if await book.find_by_hash(guest) is not None and asked_late:
            return time.monotonic()
        await asyncio.sleep(ASK_EVERY)
