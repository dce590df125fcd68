"""What holds for every request: no accepted path escapes, and more scope never means less."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gates import KERNEL, OTHER, OWN, PUB, ROOM, RUNNING, SESSION, TWO, Asker, a_root
from support.guests import a_session

from nb_presign.access.gate.gate import Live, Verdict
from nb_presign.model import Narrowing, Scope

READ, EXECUTE, FULL = Scope
ALLOW, ABSORB, PUBLIC, DENY = Verdict
#: What serves or shows the file of a path in the URL.
FILES = (
    "api/contents",
    "files",
    "view",
    "nbconvert/html",
    "nbclassic/edit",
    "nbclassic/view",
    "api/collaboration/session",
)
_PIECES = st.sampled_from(
    [
        *("pub", "priv", "out", "within", "to-priv", "root", "own.ipynb", "x"),
        *("..", ".", "", "/", "//", "%2e", "%2E%2e", "%2f", "%2F..%2f", "%252e%252e", "%5c", "\\"),
        *(
            "%00",
            "%0a",
            "%c0%ae",
            "%ff",
            "~",
            ".x",
            " ",
            "..%00",
            "%e2%80%ae",
            "\u2024\u2024",
            "\uff0f",
        ),
    ]
)
_PATHS = st.lists(st.sampled_from(["", "/"]).flatmap(lambda s: _PIECES.map(lambda p: p + s))).map(
    "".join
) | st.text(max_size=30)
_NARROWINGS = st.sampled_from([None, PUB, OWN, Narrowing("pub/sub"), Narrowing("within")])
_BODIES = st.sampled_from(
    [
        None,
        {},
        {"path": "pub/own.ipynb", "type": "notebook"},
        {"path": "priv/x", "type": "notebook", "kernel": {"name": "python3"}},
        {"path": "pub/own.ipynb", "kernel": {"id": KERNEL}},
        {"path": "pub/own.ipynb", "kernel": {"id": OTHER}},
        {"copy_from": "pub/own.ipynb"},
        {"copy_from": "priv"},
        {"cwd": "pub"},
        {"schema_id": "https://x.org"},
        {"cmd": "enable", "extension_name": "x", "plugin_name": "x"},
    ]
)
_REQUESTS = st.sampled_from(
    [
        *("", "lab", "tree/pub", "tree/priv", "lab/tree/pub", "terminals/1", "metrics", "api/me"),
        *("api/status", "api/contents", "api/contents/pub", "api/contents/pub/own.ipynb"),
        *("api/contents/priv/x", "api/contents/out/x", "api/contents/pub/x/checkpoints"),
        *("api/contents/pub/x/checkpoints/1", "api/contents/pub/own.ipynb/trust", "files/pub/x"),
        *("nbconvert/html/pub/own.ipynb", "nbconvert/pdf/pub/own.ipynb", "nbconvert/html"),
        *("api/kernels", f"api/kernels/{KERNEL}", f"api/kernels/{OTHER}/channels"),
        *(f"api/kernels/{KERNEL}/restart", "api/sessions", f"api/sessions/{SESSION}"),
        *(f"api/sessions/{TWO}", "api/terminals", "api/terminals/1", "terminals/websocket/1"),
        *("lab/api/settings/a:b", "lab/api/workspaces/x", "lab/api/workspaces", "lab/api/build"),
        *("lab/api/extensions", "lab/api/plugins", "lab/api/news", "api/config/x", "api/shutdown"),
        *("api/events", "api/events/subscribe", "api/fileid/id", "api/fileid/path"),
        *("api/resolvePath", ROOM, ROOM.replace("room", "fork"), "lsp/status", "lsp/ws/x"),
        *("server-proxy/servers-info", "proxy/1/x", "nb-presign/api/links", "nb-presign/open"),
        *("api/collaboration/timeline/pub/x", f"api/collaboration/room/{'a' * 32}", "login"),
    ]
)
_METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])


@pytest.fixture(scope="module")
def decide(tmp_path_factory):
    root = a_root(tmp_path_factory.mktemp("properties"))
    (root / "pub" / "sub").mkdir()
    return Asker(root)


def real(root: Path, narrowing: Narrowing | None) -> Path:
    return (root / (narrowing.path if narrowing else "")).resolve()


@given(route=st.sampled_from(FILES), path=_PATHS, narrowing=_NARROWINGS)
def test_no_accepted_path_escapes(decide, route, path, narrowing):
    method = "PUT" if route.endswith("session") else "GET"
    verdict = decide(FULL, method, f"{route}/{path}", narrowing=narrowing)
    if verdict is not ALLOW:
        return
    found = (decide.root / unquote(path).strip("/")).resolve()
    within = real(decide.root, narrowing)
    # A directory on the way is listed, and shows only what leads on; the page is of any directory.
    lists = route in {"api/contents", "nbclassic/edit"}
    on_the_way = lists and within.is_relative_to(found)
    assert on_the_way or found.is_relative_to(within)
    assert found.is_relative_to(decide.root)


@given(
    method=st.sampled_from(["POST", "PUT", "PATCH"]),
    key=st.sampled_from(["path", "copy_from", "ext", "name"]),
    value=_PATHS,
    narrowing=_NARROWINGS,
)
def test_no_accepted_body_escapes(decide, method, key, value, narrowing):
    place = narrowing.path if narrowing else "pub/own.ipynb"
    verdict = decide(FULL, method, f"api/contents/{place}", {key: value}, narrowing)
    # Nothing is copied from nowhere.
    if verdict is not ALLOW or (key == "copy_from" and not value):
        return
    if key in {"path", "copy_from"}:
        found = (decide.root / value.strip("/")).resolve()
        assert found.is_relative_to(real(decide.root, narrowing))
    else:
        assert (Path("/a/b") / f"untitled{value}").name == f"untitled{value}"


@given(method=_METHODS, path=_REQUESTS, body=_BODIES, narrowing=_NARROWINGS)
def test_more_scope_never_means_less(decide, method, path, body, narrowing):
    order = (DENY, ABSORB, ALLOW)
    live = Live(RUNNING, "pub/own.ipynb")
    arguments = {"path": [b"pub/own.ipynb"]}
    found = [
        decide(scope, method, path, body, narrowing, live=live, arguments=arguments)
        for scope in Scope
    ]
    if PUBLIC in found:
        assert set(found) == {PUBLIC}
    else:
        assert sorted(found, key=order.index) == found


@given(scope=st.sampled_from(Scope), method=_METHODS, path=_REQUESTS, body=_BODIES)
def test_to_narrow_never_allows_more(decide, scope, method, path, body):
    live = Live(RUNNING, "pub/own.ipynb")
    names = {"live": live, "arguments": {"path": [b"pub/own.ipynb"]}}
    whole = decide(scope, method, path, body, **names)
    for narrowing in (PUB, OWN, Narrowing("pub/sub")):
        narrowed = decide(scope, method, path, body, narrowing, **names)
        assert narrowed is whole or narrowed in {ABSORB, DENY}
        if narrowed is ALLOW:
            assert whole is ALLOW


@given(path=_PATHS, method=_METHODS, body=st.binary(max_size=40))
def test_no_request_ever_raises_and_unknown_ones_are_refused(decide, path, method, body):
    for prefix in ("", "api/contents/", "files/", "api/sessions", "api/collaboration/room/"):
        assert decide(FULL, method, prefix + path, json.dumps(str(body))) in set(Verdict)
    if method != "OPTIONS":
        assert decide(FULL, method, f"unknown/{path}") is DENY


@given(st.text(max_size=60), st.integers(1, 20_000))
def test_no_body_ever_raises(decide, text, depth):
    for body in (text.encode("utf-8", "replace"), b"[" * depth, b'{"path":' * depth, b"\xff\xfe{}"):
        for method, path in (("POST", "api/sessions"), ("PUT", "api/contents/pub/x")):
            ruling = decide.gate.decide(a_session(scope=FULL), method, f"/base/{path}", body)
            assert ruling.verdict in {ALLOW, DENY}
