"""The table for the whole server: what is allowed, absorbed, open to all, or refused."""

from __future__ import annotations

import json

import pytest
from support.gates import KERNEL, OTHER, OWN, PUB, ROOM, RUNNING, SESSION, Asker, a_root
from support.guests import a_session

from nb_presign.access.gate.absorbed import Absorbed
from nb_presign.access.gate.frames import Frames
from nb_presign.access.gate.gate import Gate, Live, Ruling, Verdict
from nb_presign.access.gate.reach import Reach
from nb_presign.access.gate.route import row
from nb_presign.access.gate.routes import ROUTES
from nb_presign.access.gate.rules import plain_url
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
        ("DELETE", f"api/kernels/{KERNEL}", DENY, DENY, ALLOW),
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
        ("GET", "nb-presign/ended", PUBLIC, PUBLIC, PUBLIC),
        ("DELETE", "api/notebooks/pub/own.ipynb", PUBLIC, PUBLIC, PUBLIC),
        ("OPTIONS", "api/contents", PUBLIC, PUBLIC, PUBLIC),
        ("POST", "api/security/csp-report", ABSORB, ABSORB, ABSORB),
        ("GET", "api/events/subscribe", ALLOW, ALLOW, ALLOW),
        ("GET", "nbclassic/tree/pub", ALLOW, ALLOW, ALLOW),
        ("GET", "nbclassic/notebooks/pub/own.ipynb", ALLOW, ALLOW, ALLOW),
        ("GET", "nbextensions/x/main.js", ALLOW, ALLOW, ALLOW),
        ("GET", "lab/api/licenses/x", ALLOW, ALLOW, ALLOW),
        ("PUT", "api/collaboration/session/pub/own.ipynb", DENY, ALLOW, ALLOW),
        ("GET", "api/collaboration/room/JupyterLab:globalAwareness", DENY, ALLOW, ALLOW),
        ("GET", "api/collaboration/timeline/pub/own.ipynb", DENY, ALLOW, ALLOW),
        ("GET", "api/collaboration/room/anything", DENY, DENY, DENY),
        ("GET", "lab/api/news", ABSORB, ABSORB, ALLOW),
        ("GET", "lab/api/update", ABSORB, ABSORB, ALLOW),
        ("GET", "lsp/status", ABSORB, ABSORB, ALLOW),
        ("GET", "lsp/ws/pylsp", DENY, DENY, ALLOW),
        ("GET", "server-proxy/servers-info", ABSORB, ABSORB, ALLOW),
        ("GET", "api/terminals", ABSORB, ABSORB, ALLOW),
        ("PUT", "api/config/notebook", ABSORB, ABSORB, ALLOW),
        ("PATCH", "api/config/notebook", ABSORB, ABSORB, ALLOW),
        ("POST", "api/shutdown", DENY, DENY, ALLOW),
        ("GET", "lab/api/extensions", DENY, DENY, ALLOW),
        ("POST", "lab/api/build", DENY, DENY, ALLOW),
        ("GET", "metrics", DENY, DENY, ALLOW),
        ("POST", "nbconvert/html", DENY, DENY, ALLOW),
        ("GET", "nbconvert/html/pub/own.ipynb", ALLOW, ALLOW, ALLOW),
        ("GET", "nbconvert/pdf/pub/own.ipynb", DENY, DENY, ALLOW),
        ("GET", "nbconvert/latex/pub/own.ipynb", DENY, DENY, ALLOW),
        ("GET", "nbconvert/rst/pub/own.ipynb", DENY, DENY, ALLOW),
        ("GET", "proxy/8080/", DENY, DENY, ALLOW),
        ("OPTIONS", "proxy/8080/", DENY, DENY, ALLOW),
        ("GET", "nb-presign/api/links", DENY, DENY, DENY),
        ("POST", "nb-presign/api/links", DENY, DENY, DENY),
        ("PUT", "nb-presign/api/links/lnk_0", DENY, DENY, DENY),
        ("GET", "nb-presign/api/target", DENY, DENY, DENY),
        ("GET", "nb-presign/api/notebooks", DENY, DENY, DENY),
        ("POST", "nb-presign/aws", PUBLIC, PUBLIC, PUBLIC),
        ("POST", "nb-presign/aws/", PUBLIC, PUBLIC, PUBLIC),
        ("POST", "nb-presign/aws/x", DENY, DENY, DENY),
        ("POST", "nb-presign/api/target/start", DENY, DENY, DENY),
        ("GET", "nb-presign/api/providers/sagemaker/findings", DENY, DENY, DENY),
        ("DELETE", "nb-presign/api/sessions", DENY, DENY, DENY),
        ("GET", "nb-presign/open", DENY, DENY, DENY),
        ("GET", "lab/nowhere", DENY, DENY, DENY),
        ("GET", "an-extension/x", DENY, DENY, DENY),
        ("GET", "api/kernels/\u0660-1-1-1-1", DENY, DENY, DENY),
        ("TRACE", "lab", DENY, DENY, DENY),
    ],
)
def test_what_each_scope_may(decide, method, path, read, execute, full):
    assert decide(READ, method, path) is read
    assert decide(EXECUTE, method, path) is execute
    assert decide(FULL, method, path) is full


@pytest.mark.parametrize("path", ["", "lab", "api/status", "login", "api/contents/x"])
def test_another_base_url_is_not_ours(root, path):
    gate = Gate("/base/", lambda: str(root))
    for url in (f"/{path}", f"/Base/{path}", f"//base/{path}", f"/other/{path}"):
        assert gate.decide(a_session(scope=FULL), "GET", url, b"").verdict is DENY


def test_narrowed_sockets_that_tell_of_others_are_silent(root):
    gate = Gate("/", lambda: str(root))
    room = "/api/collaboration/room/JupyterLab:globalAwareness"
    for path, whole in (("/api/events/subscribe", Frames.EVENTS), (room, Frames.CHANNEL)):
        for narrowing, expected in ((None, whole), (PUB, Frames.SILENT)):
            session = a_session(scope=EXECUTE, narrowing=narrowing)
            assert gate.decide(session, "GET", path).frames is expected


def test_a_request_without_a_body_is_judged_as_the_handler_reads_it(root):
    gate = Gate("/", lambda: str(root))
    assert gate.decide(a_session(scope=EXECUTE), "POST", "/api/kernels").verdict is ALLOW
    assert gate.decide(a_session(scope=EXECUTE), "POST", "/api/kernels", b"x").verdict is DENY


def test_who_executes_ends_what_they_have_started(decide):
    session = f"api/sessions/{SESSION}"
    for method, path, body in (
        ("DELETE", f"api/kernels/{KERNEL}", None),
        ("DELETE", session, None),
        ("PATCH", session, {"kernel": {"name": "python3"}}),
        ("PATCH", session, {"kernel": {"id": OTHER}}),
    ):
        for started, expected in ({KERNEL}, ALLOW), ({OTHER}, DENY), (set(), DENY):
            live = Live(RUNNING, started=frozenset(started))
            assert decide(EXECUTE, method, path, body, live=live) is expected, (method, path)
            assert decide(READ, method, path, body, live=live) is DENY
        assert decide(FULL, method, path, body, live=Live(RUNNING)) is ALLOW
    for body in ({"path": "pub/b.ipynb"}, {"name": "x"}, {"kernel": {"id": KERNEL}}):
        assert decide(EXECUTE, "PATCH", session, body, live=Live(RUNNING)) is ALLOW


def test_what_starts_kernels_is_watched(root):
    gate = Gate("/", lambda: str(root))
    body = b'{"path": "pub/own.ipynb"}'
    for method, path in (
        ("POST", "/api/kernels"),
        ("POST", "/api/sessions"),
        ("PATCH", f"/api/sessions/{SESSION}"),
    ):
        ruling = gate.decide(a_session(scope=EXECUTE), method, path, body)
        assert (ruling.verdict, ruling.starts) == (ALLOW, True), path


def test_what_hangs_on_what_runs_may_move(root):
    gate = Gate("/", lambda: str(root))
    channels = f"/api/kernels/{KERNEL}/channels"
    for narrowing, path, expected in (
        (None, channels, False),
        (PUB, channels, True),
        (PUB, "/api/contents/pub", False),
        (OWN, "/api/contents/pub", True),
        (None, f"/{ROOM}", False),
        (PUB, f"/{ROOM}", True),
    ):
        session = a_session(scope=EXECUTE, narrowing=narrowing)
        live = Live(RUNNING, "pub/own.ipynb")
        ruling = gate.decide(session, "GET", path, live=live)
        assert (ruling.verdict, ruling.moves) == (ALLOW, expected), path


class TestAddedRows:
    @pytest.fixture
    def verdict(self, root):
        added = (row("GET", r"my-ext/.*", READ, plain_url, narrowed=False), row("GET", r".*", READ))

        def verdict(scope, path, narrowing=None):
            gate = Gate("/", lambda: str(root), added=lambda: added)
            return gate.decide(a_session(scope=scope, narrowing=narrowing), "GET", path).verdict

        return verdict

    def test_name_what_the_table_does_not(self, verdict):
        assert verdict(READ, "/my-ext/x") is ALLOW
        assert verdict(READ, "/my-ext/../x") is DENY
        assert verdict(READ, "/my-ext/%2e%2e/x") is DENY
        assert verdict(READ, "/my-ext/x", PUB) is DENY

    @pytest.mark.parametrize("path", ["/lsp/ws/pylsp", "/metrics", "/api/contents/out"])
    def test_loosen_nothing(self, verdict, path):
        assert verdict(READ, path) is DENY

    @pytest.mark.parametrize("path", ["/nb-presign/api/links", "/nb-presign/open", "/nb-presign"])
    def test_are_never_ours(self, verdict, path):
        assert verdict(FULL, path) is DENY


def test_the_servers_own_files_are_out_of_reach(root):
    kept = root / "runtime"
    (kept / "deep").mkdir(parents=True)
    (root / "alias").symlink_to(kept)
    gate = Gate("/", lambda: str(root), closed=(kept.resolve(), (root / "pub" / "key").resolve()))
    for path, expected in (
        ("files/runtime/x", DENY),
        ("files/runtime/deep/x", DENY),
        ("files/alias/x", DENY),
        ("api/contents/runtime", DENY),
        ("files/pub/key", DENY),
        ("files/pub/own.ipynb", ALLOW),
        ("files/runtime2/x", ALLOW),
        ("files/RunTime/x", DENY),
    ):
        assert gate.decide(a_session(scope=FULL), "GET", f"/{path}").verdict is expected, path
    (root / "pub" / "key").touch()
    (root / "pub" / "more").mkdir()
    for copied, expected in (("pub", DENY), ("pub/more", ALLOW), ("alias", DENY)):
        body = json.dumps({"copy_from": copied}).encode()
        session = a_session(scope=FULL)
        assert gate.decide(session, "POST", "/api/contents", body).verdict is expected, copied


def test_hidden_files_are_served_where_the_server_serves_them(root):
    for hidden, expected in ((True, ALLOW), (False, DENY)):
        gate = Gate("/", lambda: str(root), hidden=lambda hidden=hidden: hidden)
        session = a_session(scope=FULL)
        assert gate.decide(session, "GET", "/files/pub/.x").verdict is expected


def test_absorbing_rows_say_how():
    for route in ROUTES:
        assert route.absorb is None or isinstance(route.absorb, Absorbed)
        assert route.public is (route.scope is None and route.absorb is None)


def test_a_row_is_written_for_the_whole_alphabet_that_paths_have():
    made = row("GET POST", r"x/\w+", Scope.READ)
    assert made.methods == {"GET", "POST"}
    assert made.pattern.fullmatch("x/abc")
    assert not made.pattern.fullmatch("x/\u00e9")


def test_a_ruling_says_what_the_handler_is_held_to(root):
    gate = Gate("/base/", lambda: str(root), hidden=lambda: True, closed=(root / "box",))
    live = Live(RUNNING, "x", frozenset({KERNEL}), frozenset({OTHER}))
    session = a_session(scope=Scope.EXECUTE, narrowing=PUB)
    body = json.dumps({"path": "pub/new.ipynb", "type": "notebook"}).encode()
    ruling = gate.decide(session, "POST", "/base/api/sessions", body, live=live)
    assert ruling == Ruling(
        Verdict.ALLOW,
        reach=Reach(
            PUB,
            str(root),
            hidden=True,
            closed=(root / "box",),
            running=RUNNING,
            kernels=live.kernels,
            started=live.started,
        ),
        moves=True,
        starts=True,
    )


def test_a_ruling_is_no_more_than_was_asked(root):
    gate = Gate("/base/", lambda: str(root))
    page = gate.decide(a_session(), "GET", "/base/api/contents/pub")
    assert page == Ruling(Verdict.ALLOW, reach=Reach(root=str(root)))
    static = gate.decide(a_session(), "GET", "/base/lab/extensions/x/static/y.js")
    assert (static.verdict, static.cacheable) == (Verdict.ALLOW, True)
    absorbed = gate.decide(a_session(), "PATCH", "/base/api/me")
    assert absorbed == Ruling(Verdict.ABSORB, Absorbed.IDENTITY)


def test_the_base_url_itself_is_its_first_page(root):
    added = lambda: (row("GET", "mine/(?P<path>.*)", Scope.READ),)  # noqa: E731  # one row
    gate = Gate("/base/", lambda: str(root), added=added)
    assert gate.find("GET", "/base") == gate.find("GET", "/base/")
    assert gate.find("GET", "/base").below == ""
    for path in ("", "/", "/bas", "/base.", "/other/base", "/basement"):
        assert gate.find("GET", path) is None
    assert gate.find("GET", "/base/mine/x").groups == {"path": "x"}
