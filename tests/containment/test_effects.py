"""Effects, not status codes: what each guest's requests change, on a server with everything."""

from __future__ import annotations

import json

import pytest
from containment.cases import GUESTS, READS, SHUTDOWN, WRITES, Case
from containment.stage import Stage, changed, settled
from support.host import Host
from support.raw import UPGRADE, Answer
from support.servers import World, jupyter_server
from support.tally import Tally, record

from nb_presign.model import Scope

#: What may change beside what a request is for: file ids follow files, saved notebooks are signed.
BESIDE = {"files": {"file ids", "signatures"}, "sessions": {"processes"}}
#: Writes of front ends that are answered as done for guests who may not.
ABSORBED = ("/lab/api/settings/", "/lab/api/workspaces/", "/api/me", "/api/config/")
#: What a snapshot has of kernels.
KERNELS = {"kernels", "sessions", "processes"}
#: Of nb_presign itself, so that a server without it has nothing to compare.
OWN = "/nb-presign/"
#: Asks nobody who they are: what is not signed is refused in its own way.
AWS = OWN + "aws"


def ask(stage: Stage, case: Case, cookie: str) -> Answer:
    path, body = case.filled(stage.names)
    headers = UPGRADE if case.socket else {"Content-Type": "application/json"}
    return stage.send(case.method, path, cookie, body=body, headers=headers)


def refused_to(name: str) -> list[Case]:
    return [case for case in (*WRITES, SHUTDOWN) if name not in case.who]


def least(case: Case) -> str:
    """Name the most limited guest whom a request is open to."""
    return next(n for n in ("execute pub", "full pub", "execute", "full") if n in case.who)


def effect(stage: Stage, case: Case, cookie: str, *, seconds: float) -> set[str]:
    """Send one request and tell what it has changed."""
    before = stage.snapshot()
    ask(stage, case, cookie)
    return changed(before, settled(stage, before, seconds=seconds))


def effects(stage: Stage, cases: list[Case], cookie: str) -> dict[str, set[str]]:
    """Tell which of these requests change something; one look suffices where none does."""
    before = stage.snapshot()
    for case in cases:
        ask(stage, case, cookie)
    if not changed(before, settled(stage, before, seconds=0.3)):
        return {}
    found = {}
    for case in cases:
        stage.reset()
        if parts := effect(stage, case, cookie, seconds=0.3):
            found[str(case)] = parts
    return found or {"all of them together": changed(before, stage.snapshot())}


@pytest.mark.parametrize("name", GUESTS)
def test_what_is_refused_is_said_so(stage, cookies, name):
    stage.reset()
    accepted = {}
    for case in refused_to(name):
        status = ask(stage, case, cookies[name]).status
        absorbed = case.path.startswith(ABSORBED) and status in {200, 204}
        # AWS's way of refusing, by a handler that knows keys and no guests.
        unsigned = case.path == AWS and status == 404
        # 401: our own REST says it this way. 302: it sends people who are not signed in to log in.
        if not absorbed and not unsigned and status not in {302, 401, 403}:
            accepted[str(case)] = status
    assert accepted == {}


@pytest.mark.parametrize("name", GUESTS)
def test_what_is_allowed_has_its_effect_and_no_other(stage, cookies, name):
    wrong, found = {}, None
    for case in WRITES:
        if name not in case.who or case.only_refused:
            continue
        if case.changes & KERNELS and name not in {least(case), "execute notebook"}:
            # Kernels take their time; what the least of guests may start, the next may.
            continue
        stage.reset(found)
        before = stage.snapshot()
        answer = ask(stage, case, cookies[name])
        found = changed(before, settled(stage, before, seconds=10, parts=case.changes))
        allowed = case.changes.union(*(BESIDE.get(part, set()) for part in case.changes))
        if not case.changes <= found <= allowed:
            wrong[str(case)] = (answer.status, sorted(found), answer.body[:200])
    assert wrong == {}


@pytest.mark.parametrize("name", ["execute", "execute pub"])
def test_who_executes_ends_what_they_have_started(stage, cookies, name):
    stage.reset()
    before = stage.snapshot()
    notebook = {"path": "pub/new.ipynb", "name": "new.ipynb", "type": "notebook"}
    body = json.dumps({**notebook, "kernel": {"name": "python3"}}).encode()
    answer = stage.send("POST", "/api/sessions", cookies[name], body=body)
    assert answer.status == 201
    started = json.loads(answer.body)["id"]
    parts = {"sessions", "kernels", "processes"}
    assert changed(before, settled(stage, before, seconds=10, parts=parts)) == parts
    assert stage.send("DELETE", f"/api/sessions/{started}", cookies[name]).status == 204
    assert stage.owner.get(f"api/sessions/{started}").status_code == 404
    assert len(stage.owner.get("api/kernels").json()) == len(before["kernels"])


def test_reading_changes_nothing(stage, cookies):
    stage.reset()
    assert {name: effects(stage, list(READS), cookies[name]) for name in GUESTS} == {
        name: {} for name in GUESTS
    }


def test_nothing_that_is_refused_has_an_effect_and_without_the_gate_it_has(
    stage, cookies, unguarded
):
    stage.reset()
    found = {name: effects(stage, refused_to(name), cookies[name]) for name in GUESTS}
    trials = [
        case
        for name in GUESTS
        for case in refused_to(name)
        if not case.path.startswith(OWN) and not case.only_refused
    ]
    without, parts = {}, None
    # Which of them ends the server comes last.
    for case in sorted(dict.fromkeys(trials), key=lambda case: case == SHUTDOWN):
        unguarded.reset(parts)
        parts = effect(unguarded, case, "guest=1", seconds=5)
        without[case] = bool(parts)
    assert found == {name: {} for name in GUESTS}
    missing = [str(case) for case, had in without.items() if not had]
    record(
        Tally(
            what="requests of guests that the table refuses and that had an effect",
            bad=sum(map(len, found.values())),
            tried=len(trials),
            baseline="a server that takes any cookie for a user",
            baseline_bad=sum(without[case] for case in trials),
            baseline_tried=len(trials),
        )
    )
    # Whatever changes nothing there either would prove nothing here.
    assert missing == []


def test_no_other_guest_stops_the_server(stage, cookies):
    for name in GUESTS:
        if name not in SHUTDOWN.who:
            assert ask(stage, SHUTDOWN, cookies[name]).status == 403
            assert stage.owner.get("api").is_success


def test_an_unlimited_guest_stops_the_server(tmp_path):
    world = World(tmp_path)
    with jupyter_server(world, tmp_path / "files") as server:
        host = Host.of(server, tmp_path)
        guest = host.guest(Scope.FULL)
        assert guest.request("POST", "api/shutdown").status_code == 200
        assert server.process.wait(60) == 0
        guest.client.close()
        host.store.close()
