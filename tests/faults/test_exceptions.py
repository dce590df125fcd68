"""Bugs on purpose in what judges guests: they get nothing, and the owner notices nothing."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import websocket
from faults.patient import BOUND, Patient
from support.servers import World, free_port, jupyter_server
from support.tally import Tally, record

HERE = Path(__file__).parent
ENV = {"PYTHONPATH": f"{HERE}:{HERE.parent / 'support'}"}
#: Where a guest's request passes; each raises an exception that quotes what it was given.
PARTS = (
    "access.book.find",
    "access.book.admits",
    "access.book.now",
    "access.gate.find",
    "access.gate.judge",
    "access.places.look_up",
    "access.room.hold",
    "access.cookie.read",
    "access.cookie.strip",
    "module.visit_of",
    "module.mark",
    "module.guest_user",
    "module.SecretsFilter",
    "access.secrets",
    "runtime.policy.decide",
)
#: What is asked about connections that are open.
OPEN_PARTS = ("access.book.live", "access.book.find_by_hash", "runtime.policy.decide")
#: Lets everybody in, once it is asked.
ALL = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
READS = ("api/contents", "api/kernels", "api/sessions", "api/kernelspecs", "api/status")


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """A server with the extension that breaks it."""
    home = tmp_path_factory.mktemp("broken")
    config = {
        "ServerApp": {"jpserver_extensions": {"nb_presign": True, "breaking": True}},
        "NbPresign": {"policy": ALL},
    }
    with jupyter_server(World(home), home / "files", config=config, env=ENV) as server:
        found = Patient(server, home)
        found.kernel.prepare()
        yield found
        found.close()


@pytest.fixture(scope="module")
def guest(broken):
    return broken.let_in()


@contextmanager
def breaking(patient, part, text):
    with patient.server.owner() as owner:
        answer = owner.post(f"breaking/{part}", content=text.encode())
        assert answer.status_code == 200, patient.server.logged()[-3000:]
        try:
            yield
        finally:
            assert owner.delete(f"breaking/{part}").status_code == 200


def the_owner_works(patient, **headers):
    with patient.server.owner() as owner:
        owner.headers.update(headers)
        for path in (*READS, "login", "api", "static/favicons/favicon.ico"):
            answer = owner.get(path, follow_redirects=True)
            assert answer.status_code == 200, (path, answer.status_code)
        body = {"type": "file", "format": "text", "content": secrets.token_hex(8)}
        assert owner.put("api/contents/owner.txt", json=body).status_code in {200, 201}
        assert (patient.server.root / "owner.txt").read_text() == body["content"]


def log_since(patient, start):
    return patient.server.logged()[start:]


@pytest.mark.parametrize("part", PARTS)
def test_a_bug_lets_no_guest_in(broken, guest, part):
    canary = secrets.token_hex(20)
    cookie = guest.headers["Cookie"].partition("nb-presign-")[2].partition("=")[2].split(";")[0]
    assert len(cookie) == 43
    start = len(broken.server.logged())
    with breaking(broken, part, canary):
        for path in READS:
            answer = guest.client.get(path)
            assert answer.status_code == 403, (path, answer.status_code, answer.text)
            assert canary not in answer.text
            assert cookie not in answer.text
        written = guest.client.put("api/contents/guest.txt", json={"type": "file"})
        assert written.status_code == 403
        assert not (broken.server.root / "guest.txt").exists()
        the_owner_works(broken)
        # Also one who has opened a link in the same browser.
        the_owner_works(broken, Cookie=guest.headers["Cookie"])
    log = log_since(broken, start)
    assert cookie not in log
    assert broken.server.token not in log
    assert guest.status() == 200


@pytest.mark.parametrize("part", OPEN_PARTS)
def test_a_bug_ends_open_sockets(broken, guest, part):
    """Also of those who only listen."""
    line, owner = broken.kernel.open(guest.headers), broken.kernel.owner()
    broken.kernel.mark(line, f"before-{part}")
    with breaking(broken, part, "no word"):
        if part == "access.book.find_by_hash":
            revoke_another(broken)  # then everybody is looked up anew
        assert line.wait_for_hang_up(seconds=10) < BOUND
        broken.kernel.mark(owner, f"owner-{part}")
    broken.come_back(guest)


@pytest.mark.parametrize("part", OPEN_PARTS)
def test_a_bug_keeps_frames_from_the_kernel(broken, guest, part):
    line = broken.kernel.open(guest.headers)
    broken.kernel.mark(line, f"good-{part}")
    with breaking(broken, part, "no word"):
        if part == "access.book.find_by_hash":
            revoke_another(broken)
        with suppress(ConnectionError, websocket.WebSocketException):
            for number in range(50):
                broken.kernel.make(line, f"bad-{part}-{number}")
        time.sleep(0.5)
    broken.come_back(guest)
    assert not any(mark.startswith(f"bad-{part}") for mark in broken.kernel.marks())


def revoke_another(patient):
    other = patient.mint()
    assert patient.redeem(other).status_code == 200
    with patient.server.owner() as owner:
        assert owner.delete(f"nb-presign/api/links/{other.id}").status_code < 300


@pytest.mark.parametrize("part", ["runtime.store.redeem", "runtime.store.link"])
def test_a_bug_in_the_store_gives_nobody_a_session(broken, part):
    link, canary = broken.mint(max_uses=1), secrets.token_hex(20)
    start = len(broken.server.logged())
    with breaking(broken, part, canary):
        answer = broken.redeem(link)
        assert answer.status_code in {500, 503}, answer.text
        assert canary not in answer.text
        assert not any("presign" in one for one in answer.headers.get_list("set-cookie"))
        the_owner_works(broken)
    log = log_since(broken, start)
    assert link.token not in log
    assert link.nonce not in log
    assert broken.facts(link) == (0, 0, 0)
    assert broken.redeem(link).status_code == 200


REPLACING = """
from jupyter_server.auth.authorizer import AllowAllAuthorizer
from jupyter_server.auth.identity import PasswordIdentityProvider

def _jupyter_server_extension_points():
    return [{"module": "zzz_replacing"}]

def _load_jupyter_server_extension(app):
    which = app.config.Replacing.which
    if which == "authorizer":
        app.authorizer = AllowAllAuthorizer(parent=app, identity_provider=app.identity_provider)
        app.web_app.settings["authorizer"] = app.authorizer
    else:
        app.identity_provider = PasswordIdentityProvider(parent=app, log=app.log)
        app.web_app.settings["identity_provider"] = app.identity_provider
"""


@pytest.mark.parametrize(
    "which", ["authorizer", pytest.param("identity", marks=pytest.mark.faults)]
)
def test_whoever_replaces_our_classes_afterwards_opens_nothing(tmp_path, which):
    (tmp_path / "zzz_replacing.py").write_text(REPLACING)
    config = {
        "ServerApp": {"jpserver_extensions": {"nb_presign": True, "zzz_replacing": True}},
        "Replacing": {"which": which},
    }
    env = {"PYTHONPATH": str(tmp_path)}
    with jupyter_server(World(tmp_path), tmp_path / "files", config=config, env=env) as server:
        patient = Patient(server, tmp_path)
        guest = server.stranger()
        with guest:
            assert patient.redeem(patient.mint(scope="read"), guest).status_code in {200, 503}
            body = {"type": "file", "format": "text", "content": "guest"}
            xsrf = {"X-XSRFToken": guest.cookies.get("_xsrf", "")}
            written = guest.put("api/contents/guest.txt", json=body, headers=xsrf)
            assert written.status_code in {401, 403}
            assert guest.post("api/kernels", json={}, headers=xsrf).status_code in {401, 403}
            assert guest.get("api/contents").status_code == (200 if which == "authorizer" else 403)
        with server.owner() as owner:
            assert owner.get("api/kernels").json() == []
            assert owner.get("api/contents").json()["content"] == []


LINKING = """
def _jupyter_server_extension_points():
    return [{"module": "aaa_linking"}]

def _link_jupyter_server_extension(app):
    import nb_presign.extension
    def fail(app):
        raise RuntimeError("broken on purpose")
    nb_presign.extension.link = fail

def _load_jupyter_server_extension(app):
    pass
"""


def test_a_server_that_must_serve_links_stops_when_linking_fails(tmp_path):
    (tmp_path / "aaa_linking.py").write_text(LINKING)
    command = [
        *(sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser"),
        f"--port={free_port()}",
        f"--ServerApp.root_dir={tmp_path}",
        "--ServerApp.jpserver_extensions={'aaa_linking': True, 'nb_presign': True}",
        "--NbPresign.required=True",
    ]
    env = {**World(tmp_path).env, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "not in place" in done.stderr
    assert "the server stops" in done.stderr


@pytest.mark.faults
def test_a_guest_of_a_server_whose_linking_failed_is_nobody(tmp_path):
    """The naive server has one who comes with any cookie."""
    (tmp_path / "aaa_linking.py").write_text(LINKING)
    (tmp_path / "files").mkdir()
    extensions = {"aaa_linking": True, "nb_presign": True}
    env = {"PYTHONPATH": str(tmp_path)}
    config = {"ServerApp": {"jpserver_extensions": extensions}}
    with jupyter_server(World(tmp_path), tmp_path / "files", config=config, env=env) as server:
        cookies = {"Cookie": "guest=1; nb-presign-0123456789abcdef=" + "A" * 43}
        let_in = count_let_in(server, cookies)
        assert any(line.startswith("[C") for line in server.logged().splitlines())
    options = {
        "identity_provider_class": "naive_guests.NaiveGuests",
        "jpserver_extensions": {"nb_presign": False},
    }
    config = {"ServerApp": options}
    with jupyter_server(World(tmp_path), tmp_path / "files", config=config, env=ENV) as naive:
        naively = count_let_in(naive, cookies)
    record(
        Tally(
            what="requests of guests let in where the guard could not be put in place",
            bad=let_in,
            tried=len(READS),
            baseline="a server that takes any cookie for a guest",
            baseline_bad=naively,
            baseline_tried=len(READS),
        )
    )


def count_let_in(server, cookies) -> int:
    with server.stranger(headers=cookies) as guest:
        return sum(guest.get(path).status_code == 200 for path in READS)
