"""kill -9 in the middle of redemptions: no link is used without its session, and none twice."""

from __future__ import annotations

import asyncio
import json
import os
import random
import secrets
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from faults.patient import Minted, Patient, facts
from faults.redeemers import a_redeemer, a_signer, a_store, store_path
from sqlalchemy import insert
from support.servers import World, jupyter_server
from support.tally import Tally, record
from support.values import a_link

from nb_presign.clock import SystemClock
from nb_presign.errors import LinkUsedUpError
from nb_presign.secret import Secret
from nb_presign.store.rows import write_link
from nb_presign.store.schema import links

TESTS = Path(__file__).parents[1]
#: Links that one child gets through in its life, at most.
LIFE = 80
#: Seconds after its first redemption within which a child is killed.
WITHIN = 0.02
FEW, MANY = 20, 400


@dataclass
class Run:
    """Children that redeem, and are killed one after the other."""

    directory: Path
    process: subprocess.Popen[str]
    links: list[list[str]]

    def say(self, word: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill_one(self, first: int) -> int:
        """Kill a child at some moment; return the number of the first link without an answer."""
        self.say(first)
        child = int(self.hear().removeprefix("pid "))
        done = int(self.hear())
        time.sleep(random.uniform(0, WITHIN))  # noqa: S311  # any moment will do
        os.kill(child, signal.SIGKILL)
        while (word := self.hear()) != "over":
            done = int(word)
        assert done + 1 - first < LIFE, "the next one would lack links"
        return done + 1

    def facts(self, number: int) -> tuple[int, int, int]:
        with closing(sqlite3.connect(store_path(self.directory))) as store:
            return facts(store, self.links[number][0])


@contextmanager
def a_run(how: str, directory: Path, rounds: int) -> Iterator[Run]:
    """Make the links, and the process that is father of all children."""
    directory.mkdir()
    made = [a_link(SystemClock().now(), max_uses=1) for _ in range((rounds + 1) * LIFE)]
    store, signer = a_store(directory), a_signer(directory)
    store.revision()
    with store._database.writing() as tx:
        tx.execute(insert(links), [write_link(link) for link in made])
    store.close()
    known = [[link.id, signer.sign(link).reveal(), secrets.token_urlsafe(16)] for link in made]
    (directory / "links.json").write_text(json.dumps(known))
    with subprocess.Popen(
        [sys.executable, TESTS / "faults" / "redeemers.py", how, directory],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        run = Run(directory, process, known)
        assert run.hear() == "ready"
        yield run
        process.stdin.close()


def redeem_again(directory: Path, link: list[str]) -> str:
    """Let the same page ask again, as its browser does that got no answer."""

    async def ask() -> str:
        redeemer = a_redeemer(directory)
        try:
            return (await redeemer.redeem(Secret(link[1]), link[2], "127.0.0.1")).session.id
        except LinkUsedUpError:
            return ""
        finally:
            redeemer.store.close()
            redeemer.offload.close()

    return asyncio.run(ask())


def count_lost(run: Run, rounds: int) -> int:
    """Kill so many children; count the rounds after which something was not as it must be."""
    lost = first = 0
    for _ in range(rounds):
        following = run.kill_one(first)
        answered = [run.facts(number) for number in range(first, following)]
        cut = run.facts(following)
        page = redeem_again(run.directory, run.links[following])
        good = (
            set(answered) == {(1, 1, 1)}
            and cut in {(0, 0, 0), (1, 1, 1)}
            and page
            and run.facts(following) == (1, 1, 1)
            # An answer that came is repeated, too.
            and redeem_again(run.directory, run.links[following - 1])
            and run.facts(following - 1) == (1, 1, 1)
        )
        lost += not good
        first = following + 1
    return lost


def naively_lost(run: Run, rounds: int) -> int:
    """Count the links that were used and have no session."""
    lost = first = 0
    for _ in range(rounds):
        following = run.kill_one(first)
        uses, sessions, _ = run.facts(following)
        lost += (uses, sessions) == (1, 0)
        first = following + 1
    return lost


@pytest.mark.parametrize(
    "rounds",
    [
        pytest.param(FEW, id="few"),
        pytest.param(MANY, id="many", marks=[pytest.mark.faults, pytest.mark.timeout(1200)]),
    ],
)
def test_no_link_is_lost_to_a_killed_process(tmp_path, rounds):
    with a_run("real", tmp_path / "real", rounds) as run:
        bad = count_lost(run, rounds)
    naive_rounds = max(rounds, 2 * FEW)
    with a_run("naive", tmp_path / "naive", naive_rounds) as run:
        baseline_bad = naively_lost(run, naive_rounds)
    record(
        Tally(
            what="kills (-9) amid redemptions that lost a link, a session or a row of audit",
            bad=bad,
            tried=rounds,
            baseline="redemption in two transactions",
            baseline_bad=baseline_bad,
            baseline_tried=naive_rounds,
        )
    )


@pytest.mark.parametrize(
    "rounds",
    [
        pytest.param(1, id="few"),
        pytest.param(15, id="many", marks=[pytest.mark.faults, pytest.mark.timeout(1200)]),
    ],
)
def test_a_killed_server_owes_nobody_a_session(tmp_path, rounds):
    """The whole server, over HTTP: whoever asked finds the session after the restart."""
    world, owed = World(tmp_path), []
    for _ in range(rounds):
        with jupyter_server(world, tmp_path / "files") as server:
            patient = Patient(server, tmp_path)
            for link, cookie in owed:
                collect(patient, link, cookie)
            owed = redeem_until_killed(patient)
    with jupyter_server(world, tmp_path / "files") as server:
        for link, cookie in owed:
            collect(Patient(server, tmp_path), link, cookie)


def redeem_until_killed(patient: Patient) -> list[tuple[Minted, str]]:
    """Redeem one link after the other while the server is killed; tell what was asked and got."""
    minted = [patient.mint(max_uses=1) for _ in range(15)]
    asked: list[tuple[Minted, str]] = []
    killer = threading.Timer(random.uniform(0.02, 0.25), patient.server.process.kill)  # noqa: S311  # any moment will do
    with patient.server.stranger() as client:
        client.get("nb-presign/redeem")
        killer.start()
        with suppress(httpx.HTTPError):
            for link in minted:
                asked.append((link, ""))
                answer = patient.redeem(link, client)
                assert answer.status_code == 200, answer.text
                asked[-1] = (link, cookie_of(client))
                client.cookies.clear()
    killer.join()
    patient.server.process.wait(10)
    return asked


def collect(patient: Patient, link: Minted, cookie: str) -> None:
    """Ask again with the same page: there is one session, and it is the one that was told of."""
    with patient.server.stranger() as client:
        answer = patient.redeem(link, client)
        assert answer.status_code == 200, answer.text
        assert cookie in {"", cookie_of(client)}
        assert client.get("api/status").status_code == 200
    assert patient.facts(link) == (1, 1, 1)


def cookie_of(client: httpx.Client) -> str:
    (value,) = [cookie.value for cookie in client.cookies.jar if "presign" in cookie.name]
    return value
