"""The table and its rules: what is allowed, absorbed, open to all, or refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.guests import a_session

from nb_presign.access.gate import Gate, Verdict
from nb_presign.access.routes import ROUTES, Absorbed
from nb_presign.model import Narrowing, Scope

KERNEL = "11111111-2222-3333-4444-555555555555"
OTHER = "99999999-2222-3333-4444-555555555555"
SESSION = "aaaaaaaa-2222-3333-4444-555555555555"
OWN = Narrowing("pub/own.ipynb", KERNEL, SESSION)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    (root / "pub").mkdir(parents=True)
    (root / "priv").mkdir()
    (root / "pub" / "own.ipynb").touch()
    (root / "out").symlink_to(tmp_path)
    (root / "within").symlink_to(root / "priv")
    return root


@pytest.fixture
def decide(root):
    gate = Gate("/base/", lambda: str(root))

    def decide(scope, method, path, body=None, narrowing=None):
        sent = b"" if body is None else json.dumps(body).encode()
        session = a_session(scope=scope, narrowing=narrowing)
        return gate.decide(session, method, f"/base/{path}", sent).verdict

    return decide


READ, EXECUTE, FULL = Scope
ALLOW, ABSORB, PUBLIC, DENY = Verdict


@pytest.mark.parametrize(
    ("method", "path", "read", "execute", "full"),
    [
        ("GET", "lab", ALLOW, ALLOW, ALLOW),
        ("GET", "lab/tree/pub/own.ipynb", ALLOW, ALLOW, ALLOW),
        ("GET", "lab/extensions/@jupyterlab/x/static/y.js", ALLOW, ALLOW, ALLOW),
        ("GET", "api/contents/pub/own.ipynb", ALLOW, ALLOW, ALLOW),
        ("GET", "api/contents", ALLOW, ALLOW, ALLOW),
        ("PUT", "api/contents/pub/own.ipynb", DENY, ALLOW, ALLOW),
        ("DELETE", "api/contents/pub/own.ipynb", DENY, DENY, ALLOW),
        ("POST", "api/contents/pub/own.ipynb/trust", DENY, DENY, ALLOW),
        ("POST", "api/contents/pub/own.ipynb/checkpoints", DENY, ALLOW, ALLOW),
        ("GET", f"api/kernels/{KERNEL}/channels", ALLOW, ALLOW, ALLOW),
        ("POST", f"api/kernels/{KERNEL}/restart", DENY, ALLOW, ALLOW),
        ("DELETE", f"api/kernels/{KERNEL}", DENY, ALLOW, ALLOW),
        ("POST", "api/sessions", DENY, ALLOW, ALLOW),
        ("POST", "api/terminals", DENY, DENY, ALLOW),
        ("GET", "terminals/websocket/1", DENY, DENY, ALLOW),
        ("PUT", "lab/api/settings/@jupyterlab/a:b", ABSORB, ABSORB, ALLOW),
        ("PUT", "lab/api/workspaces/default", ABSORB, ABSORB, ALLOW),
        ("GET", "lab/api/workspaces/default", ABSORB, ABSORB, ALLOW),
        ("PATCH", "api/me", ABSORB, ABSORB, ABSORB),
        ("POST", "login", PUBLIC, PUBLIC, PUBLIC),
        ("GET", "logout", PUBLIC, PUBLIC, PUBLIC),
        ("POST", "nb-presign/redeem", PUBLIC, PUBLIC, PUBLIC),
        ("POST", "api/shutdown", DENY, DENY, DENY),
        ("POST", "lab/api/extensions", DENY, DENY, DENY),
        ("GET", "lab/api/extensions", DENY, DENY, DENY),
        ("POST", "lab/api/build", DENY, DENY, DENY),
        ("PUT", "api/config/notebook", DENY, DENY, DENY),
        ("GET", "api/events/subscribe", DENY, DENY, DENY),
        ("GET", "nb-presign/api/links", DENY, DENY, DENY),
        ("POST", "nb-presign/api/links", DENY, DENY, DENY),
        ("GET", "nb-presign/open", DENY, DENY, DENY),
        ("GET", "metrics", DENY, DENY, DENY),
        ("POST", "nbconvert/html", DENY, DENY, DENY),
        ("GET", "nbconvert/pdf/pub/own.ipynb", DENY, DENY, DENY),
        ("GET", "proxy/8080/", DENY, DENY, DENY),
        ("TRACE", "lab", DENY, DENY, DENY),
    ],
)
def test_what_each_scope_may(decide, method, path, read, execute, full):
    assert decide(READ, method, path) is read
    assert decide(EXECUTE, method, path) is execute
    assert decide(FULL, method, path) is full


@pytest.mark.parametrize(
    "path",
    [
        "pub/../priv/x",
        "pub/%2e%2e/priv/x",
        "pub/%2E./priv/x",
        "pub/..%2fpriv/x",
        "pub/%252e%252e/priv/x",
        "pub%2f%2fown.ipynb",
        "pub/.",
        "pub/./own.ipynb",
        "pub//own.ipynb",
        "pub%5c..%5cpriv",
        "pub/own.ipynb%00",
        "pub/own.ipynb%0a",
        "%ff",
        "out",
        "out/secret",
        "out/root/pub/own.ipynb/../../../x",
        "within%2f..%2f..",
    ],
)
@pytest.mark.parametrize("route", ["api/contents", "files", "view", "nbconvert/html"])
def test_paths_that_play_tricks_are_refused(decide, path, route):
    assert decide(FULL, "GET", f"{route}/{path}") is DENY


def test_a_link_that_stays_inside_is_followed(decide):
    assert decide(READ, "GET", "files/within/x") is ALLOW


@pytest.mark.parametrize("path", ["", "lab", "api/status", "login", "api/contents/x"])
def test_another_base_url_is_not_ours(root, path):
    gate = Gate("/base/", lambda: str(root))
    for url in (f"/{path}", f"/Base/{path}", f"//base/{path}", f"/other/{path}"):
        assert gate.decide(a_session(scope=FULL), "GET", url, b"").verdict is DENY


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "api/contents/pub", {"copy_from": "out/secret"}),
        ("POST", "api/contents/pub", {"copy_from": "../x"}),
        ("PATCH", "api/contents/pub/own.ipynb", {"path": "../gone.ipynb"}),
        ("PATCH", "api/contents/pub/own.ipynb", {"path": ["pub"]}),
        ("POST", "api/sessions", {"path": "../x.ipynb", "type": "notebook"}),
        ("POST", "api/sessions", {"notebook": {"path": "../x.ipynb"}}),
        ("POST", "api/sessions", {"notebook": ["../x.ipynb"]}),
        ("PATCH", f"api/sessions/{SESSION}", {"path": "a/../../x"}),
        ("POST", "api/kernels", {"path": "out"}),
        ("POST", "api/kernels", ["out"]),
    ],
)
def test_paths_in_bodies_are_checked_too(decide, method, path, body):
    assert decide(FULL, method, path, body) is DENY


def test_a_body_is_read_as_the_handler_reads_it(root):
    gate = Gate("/", lambda: str(root))
    body = b'{"path": "pub/own.ipynb", "path": "../x"}'
    session = a_session(scope=FULL)
    assert gate.decide(session, "POST", "/api/sessions", body).verdict is DENY
    assert gate.decide(session, "POST", "/api/sessions", b"{not json").verdict is DENY


@pytest.mark.parametrize(
    ("scope", "method", "path", "body", "expected"),
    [
        (READ, "GET", "api/contents/pub/own.ipynb", None, ALLOW),
        (READ, "GET", "api/contents", None, ALLOW),
        (READ, "GET", "api/contents/", None, ALLOW),
        (READ, "GET", "api/contents/pub", None, ALLOW),
        (READ, "GET", "api/contents/priv", None, DENY),
        (READ, "GET", "api/contents/pub/own.ipynb/x", None, DENY),
        (READ, "GET", "api/contents/pub/own.ipyn", None, DENY),
        (READ, "GET", "api/contents/pub/OWN.ipynb", None, DENY),
        (READ, "GET", "files/pub/own.ipynb", None, ALLOW),
        (READ, "GET", "files/pub", None, DENY),
        (READ, "GET", "files/within/x", None, DENY),
        (READ, "PUT", "api/contents/pub/own.ipynb", {}, DENY),
        (EXECUTE, "PUT", "api/contents/pub/own.ipynb", {"content": 1}, ALLOW),
        (EXECUTE, "PUT", "api/contents/pub/new.ipynb", {}, DENY),
        (EXECUTE, "PUT", "api/contents/pub", {}, DENY),
        (EXECUTE, "PATCH", "api/contents/pub/own.ipynb", {"path": "pub/b.ipynb"}, DENY),
        (EXECUTE, "POST", "api/contents/pub", {"copy_from": "pub/own.ipynb"}, DENY),
        (EXECUTE, "POST", "api/contents/pub/own.ipynb/checkpoints", None, ALLOW),
        (EXECUTE, "POST", "api/contents/priv/a.ipynb/checkpoints", None, DENY),
        (READ, "GET", f"api/kernels/{KERNEL}/channels", None, ALLOW),
        (READ, "GET", f"api/kernels/{OTHER}/channels", None, DENY),
        (EXECUTE, "POST", f"api/kernels/{KERNEL}/interrupt", None, ALLOW),
        (EXECUTE, "POST", f"api/kernels/{OTHER}/interrupt", None, DENY),
        (EXECUTE, "DELETE", f"api/kernels/{KERNEL}", None, DENY),
        (EXECUTE, "POST", "api/kernels", {"name": "python3"}, DENY),
        (
            EXECUTE,
            "POST",
            "api/sessions",
            {"path": "pub/own.ipynb", "kernel": {"id": KERNEL}},
            ALLOW,
        ),
        (EXECUTE, "POST", "api/sessions", {"path": "pub/own.ipynb", "kernel": {"id": OTHER}}, DENY),
        (EXECUTE, "POST", "api/sessions", {"path": "pub/own.ipynb", "kernel": {"name": "x"}}, DENY),
        (EXECUTE, "POST", "api/sessions", {"path": "pub/b.ipynb", "kernel": {"id": KERNEL}}, DENY),
        (EXECUTE, "PATCH", f"api/sessions/{SESSION}", {"kernel": {"id": OTHER}}, DENY),
        (EXECUTE, "PATCH", f"api/sessions/{SESSION}", {"name": "own"}, ALLOW),
        (EXECUTE, "PATCH", f"api/sessions/{OTHER}", {"name": "own"}, DENY),
        (READ, "GET", f"api/sessions/{SESSION}", None, ALLOW),
        (READ, "GET", f"api/sessions/{OTHER}", None, DENY),
        (EXECUTE, "DELETE", f"api/sessions/{SESSION}", None, DENY),
        (FULL, "POST", "api/terminals", None, DENY),
        (FULL, "PUT", "lab/api/settings/x", {}, ABSORB),
        (FULL, "DELETE", "api/contents/pub/own.ipynb", None, DENY),
    ],
)
def test_a_narrowed_session_is_one_notebook_and_its_kernel(
    decide, scope, method, path, body, expected
):
    assert decide(scope, method, path, body, OWN) is expected


def test_without_a_kernel_no_kernel_is_touched(decide):
    own = Narrowing("pub/own.ipynb")
    assert decide(EXECUTE, "GET", f"api/kernels/{KERNEL}/channels", narrowing=own) is DENY
    body = {"path": "pub/own.ipynb", "kernel": {"id": ""}}
    assert decide(EXECUTE, "POST", "api/sessions", body, own) is DENY


def test_the_notebook_itself_must_not_lead_outside(decide, root, tmp_path):
    (tmp_path / "secret.ipynb").touch()
    (root / "pub" / "alias.ipynb").symlink_to(tmp_path / "secret.ipynb")
    own = Narrowing("pub/alias.ipynb")
    assert decide(READ, "GET", "api/contents/pub/alias.ipynb", narrowing=own) is DENY


@given(st.text(max_size=60), st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]))
def test_no_path_ever_raises_and_unknown_ones_are_refused(path, method):
    gate = Gate("/", lambda: "")
    session = a_session(scope=FULL)
    for prefix in ("", "api/contents/", "files/", "api/sessions"):
        verdict = gate.decide(session, method, f"/{prefix}{path}", path.encode("utf-8", "replace"))
        assert verdict.verdict in set(Verdict)
    assert gate.decide(session, method, f"/unknown/{path}", b"").verdict is DENY


def test_absorbing_rows_say_how():
    for route in ROUTES:
        assert route.absorb is None or isinstance(route.absorb, Absorbed)
        assert route.public is (route.scope is None and route.absorb is None)
