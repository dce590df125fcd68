"""A store in trouble: guests are kept out, the owner works on, and the event loop never waits."""

from __future__ import annotations

import statistics
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from faults import troubles
from faults.onlooker import LONGEST, looking_on
from faults.patient import BOUND, Patient, Visitor
from support.deaf_store import deaf
from support.servers import World, jupyter_server
from support.tally import Tally, record

HERE = Path(__file__).parent
LONG = pytest.mark.faults
#: Nobody can tell who is a guest any more.
SILENT = {
    "locked": troubles.locked,
    "header overwritten": troubles.overwritten_header,
    "deleted": troubles.deleted,
    "directory removed": troubles.directory_removed,
    "a directory in its place": troubles.not_a_file,
    "another store in its place": troubles.another_store,
}
#: The store can be read, and not be written.
UNWRITABLE = {
    "locked for writing": troubles.locked_for_writing,
    "full": troubles.full,
    "read-only": troubles.read_only,
}
#: SQLite reads what it has in memory until somebody writes, and notices nothing.
UNNOTICED = {
    "pages overwritten": troubles.overwritten_pages,
    "log truncated": troubles.truncated_log,
}
SHORT = {"deleted", "another store in its place", "full", "read-only", "pages overwritten"}


def cases(found):
    return [pytest.param(name, marks=[] if name in SHORT else LONG) for name in found]


def owner_noticed_nothing(before, meanwhile):
    """Compare what the owner waited with what they waited on the same server a moment ago."""
    for name, waits in meanwhile.items():
        assert waits, name
        # Who waits for the store waits for longer, and again and again.
        longest = max(2 * LONGEST, 3 * max(before[name]))
        assert max(waits) < longest, (name, max(waits), max(before[name]))
        usual = max(0.2, 5 * statistics.median(before[name]))
        assert statistics.median(waits) < usual, (name, statistics.median(waits))


def last_answer(visitor: Visitor, began: float, seconds: float) -> float:
    """Ask again and again; tell how long after the beginning the last good answer came."""
    last = 0.0
    while time.monotonic() - began < seconds:
        asked = time.monotonic()
        if visitor.status() == 200:
            last = asked - began
        time.sleep(0.05)
    return last


def waited_before(patient: Patient):
    with looking_on(patient.server, patient.kernel) as waits:
        time.sleep(0.5)
    return waits


@pytest.mark.parametrize("name", cases(SILENT))
def test_guests_are_out_while_nobody_can_tell_who_they_are(patient, name):
    guest, link = patient.let_in(), patient.mint(max_uses=1)
    line = patient.kernel.open(guest.headers)
    patient.kernel.mark(line, f"before-{name.replace(' ', '-')}")
    before = waited_before(patient)
    with looking_on(patient.server, patient.kernel) as meanwhile, SILENT[name](patient):
        began = time.monotonic()
        assert line.wait_for_hang_up(seconds=15) < BOUND
        assert last_answer(guest, began, 3) < BOUND
        answer = patient.redeem(link)
        # A store that knows of nothing knows of no link.
        assert answer.status_code == (404 if name.startswith("another") else 503), answer.text
        assert not answer.cookies
        assert guest.status("api/kernels") == 403
    owner_noticed_nothing(before, meanwhile)
    assert patient.facts(link) == (0, 0, 0)
    patient.come_back(guest)
    # The page that was refused asks again.
    assert patient.redeem(link).status_code == 200
    assert patient.facts(link) == (1, 1, 1)


@pytest.mark.parametrize("name", cases(UNWRITABLE))
def test_guests_stay_and_none_come_while_the_store_cannot_be_written(patient, name):
    guest, link = patient.let_in(), patient.mint(max_uses=1)
    line = patient.kernel.open(guest.headers)
    before = waited_before(patient)
    with looking_on(patient.server, patient.kernel) as meanwhile, UNWRITABLE[name](patient):
        answer = patient.redeem(link)
        assert answer.status_code == 503, answer.text
        assert not answer.cookies
        assert patient.facts(link) == (0, 0, 0)
        time.sleep(1)
        assert guest.status() == 200
        patient.kernel.mark(line, f"during-{name.replace(' ', '-')}")
        with patient.server.owner() as owner:
            # What is not written is not told to be done.
            refused = owner.delete(f"nb-presign/api/links/{link.id}")
            assert refused.status_code == 503, refused.text
    owner_noticed_nothing(before, meanwhile)
    assert patient.redeem(link).status_code == 200
    assert patient.facts(link) == (1, 1, 1)
    patient.come_back(guest)


@pytest.mark.parametrize("name", cases(UNNOTICED))
def test_damage_under_an_open_store_lets_nobody_in_who_may_not(patient, name):
    """Guests may stay until something is written; what was over before stays over."""
    guest, over, used = patient.let_in(), patient.let_in(), patient.mint(max_uses=1)
    fresh = patient.mint(max_uses=1)
    assert patient.redeem(used).status_code == 200
    with patient.server.owner() as owner:
        (session,) = [
            one
            for one in owner.get("nb-presign/api/sessions").json()
            if one["link_id"] == over.link.id
        ]
        assert owner.delete(f"nb-presign/api/sessions/{session['id']}").status_code < 300
    before = waited_before(patient)
    with looking_on(patient.server, patient.kernel) as meanwhile, UNNOTICED[name](patient):
        # With a page of its own, not the one that has its session already.
        again = patient.redeem(troubles.another_page(used))
        assert again.status_code in {410, 503}, again.text
        assert patient.redeem(fresh).status_code in {200, 503}
        for _ in range(5):
            assert guest.status() in {200, 403}
            assert over.status() == 403
            time.sleep(0.2)
    owner_noticed_nothing(before, meanwhile)
    patient.come_back(guest)
    assert over.status() == 403
    assert patient.facts(used) == (1, 1, 1)


def test_many_who_wait_for_the_store_keep_no_guest_out(patient):
    """Redemptions wait for whoever writes, for seconds; guests' requests only read."""
    guest, links = patient.let_in(), [patient.mint(max_uses=1) for _ in range(12)]
    line = patient.kernel.open(guest.headers)
    got = []
    waiting = [
        threading.Thread(target=lambda at=at: got.append(patient.redeem(at))) for at in links
    ]
    with troubles.locked_for_writing(patient):
        for each in waiting:
            each.start()
        time.sleep(2)
        for number in range(20):
            assert guest.status() == 200
            patient.kernel.mark(line, f"waiting-{number}")
    for each in waiting:
        each.join()
    assert {answer.status_code for answer in got} <= {200, 503}
    assert {patient.redeem(link).status_code for link in links} == {200}
    assert {patient.facts(link) for link in links} == {(1, 1, 1)}


@LONG
def test_no_guest_is_answered_while_nobody_can_tell_who_they_are(patient, tmp_path):
    bad = tried = 0
    for trouble in SILENT.values():
        guest = patient.let_in()
        with trouble(patient):
            time.sleep(BOUND)
            bad += sum(guest.status() == 200 for _ in range(20))
            tried += 20
        patient.come_back(guest)
    options = {
        "identity_provider_class": "naive_guests.NaiveGuests",
        "jpserver_extensions": {"nb_presign": False},
    }
    config, env = {"ServerApp": options}, {"PYTHONPATH": str(HERE.parent / "support")}
    with (
        jupyter_server(World(tmp_path), tmp_path / "files", config=config, env=env) as server,
        server.stranger(headers={"Cookie": "guest=1"}) as anybody,
    ):
        naively = sum(anybody.get("api/contents").status_code == 200 for _ in range(tried))
    record(
        Tally(
            what="guests' requests answered while the store could not tell who they are",
            bad=bad,
            tried=tried,
            baseline="a server that takes any cookie for a guest",
            baseline_bad=naively,
            baseline_tried=tried,
        )
    )


@LONG
def test_the_event_loop_waits_for_no_store(patient, tmp_path):
    """The naive way asks the store where it is asked about, and stops the server by it."""
    guest = patient.let_in()
    with looking_on(patient.server, None) as waits, deaf(patient.store):
        last_answer(guest, time.monotonic(), 8)
    naive = naive_waits(patient.store, tmp_path)
    record(
        Tally(
            what="requests that waited over a second while the store was locked",
            bad=slow(waits),
            tried=sum(map(len, waits.values())),
            baseline="a server that asks the store on its event loop",
            baseline_bad=slow(naive),
            baseline_tried=sum(map(len, naive.values())),
        )
    )


def naive_waits(store: Path, home: Path):
    """Ask as a guest of a naive server while its store is locked; tell what everybody waited."""
    options = {
        "identity_provider_class": "naive_lookup.AskingGuests",
        "jpserver_extensions": {"nb_presign": False},
    }
    env = {"PYTHONPATH": str(HERE), "NAIVE_STORE": str(store)}
    with (
        jupyter_server(
            World(home), home / "files", config={"ServerApp": options}, env=env
        ) as server,
        server.stranger(headers={"Cookie": "guest=ses_any"}) as guest,
        looking_on(server, None) as waits,
        deaf(store),
        suppress(Exception),
    ):
        began = time.monotonic()
        while time.monotonic() - began < 8:
            guest.get("api/contents")
    return waits


def slow(waits) -> int:
    return sum(wait > LONGEST for many in waits.values() for wait in many)
