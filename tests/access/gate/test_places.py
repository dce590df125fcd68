"""Where things are, asked of managers that stand for the live server's."""

from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace

import pytest
from jupyter_server.services.kernels.kernelmanager import (
    AsyncMappingKernelManager,
    ServerKernelManager,
)
from support.gates import KERNEL, OWN, PUB, ROOM, RUNNING, SESSION
from support.guests import a_session
from tornado.web import HTTPError
from traitlets import TraitError

from nb_presign.access.gate.gate import Gate, Live
from nb_presign.access.gate.places import Places, UnknownPlaceError
from nb_presign.model import Scope

FORK = "f" * 32
FILE = ROOM.rpartition(":")[2]


class Managers:
    """A session manager and a file id manager, synchronous or not, and what they were asked."""

    def __init__(self, *, answers_later=False):
        self.asked = []
        self._later = answers_later

    def list_sessions(self):
        self.asked.append("sessions")
        models = [
            {"id": each.id, "path": each.path, "kernel": {"id": each.kernel_id}} for each in RUNNING
        ]
        return self._answer([*models, {"id": "x", "path": "y", "kernel": None}])

    def list_kernels(self):
        self.asked.append("kernels")
        return self._answer([{"id": KERNEL}])

    def get_path(self, file_id):
        self.asked.append(file_id)
        return self._answer({FILE: "pub/own.ipynb"}.get(file_id))

    def _answer(self, found):
        async def later():
            return found

        return later() if self._later else found


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def managers(request):
    return Managers(answers_later=request.param)


def look_up(managers, path, *, method="GET", narrowing=None, scope=Scope.FULL, arguments=None):
    names = ("session_manager", "kernel_manager", "file_id_manager")
    settings = dict.fromkeys(names, managers)
    match = Gate("/", lambda: "").find(method, f"/{path}")
    session = a_session(scope=scope, narrowing=narrowing)
    return asyncio.run(Places(settings).look_up(session, match, arguments or {}))


def test_a_whole_server_costs_no_question(managers):
    for path in ("lab", "api/contents/x", "api/kernels", f"api/kernels/{KERNEL}/channels"):
        assert look_up(managers, path) == Live()
    assert managers.asked == []


def test_nor_does_what_the_scope_may_not(managers):
    assert look_up(managers, ROOM, scope=Scope.READ) == Live()
    assert look_up(managers, "api/terminals", narrowing=PUB) == Live()
    assert look_up(managers, "login", narrowing=OWN) == Live()
    assert managers.asked == []


def test_what_runs_is_asked_once_for_a_narrowed_request(managers):
    live = look_up(managers, f"api/kernels/{KERNEL}", narrowing=PUB)
    assert live.running[:-1] == RUNNING
    assert (live.running[-1].path, live.running[-1].kernel_id) == ("y", "")
    assert managers.asked == ["sessions"]


def test_an_open_notebook_is_looked_for_at_every_request(managers):
    assert look_up(managers, "api/contents/x", narrowing=OWN).running[0].id == SESSION
    assert look_up(managers, "api/contents/x", narrowing=PUB) == Live()


def test_who_starts_or_ends_kernels_is_told_apart_from_others(managers):
    for method, path in (("POST", "api/sessions"), ("DELETE", f"api/kernels/{KERNEL}")):
        live = look_up(managers, path, method=method)
        assert live.running[:-1] == RUNNING
        assert (live.kernels, live.started) == ({KERNEL}, frozenset())
        assert live.file == ""
    assert look_up(managers, "api/kernels", method="POST").kernels == {KERNEL}


def test_a_kernel_that_is_just_being_started_keeps_no_guest_out(managers):
    kernels = AsyncMappingKernelManager()
    # As between jupyter_client's `_add_kernel_when_ready` and what the server notes of it after.
    kernels._kernels[KERNEL] = ServerKernelManager(parent=kernels)
    with pytest.raises(TraitError, match="last_activity"):
        kernels.list_kernels()
    places = Places({"session_manager": managers, "kernel_manager": kernels})
    match = Gate("/", lambda: "").find("POST", "/api/sessions")
    live = asyncio.run(places.look_up(a_session(scope=Scope.EXECUTE), match, {}))
    assert live.kernels == {KERNEL}


def test_what_a_guest_has_started_is_told(managers):
    places = Places(dict.fromkeys(("session_manager", "kernel_manager"), managers))
    session = a_session(scope=Scope.EXECUTE)
    places.started._by_session[session.id] = {KERNEL}
    match = Gate("/", lambda: "").find("DELETE", f"/api/kernels/{KERNEL}")
    for guest, expected in ((session, {KERNEL}), (a_session(scope=Scope.EXECUTE), set())):
        assert asyncio.run(places.look_up(guest, match, {})).started == expected


def note(places, session, kernel_id):
    """Let a guest's request for a kernel be answered."""
    handler = SimpleNamespace(get_status=lambda: 201, finish=lambda chunk: chunk)
    places.started.watch(handler, session, frozenset())
    handler.finish({"id": kernel_id})


def test_kernels_that_are_gone_are_not_remembered_for_ever(managers):
    places = Places(dict.fromkeys(("session_manager", "kernel_manager"), managers))
    match = Gate("/", lambda: "").find("POST", "/api/kernels")
    mine, others = a_session(scope=Scope.EXECUTE), a_session(scope=Scope.EXECUTE)
    note(places, others, KERNEL)
    for number in range(50):
        live = asyncio.run(places.look_up(mine, match, {}))
        assert live.started == places.started.of(mine) == set()
        assert places.started.all() == {KERNEL}
        note(places, mine, f"gone-{number}")
    assert places.started.of(others) == {KERNEL}


def test_one_that_starts_while_the_manager_answers_is_remembered():
    class Slow(Managers):
        def list_kernels(self):
            found = super().list_kernels()
            note(places, mine, "new")
            return found

    places = Places(dict.fromkeys(("session_manager", "kernel_manager"), Slow(answers_later=True)))
    match = Gate("/", lambda: "").find("POST", "/api/kernels")
    mine = a_session(scope=Scope.EXECUTE)
    note(places, mine, "gone")
    assert asyncio.run(places.look_up(mine, match, {})).started == {"new"}


def test_documents_are_found_by_their_ids(managers):
    assert look_up(managers, ROOM).file == "pub/own.ipynb"
    assert look_up(managers, ROOM.replace(FILE, "other")).file == ""
    for values, expected in (([FILE.encode()], "pub/own.ipynb"), ([FILE.encode()] * 2, "")):
        assert look_up(managers, "api/fileid/path", arguments={"id": values}).file == expected
    managers.asked.clear()
    for values in ([], [b""], [b"\xff"], [FILE.encode()] * 2):
        assert look_up(managers, "api/fileid/path", arguments={"id": values}).file == ""
    assert managers.asked == []


def test_forks_belong_to_their_documents(managers, monkeypatch):
    path = f"api/collaboration/room/{FORK}"
    assert look_up(managers, path).file == ""
    known = {
        FORK: {"root_roomid": f"json:notebook:{FILE}"},
        "e" * 32: {"root_roomid": "odd"},
        "d" * 32: {},
        "c" * 32: {"root_roomid": "json:file:a:b:c"},
    }
    module = SimpleNamespace(FORK_ROOMS=known)
    monkeypatch.setitem(sys.modules, "jupyter_server_ydoc.handlers", module)
    assert look_up(managers, path).file == "pub/own.ipynb"
    managers.asked.clear()
    for odd in "ed":
        assert look_up(managers, path.replace("f" * 32, odd * 32)).file == ""
    assert managers.asked == []
    look_up(managers, path.replace("f" * 32, "c" * 32))
    assert managers.asked == ["a:b:c"]


def test_an_error_of_a_manager_is_no_answer_to_a_guest(managers, monkeypatch):
    def fail():
        raise HTTPError(404, "the owner's kernel")

    monkeypatch.setattr(managers, "list_sessions", fail)
    with pytest.raises(UnknownPlaceError):
        look_up(managers, f"api/kernels/{KERNEL}", narrowing=PUB)


def test_a_server_without_file_ids_knows_no_documents():
    match = Gate("/", lambda: "").find("GET", f"/{ROOM}")
    session = a_session(scope=Scope.FULL)
    assert asyncio.run(Places({}).look_up(session, match, {})) == Live()
