"""Two servers on one PostgreSQL: what one mints and revokes holds at the other, also amid faults.

Whatever happens to the database: no link is used twice, nothing that was acknowledged is lost,
guests are out within the bound, owners notice nothing, and with the database all come back.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace

import httpx
import psycopg
import pytest
from faults.onlooker import LONGEST, looking_on
from faults.patient import BOUND, Minted, Patient
from faults.redeemers import a_signer
from faults.test_store import last_answer, owner_noticed_nothing, waited_before
from sqlalchemy import insert
from support.postgres import Cluster, a_cluster
from support.servers import RunningServer, World, jupyter_server
from support.values import a_link
from support.wire import Wire

from nb_presign.clock import SystemClock
from nb_presign.store.rows import write_link
from nb_presign.store.schema import links
from nb_presign.store.sql import SqlStore

#: Seconds after which all is well again once the database is back.
RECOVERY = 2.0
#: What it takes to see that: a request, on a busy machine.
SEEING = 1.0
LONG = [pytest.mark.faults, pytest.mark.timeout(1200)]


@dataclass
class SharedPatient(Patient):
    """One of two servers, B: its way to the database is a wire; the other one's, A's, is not."""

    cluster: Cluster = field(kw_only=True)
    wire: Wire = field(kw_only=True)
    other: RunningServer = field(kw_only=True)

    def ask(self, question: str, *values: object) -> int:
        with self.cluster.connect("shared") as connection:
            return connection.execute(question, values).fetchone()[0]

    def facts(self, link: Minted) -> tuple[int, int, int]:
        return (
            self.ask("SELECT uses FROM links WHERE id = %s", link.id),
            self.ask("SELECT count(*) FROM sessions WHERE link_id = %s", link.id),
            self.ask(
                "SELECT count(*) FROM audit WHERE link_id = %s AND event = 'link.redeemed'", link.id
            ),
        )

    def mint_many(self, number: int) -> list[Minted]:
        """Mint links for one use each, quicker than over HTTP."""
        first = self.mint(max_uses=1)
        store = SqlStore(self.cluster.url("shared"), SystemClock())
        audience = store.link(first.id).audience
        made = [replace(a_link(store.now(), max_uses=1, audience=audience)) for _ in range(number)]
        with store._database.writing() as tx:
            tx.execute(insert(links), [write_link(link) for link in made])
        store.close()
        signer = a_signer(self.directory)
        return [Minted(link.id, signer.sign(link).reveal()) for link in made]


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedPatient]:
    home = tmp_path_factory.mktemp("shared")
    world = World(home)
    with ExitStack() as stack:
        cluster = stack.enter_context(a_cluster(settings=()))
        with cluster.connect() as admin:
            admin.execute("CREATE DATABASE shared")
        wire = Wire(cluster.port)
        stack.callback(wire.close)
        # Jupyter writes its configuration into its log: passwords have a place of their own.
        straight = cluster.url("shared", usual=True).replace(f":{cluster.password}@", "@")
        password = {"PGPASSWORD": cluster.password}
        urls = {"a": straight, "b": straight.replace(f":{cluster.port}/", f":{wire.port}/")}
        a, b = (
            stack.enter_context(
                jupyter_server(
                    world,
                    home / name,
                    config={"NbPresign": {"server_name": name, "store_url": url}},
                    env=password,
                )
            )
            for name, url in urls.items()
        )
        found = SharedPatient(b, home, cluster=cluster, wire=wire, other=a)
        found.kernel.prepare()
        yield found
        found.close()


def test_a_link_minted_here_opens_there_until_it_is_revoked_here(patient):
    with patient.other.owner() as owner:
        answer = owner.post("nb-presign/api/links", json={"target": "jupyter:b", "scope": "full"})
        assert answer.status_code == 201, answer.text
        link = Minted(answer.json()["id"], answer.json()["url"].partition("#")[2])
        assert answer.json()["url"].startswith(patient.server.url)

        here = replace(patient, server=patient.other)
        assert here.redeem(link).status_code == 404
        with patient.server.stranger() as guest:
            assert patient.redeem(link, guest).status_code == 200
            assert guest.get("api/contents").status_code == 200
            pairs = "; ".join(f"{c.name}={c.value}" for c in guest.cookies.jar)
            line = patient.kernel.open({"Cookie": pairs})
            patient.kernel.mark(line, "shared")
            assert [s["link_id"] for s in owner.get("nb-presign/api/sessions").json()] == []

            began = time.monotonic()
            assert owner.delete(f"nb-presign/api/links/{link.id}").is_success
            while guest.get("api/contents").status_code == 200:
                assert time.monotonic() - began < 1
            assert line.wait_for_hang_up(seconds=5) < 1
        assert patient.redeem(replace(link, nonce="A" * 22)).status_code == 410
    for server in (patient.server, patient.other):
        assert patient.cluster.password not in server.logged()


# What can happen to a database


@contextmanager
def killed(patient: SharedPatient) -> Iterator[None]:
    """Kill all of PostgreSQL's processes, and start it again."""
    patient.cluster.kill()
    try:
        yield
    finally:
        patient.cluster.start()


@contextmanager
def paused(patient: SharedPatient) -> Iterator[None]:
    """Let none of its processes run; TCP goes on to take what is sent."""
    patient.cluster.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        patient.cluster.signal(signal.SIGCONT)


@contextmanager
def packets_lost(patient: SharedPatient) -> Iterator[None]:
    """Let nothing through between it and the server."""
    patient.wire.lose()
    try:
        yield
    finally:
        patient.wire.mend()


@contextmanager
def connections_forgotten(patient: SharedPatient) -> Iterator[None]:
    """Let nothing through, and then nothing of what was connected before."""
    patient.wire.lose()
    try:
        yield
    finally:
        patient.wire.forget()
        patient.wire.mend()


FAULTS = {
    "killed": killed,
    "paused": paused,
    "packets lost": packets_lost,
    "connections forgotten": connections_forgotten,
}
SHORT = {"killed", "connections forgotten"}


def cases():
    for name in FAULTS:
        yield pytest.param(name, 3, id=name, marks=[] if name in SHORT else LONG)
        yield pytest.param(name, 30, id=f"{name}, for long", marks=LONG)


@pytest.mark.parametrize(("name", "seconds"), list(cases()))
def test_guests_are_out_while_the_database_is_and_come_back_with_it(patient, name, seconds):
    guest, link = patient.let_in(), patient.mint(max_uses=1)
    line = patient.kernel.open(guest.headers)
    patient.kernel.mark(line, f"before-{name.replace(' ', '-')}-{seconds}")
    before = waited_before(patient)
    with looking_on(patient.server, patient.kernel) as meanwhile, ThreadPoolExecutor() as threads:
        with FAULTS[name](patient):
            began = time.monotonic()
            redeeming = threads.submit(patient.redeem, link)
            assert line.wait_for_hang_up(seconds=15) < BOUND
            assert last_answer(guest, began, seconds) < BOUND
            assert guest.status("api/kernels") == 403
        back = time.monotonic()
        while guest.status() != 200:
            assert time.monotonic() - back < RECOVERY + SEEING
        answer = redeeming.result(20)
        assert answer.status_code in (200, 503), answer.text
        again = patient.redeem(link)
        assert again.status_code == 200, again.text
        assert time.monotonic() - back < RECOVERY + 2 * SEEING
    owner_noticed_nothing(before, meanwhile)
    assert patient.facts(link) == (1, 1, 1)
    patient.come_back(guest)


@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=LONG)])
def test_a_crash_amid_redemptions_uses_no_link_twice_and_loses_none(patient, rounds):
    """Pages ask until they have an answer, as people do who click again."""
    for _ in range(rounds):
        made = patient.mint_many(60)
        answered: dict[str, int] = {}

        def redeem(link: Minted, answered: dict[str, int] = answered) -> None:
            with suppress(httpx.HTTPError):
                if patient.redeem(link).status_code == 200:
                    answered[link.id] = answered.get(link.id, 0) + 1

        with ThreadPoolExecutor(6) as threads:
            done = [threads.submit(redeem, link) for link in made]
            while len(answered) < 10:
                time.sleep(0.005)
            patient.cluster.kill()
            acknowledged = set(answered)
            patient.cluster.start()
            for each in done:
                each.result(60)
        for link in made:
            uses, sessions, rows = patient.facts(link)
            assert uses == sessions == rows <= 1
            assert uses or link.id not in answered
        assert acknowledged
        # Who got no answer asks again; a page of another's finds the link used.
        for link in made[-3:]:
            assert patient.redeem(link).status_code == 200
            assert patient.redeem(replace(link, nonce="B" * 22)).status_code == 410
            assert patient.facts(link) == (1, 1, 1)


def test_a_database_that_takes_no_more_connections_lets_nobody_in_and_owners_work(patient):
    guest, link = patient.let_in(), patient.mint(max_uses=1)
    with patient.cluster.connect("shared") as admin:
        most = int(admin.execute("SHOW max_connections").fetchone()[0])
        with ExitStack() as stack:
            with suppress(psycopg.OperationalError):
                for _ in range(most):
                    taken = patient.cluster.connect("shared")
                    stack.callback(taken.close)
            # Those that the servers keep go to others.
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'nb_presign'"
            )
            with suppress(psycopg.OperationalError):
                for _ in range(most):
                    taken = patient.cluster.connect("shared")
                    stack.callback(taken.close)
            began = time.monotonic()
            assert last_answer(guest, began, 2) < BOUND
            answer = patient.redeem(link)
            assert answer.status_code == 503, answer.text
            assert "max_connections" in answer.json()["hint"]
            with patient.server.owner() as owner:
                asked = time.monotonic()
                assert owner.get("api/contents").status_code == 200
                assert time.monotonic() - asked < LONGEST
        back = time.monotonic()
        while guest.status() != 200:
            assert time.monotonic() - back < RECOVERY + SEEING
    assert patient.redeem(link).status_code == 200
    assert patient.facts(link) == (1, 1, 1)
