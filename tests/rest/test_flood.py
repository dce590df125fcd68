"""Floods over HTTP: what others fail at costs the owner little, and holders of links nothing."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
import pytest
from support.servers import World, jupyter_server

from nb_presign.clock import SystemClock
from nb_presign.store.sql import SqlStore

REDEEM = "nb-presign/redeem"
CONNECTIONS = 16
#: A flood lasts as long, and until so many attempts were answered.
SECONDS, ATTEMPTS = 1.5, 400
ENABLED = {"ServerApp": {"jpserver_extensions": {"nb_presign": True}}}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("flood"))


@pytest.fixture(scope="module")
def server(world):
    """One of its own: what a flood uses up is not there for other tests."""
    with jupyter_server(world, world.home / "files", config=ENABLED) as running:
        yield running


@pytest.fixture
def kept(world):
    """Count what the store has."""
    store = SqlStore(f"sqlite:///{world.home / 'data/nb_presign/store.sqlite'}", SystemClock())

    def count():
        files = (world.home / "data/nb_presign").glob("store.sqlite*")
        return len(store.audit(limit=100_000)), sum(f.stat().st_size for f in files)

    yield count
    store.close()


@dataclass
class Flood:
    """What came back, and how long the owner waited meanwhile."""

    answers: Counter = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    retry_after: set[int] = field(default_factory=set)
    lasted: float = 0.0


def flood(server, method, path, bodies=None, meanwhile=None) -> Flood:
    """Send as much as can be for a while, and let the owner work at the same time."""
    seen = Flood()

    async def drown(client):
        while True:
            body = next(bodies) if bodies else None
            answer = await client.request(method, path, json=body)
            seen.answers[answer.status_code] += 1
            if "Retry-After" in answer.headers:
                seen.retry_after.add(int(answer.headers["Retry-After"]))

    async def work(client):
        began = time.monotonic()
        while seen.lasted < SECONDS or sum(seen.answers.values()) < ATTEMPTS:
            asked = time.monotonic()
            assert (await client.get("api/contents")).status_code == 200
            seen.waits.append(time.monotonic() - asked)
            seen.lasted = time.monotonic() - began
            await asyncio.sleep(0.02)

    async def run():
        def options(**headers):
            return {"base_url": server.url, "timeout": 30, "trust_env": False, "headers": headers}

        mine = {"Authorization": f"token {server.token}"}
        async with (
            httpx.AsyncClient(**options(Origin=server.url.rstrip("/"))) as stranger,
            httpx.AsyncClient(**options(**mine)) as owner,
        ):
            tasks = [asyncio.create_task(drown(stranger)) for _ in range(CONNECTIONS)]
            try:
                await asyncio.sleep(0.5)
                if meanwhile:
                    await meanwhile(stranger)
                await work(owner)
            finally:
                for task in tasks:
                    task.cancel()
                with suppress(asyncio.CancelledError):
                    await asyncio.gather(*tasks)

    asyncio.run(run())
    return seen


@pytest.fixture(scope="module")
def other(server):
    """Drown it in what costs it next to nothing."""
    return flood(server, "GET", REDEEM)


def pages(token):
    number = 0
    while True:
        number += 1
        yield {"token": token, "nonce": f"{number:022}"}


@pytest.mark.parametrize("kind", ["forged", "spent"])
def test_a_flood(server, mint, kept, owner, other, kind):
    link, good = mint(max_uses=1), mint(max_uses=1)
    tokens = {one["id"]: one["url"].partition("#")[2] for one in (link, good)}
    bodies = pages(tokens[link["id"]])
    if kind == "spent":
        owner.delete(f"nb-presign/api/links/{link['id']}")
    else:
        head, _, signature = tokens[link["id"]].rpartition(".")
        bodies = pages(f"{head}.{signature[::-1][:42]}A")
    redeemed = []

    async def open_the_good_one(stranger):
        page = {"token": tokens[good["id"]], "nonce": "g" * 22}
        redeemed.append(await stranger.post(REDEEM, json=page))

    rows, size = kept()
    logged = len(server.logged())
    seen = flood(server, "POST", REDEEM, bodies, open_the_good_one)

    # Nearly all of it is let fall, and told when to come back.
    refused, least, rate = {"forged": (404, 60, 10), "spent": (410, 20, 1)}[kind]
    assert set(seen.answers) == {refused, 429}
    assert seen.answers[refused] <= least + rate * (seen.lasted + 2) + CONNECTIONS
    assert seen.answers[429] > 0
    assert seen.retry_after <= set(range(1, 60))
    # The good link was opened in the middle of it, by somebody at the same address.
    assert redeemed[0].status_code == 200, redeemed[0].text
    # Disks fill by what was opened, and not by what was tried.
    rows_now, size_now = kept()
    assert rows_now == rows + 1
    assert size_now - size < 100_000
    assert "] 429 " not in server.logged()[logged:]
    # The owner waits about as long as in any other flood from as many connections.
    assert set(other.answers) == {200}
    assert statistics.median(seen.waits) < 5 * statistics.median(other.waits)
