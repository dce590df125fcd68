"""Two servers on one PostgreSQL: what one mints and revokes holds at the other, also amid faults.

Whatever happens to the database: no link is used twice, nothing that was acknowledged is lost,
guests are out within the bound, owners notice nothing, and with the database all come back.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import psycopg
import pytest
from faults.naive_shared import half_done, redeeming_naively
from faults.onlooker import LONGEST, looking_on
from faults.patient import BOUND, Minted, Patient
from faults.redeemers import a_signer
from faults.test_store import last_answer, owner_noticed_nothing, slow, waited_before
from sqlalchemy import insert
from support.database_troubles import TROUBLES, Shared
from support.kinds import TerminalKind
from support.postgres import Cluster, a_cluster
from support.servers import RunningServer, World, jupyter_server
from support.tally import Tally, record
from support.values import a_link
from support.wire import Wire

from nb_presign.clock import SystemClock
from nb_presign.store.rows import write_link
from nb_presign.store.schema import links
from nb_presign.store.sql import SqlStore

#: Seconds after which all is well again once the database is back.
RECOVERY = 2.0
#: Of PostgreSQL, in the long form.
CRASHES = 20
#: Uses, sessions, and rows of audit about its redemption, of one link.
FACTS = """SELECT (SELECT uses FROM links WHERE id = %(id)s),
    (SELECT count(*) FROM sessions WHERE link_id = %(id)s),
    (SELECT count(*) FROM audit WHERE link_id = %(id)s AND event = 'link.redeemed')"""
LONG = [pytest.mark.faults, pytest.mark.timeout(1200)]


@dataclass
class SharedPatient(Patient):
    """One of two servers, B: its way to the database is a wire; the other one's, A's, is not."""

    cluster: Cluster = field(kw_only=True)
    wire: Wire = field(kw_only=True)
    other: RunningServer = field(kw_only=True)

    @property
    def shared(self) -> Shared:
        return Shared(self.cluster, self.wire)

    def ask(self, question: str, *values: object) -> int:
        with self.cluster.connect("shared") as connection:
            return connection.execute(question, values).fetchone()[0]

    def facts(self, link: Minted) -> tuple[int, int, int]:
        return self.facts_of([link])[0]

    def facts_of(self, links: Sequence[Minted]) -> list[tuple[int, int, int]]:
        """Tell the same of many, on one connection."""
        with self.cluster.connect("shared") as connection:
            return [connection.execute(FACTS, {"id": link.id}).fetchone() for link in links]

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


#: What of these takes little time; the others are left to the long form.
SHORT = {"killed", "connections forgotten"}


def test_kernels_and_terminals_are_not_given_the_databases_password(patient, tmp_path):
    line, found = patient.kernel.owner(), tmp_path / "found"
    line.execute(
        "import os; from pathlib import Path; shell = os.popen('echo $PGPASSWORD').read()\n"
        f"Path({str(found)!r}).write_text(f'{{os.environ.get(\"PGPASSWORD\")}} {{shell}}.')"
    )
    until(lambda: found.exists() and found.read_text().endswith("."))
    assert found.read_text() == "None \n."
    terminal = TerminalKind(patient.server, patient.home)
    terminal.prepare()
    try:
        line = terminal.owner()
        terminal.mark(line, "before")
        line.socket.send(json.dumps(["stdin", f'echo "[$PGPASSWORD]" > {found}\r']))
        until(lambda: "[" in found.read_text())
        assert found.read_text() == "[]\n"
    finally:
        terminal.clean()


def until(good: Callable[[], bool], *, seconds: float = 30) -> float:
    """Ask again and again; tell when the answer was good."""
    deadline = time.monotonic() + seconds
    while not good():
        assert time.monotonic() < deadline
    return time.monotonic()


def cases():
    for name in TROUBLES:
        yield pytest.param(name, 3, id=name, marks=[] if name in SHORT else LONG)
        yield pytest.param(name, 30, id=f"{name}, for long", marks=LONG)


@pytest.mark.parametrize(("name", "seconds"), list(cases()))
def test_guests_are_out_while_the_database_is_and_come_back_with_it(patient, name, seconds):
    guest, link = patient.let_in(), patient.mint(max_uses=1)
    line = patient.kernel.open(guest.headers)
    patient.kernel.mark(line, f"before-{name.replace(' ', '-')}-{seconds}")
    before = waited_before(patient)
    with looking_on(patient.server, patient.kernel) as meanwhile, ThreadPoolExecutor() as threads:
        with TROUBLES[name](patient.shared):
            began = time.monotonic()
            redeeming = threads.submit(patient.redeem, link)
            assert line.wait_for_hang_up(seconds=15) < BOUND
            assert last_answer(guest, began, seconds) < BOUND
            assert guest.status("api/kernels") == 403
        back = time.monotonic()
        took = until(lambda: guest.status() == 200) - back
        answer = redeeming.result(20)
        assert answer.status_code in (200, 503), answer.text
        asked = time.monotonic()
        took_redeeming = until(lambda: patient.redeem(link).status_code == 200) - asked
    owner_noticed_nothing(before, meanwhile)
    # To see it takes a request, and those take what they take on this machine now.
    slowest = max(max(waits) for waits in (*before.values(), *meanwhile.values()))
    print(f"{name}: in after {took:.2f} s, redeemed in {took_redeeming:.2f} s; {slowest:.2f} s")  # noqa: T201
    assert took < RECOVERY + 2 * slowest
    assert took_redeeming < RECOVERY + 2 * slowest
    assert patient.facts(link) == (1, 1, 1)
    patient.come_back(guest)


def test_a_crash_amid_redemptions_uses_no_link_twice_and_loses_none(patient):
    """Pages ask until they have an answer, as people do who click again."""
    assert not crash_amid_redemptions(patient)


@pytest.mark.faults
@pytest.mark.timeout(1200)
def test_crashes_amid_redemptions_lose_nothing(patient):
    dsn = psycopg_url(patient)
    bad = naively = 0
    for _ in range(CRASHES):
        with redeeming_naively(dsn, threads=4):
            bad += bool(crash_amid_redemptions(patient))
        naively += half_done(dsn) > 0
    record(
        Tally(
            what="crashes of PostgreSQL amid redemptions that lost a link, a session or a row of "
            "audit",
            bad=bad,
            tried=CRASHES,
            baseline="redemption in two transactions, amid the same crashes",
            baseline_bad=naively,
            baseline_tried=CRASHES,
        )
    )


def crash_amid_redemptions(patient: SharedPatient) -> list[str]:
    """Kill PostgreSQL while links are redeemed, start it again, and say what is wrong then."""
    made = patient.mint_many(40)
    answered: dict[str, int] = {}

    def redeem(link: Minted) -> None:
        with suppress(httpx.HTTPError):
            if patient.redeem(link).status_code == 200:
                answered[link.id] = answered.get(link.id, 0) + 1

    with ThreadPoolExecutor(6) as threads:
        done = [threads.submit(redeem, link) for link in made]
        until(lambda: len(answered) >= 10)
        patient.cluster.kill()
        patient.cluster.start()
        for each in done:
            each.result(60)
    wrong = []
    for link, (uses, sessions, rows) in zip(made, patient.facts_of(made), strict=True):
        if not uses == sessions == rows <= 1 or (link.id in answered and not uses):
            wrong.append(f"{link.id}: {uses} uses, {sessions} sessions, {rows} rows")
    # Who got no answer asks again; a page of another's finds the link used.
    for link in made[-3:]:
        until(lambda link=link: patient.redeem(link).status_code == 200)
        assert patient.redeem(replace(link, nonce="B" * 22)).status_code == 410
        assert patient.facts(link) == (1, 1, 1)
    return wrong


@pytest.fixture
def naive(patient, tmp_path) -> Iterator[RunningServer]:
    """A server that asks the same database in the naive way."""
    options = {
        "identity_provider_class": "naive_shared.RememberingGuests",
        "jpserver_extensions": {"nb_presign": False},
    }
    env = {"PYTHONPATH": str(Path(__file__).parent), "NAIVE_DSN": psycopg_url(patient)}
    config = {"ServerApp": options}
    with jupyter_server(World(tmp_path), tmp_path / "files", config=config, env=env) as server:
        yield server


def psycopg_url(patient: SharedPatient) -> str:
    return patient.cluster.url("shared", usual=True).replace("+psycopg", "")


def cookie_of_a_session(patient: SharedPatient) -> dict[str, str]:
    """Write what a guest of the naive server sends."""
    session = patient.ask("SELECT id FROM sessions LIMIT 1")
    return {"Cookie": f"guest={session}"}


@pytest.mark.faults
@pytest.mark.timeout(1200)
def test_no_guest_is_answered_while_nobody_can_ask_the_database(patient, naive):
    bad = naively = tried = 0
    guest = patient.let_in()
    with naive.stranger(headers=cookie_of_a_session(patient)) as anybody:
        assert anybody.get("api/contents").status_code == 200
        for trouble in TROUBLES.values():
            with trouble(patient.shared):
                began = time.monotonic()
                assert last_answer(guest, began, BOUND) < BOUND
                bad += sum(guest.status() == 200 for _ in range(20))
                naively += sum(anybody.get("api/contents").status_code == 200 for _ in range(20))
                tried += 20
            patient.come_back(guest)
    record(
        Tally(
            what="guests' requests answered while the database could not be asked",
            bad=bad,
            tried=tried,
            baseline="a server that asks once for each guest",
            baseline_bad=naively,
            baseline_tried=tried,
        )
    )


@pytest.mark.faults
@pytest.mark.timeout(1200)
def test_the_event_loop_waits_for_no_database(patient, naive):
    guest = patient.let_in()
    with looking_on(patient.server, None) as waits, TROUBLES["paused"](patient.shared):
        last_answer(guest, time.monotonic(), 8)
    with (
        ThreadPoolExecutor() as threads,
        naive.stranger(headers=cookie_of_a_session(patient)) as anybody,
        looking_on(naive, None) as naive_waits,
    ):
        with TROUBLES["paused"](patient.shared):
            asking = threads.submit(anybody.get, "api/contents")
            wait([asking], 8)
        asking.result(30)
    record(
        Tally(
            what="requests that waited over a second while PostgreSQL stood still",
            bad=slow(waits),
            tried=sum(map(len, waits.values())),
            baseline="a server that asks it on its event loop",
            baseline_bad=slow(naive_waits),
            baseline_tried=sum(map(len, naive_waits.values())),
        )
    )


def test_a_database_that_takes_no_more_connections_lets_nobody_in_and_owners_work(patient):
    guest, link = patient.let_in(), patient.mint(max_uses=1)
    with ExitStack() as stack:
        use_up_connections(patient, stack)
        began = time.monotonic()
        assert last_answer(guest, began, 2) < BOUND
        answer = patient.redeem(link)
        assert answer.status_code == 503, answer.text
        assert "max_connections" in answer.json()["hint"]
        with patient.server.owner() as owner:
            asked = time.monotonic()
            assert owner.get("api/contents").status_code == 200
            assert time.monotonic() - asked < LONGEST
    until(lambda: guest.status() == 200)
    assert patient.redeem(link).status_code == 200
    assert patient.facts(link) == (1, 1, 1)


def use_up_connections(patient: SharedPatient, stack: ExitStack) -> None:
    """Take all that PostgreSQL gives, those of the servers too."""
    admin = stack.enter_context(patient.cluster.connect("shared"))
    mine = "FROM pg_stat_activity WHERE application_name = 'nb_presign'"
    deadline = time.monotonic() + 30
    while True:
        assert time.monotonic() < deadline
        admin.execute(f"SELECT pg_terminate_backend(pid) {mine}")
        with suppress(psycopg.OperationalError):
            while True:
                stack.callback(patient.cluster.connect("shared").close)
        # The servers connect again wherever there is room: there was some as theirs were ended.
        if admin.execute(f"SELECT count(*) {mine}").fetchone() == (0,):
            return
