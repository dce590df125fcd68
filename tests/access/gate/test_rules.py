"""The rules: paths in URL, query and body, and ids; what may be named for a whole server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gates import KERNEL, PUB, ROOM, SESSION, Asker, a_root
from support.guests import a_session

from nb_presign.access.gate.gate import Gate, Live, Verdict
from nb_presign.audit import SCHEMAS
from nb_presign.model import Scope


@pytest.fixture
def root(tmp_path):
    return a_root(tmp_path)


@pytest.fixture
def decide(root):
    return Asker(root)


READ, EXECUTE, FULL = Scope
ALLOW, ABSORB, PUBLIC, DENY = Verdict


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
@pytest.mark.parametrize(
    "route",
    [
        "api/contents",
        "files",
        "view",
        "nbconvert/html",
        "tree",
        "nbclassic/notebooks",
        "nbclassic/view",
        "api/collaboration/timeline",
    ],
)
def test_paths_that_play_tricks_are_refused(decide, path, route):
    assert decide(FULL, "GET", f"{route}/{path}") is DENY


def test_a_link_that_stays_inside_is_followed(decide):
    assert decide(READ, "GET", "files/within/x") is ALLOW


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "api/contents/pub", {"copy_from": "out/secret"}),
        ("POST", "api/contents/pub", {"copy_from": "../x"}),
        ("PATCH", "api/contents/pub/own.ipynb", {"path": "../gone.ipynb"}),
        ("PATCH", "api/contents/pub/own.ipynb", {"path": ["pub"]}),
        ("POST", "api/sessions", {"path": "../x.ipynb", "type": "notebook"}),
        ("POST", "api/sessions", {"notebook": {"path": "../x.ipynb"}}),
        ("POST", "api/sessions", {"notebook": {"name": "../x.ipynb", "path": "pub/own.ipynb"}}),
        ("POST", "api/sessions", {"path": "pub/own.ipynb", "name": "../../x"}),
        ("POST", "api/sessions", {"path": "pub/own.ipynb", "kernel": {"id": "../../x"}}),
        ("POST", "api/sessions", {"path": "pub/own.ipynb", "kernel": [KERNEL]}),
        ("POST", "api/contents/pub", {"ext": "/../../x.txt"}),
        ("POST", "api/contents/pub", {"ext": "..txt"}),
        ("PUT", "api/contents/pub/own.ipynb", {"name": "a/b.ipynb"}),
        ("POST", "api/contents", {"copy_from": "box"}),
        ("POST", "api/kernels", {"kernel_id": "../../x"}),
        ("POST", "api/kernels", {"path": ".ssh"}),
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
    ("method", "path"),
    [
        ("GET", ROOM),
        ("GET", f"api/collaboration/room/{'a' * 32}"),
        ("PUT", ROOM.replace("room", "fork")),
        ("DELETE", f"api/collaboration/fork/{'a' * 32}"),
        ("GET", "api/fileid/path"),
    ],
)
def test_documents_named_by_ids_are_where_their_files_are(decide, method, path):
    inside, outside, nowhere = Live(file="pub/own.ipynb"), Live(file="priv/x.ipynb"), Live()
    assert decide(EXECUTE, method, path, narrowing=PUB, live=inside) is ALLOW
    assert decide(EXECUTE, method, path, narrowing=PUB, live=outside) is DENY
    assert decide(EXECUTE, method, path, narrowing=PUB, live=nowhere) is DENY
    assert decide(EXECUTE, method, path, live=outside) is ALLOW
    assert decide(EXECUTE, method, path, live=Live(file="out/secret")) is DENY


def test_a_room_of_no_document_is_nobodys(decide):
    assert decide(FULL, "GET", ROOM, live=Live()) is DENY


def test_a_room_is_named_as_it_was_sent(decide):
    live = Live(file="pub/own.ipynb")
    for room in ("json%3Anotebook%3Aabc", "json:notebook:..", "x/json:notebook:abc", "a:b"):
        path = f"api/collaboration/room/{room}"
        assert decide(FULL, "GET", path, live=live) is DENY, room


@pytest.mark.parametrize(
    ("path", "arguments", "expected"),
    [
        ("api/fileid/id", {"path": [b"pub/own.ipynb"]}, ALLOW),
        ("api/fileid/id", {"path": [b"priv/x"]}, DENY),
        ("api/fileid/id", {"path": [b"pub/../priv/x"]}, DENY),
        ("api/fileid/id", {"path": [b"pub/own.ipynb", b"priv/x"]}, DENY),
        ("api/fileid/id", {"path": [b"pub/own.ipynb "]}, DENY),
        ("api/fileid/id", {"path": [b"pub/\xff"]}, DENY),
        ("api/fileid/id", {}, DENY),
        ("api/resolvePath", {"path": [b"pub/own.ipynb"]}, ALLOW),
        ("api/resolvePath", {"path": [b"/pub/own.ipynb"]}, ABSORB),
        ("api/resolvePath", {"path": [b"~/pub/own.ipynb"]}, ABSORB),
        ("api/resolvePath", {"path": [b"priv/x"]}, ABSORB),
        ("api/resolvePath", {"path": [b"pub/own.ipynb"], "kernel": [KERNEL.encode()]}, ABSORB),
    ],
)
def test_paths_in_the_query_are_checked_too(decide, path, arguments, expected):
    assert decide(READ, "GET", path, narrowing=PUB, arguments=arguments) is expected


def test_the_home_directory_is_no_path(decide):
    for path in (b"~/pub", b"~", b"/pub"):
        assert decide(FULL, "GET", "api/resolvePath", arguments={"path": [path]}) is ABSORB


def test_what_a_kernel_resolves_is_told_to_full_only(decide):
    arguments = {"path": [b"pub/own.ipynb"], "kernel": [KERNEL.encode()]}
    assert decide(FULL, "GET", "api/resolvePath", None, PUB, arguments=arguments) is ABSORB
    for scope, expected in ((READ, ABSORB), (EXECUTE, ABSORB), (FULL, ALLOW)):
        assert decide(scope, "GET", "api/resolvePath", arguments=arguments) is expected


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "lab/api/extensions", {"cmd": "disable", "extension_name": "other"}, ALLOW),
        ("POST", "lab/api/extensions", {"cmd": "disable", "extension_name": "nb_presign"}, DENY),
        ("POST", "lab/api/extensions", {"cmd": "install", "extension_name": "NB-Presign"}, DENY),
        ("POST", "lab/api/extensions", {"cmd": "install", "extension_name": "--pre x"}, DENY),
        ("POST", "lab/api/extensions", {"cmd": "install"}, DENY),
        ("POST", "lab/api/plugins", {"cmd": "disable", "plugin_name": "nb_presign:x"}, DENY),
        ("POST", "lab/api/plugins", {"cmd": "disable", "plugin_name": "@a/b:c"}, ALLOW),
        ("PUT", "lab/api/settings/nb_presign:plugin", {"raw": "{}"}, ABSORB),
        ("PUT", "lab/api/settings/@a/b:c", {"raw": "{}"}, ALLOW),
        ("POST", "api/events", {"schema_id": "https://x.org/a", "data": {}}, ALLOW),
        ("POST", "api/events", {"schema_id": SCHEMAS["link"], "data": {}}, DENY),
        ("POST", "api/events", {"data": {}}, DENY),
        ("POST", "api/terminals", {}, ALLOW),
        ("POST", "api/terminals", {"cwd": "pub", "name": "mine"}, ALLOW),
        ("POST", "api/terminals", {"cwd": "/pub"}, DENY),
        ("POST", "api/terminals", {"cwd": "~"}, DENY),
        ("POST", "api/terminals", {"cwd": "out"}, DENY),
        ("POST", "api/terminals", {"shell_command": ["sh"]}, DENY),
    ],
)
def test_full_is_not_to_configure_or_imitate_us(decide, method, path, body, expected):
    assert decide(FULL, method, path, body) is expected


@given(st.text(max_size=60), st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]))
def test_no_path_ever_raises_and_unknown_ones_are_refused(path, method):
    gate = Gate("/", lambda: "")
    session = a_session(scope=FULL)
    for prefix in ("", "api/contents/", "files/", "api/sessions"):
        verdict = gate.decide(session, method, f"/{prefix}{path}", path.encode("utf-8", "replace"))
        assert verdict.verdict in set(Verdict)
    assert gate.decide(session, method, f"/unknown/{path}", b"").verdict is DENY
