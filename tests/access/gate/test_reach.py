"""Narrowed sessions: one open notebook, a directory, a file."""

from __future__ import annotations

import pytest
from support.gates import (
    KERNEL,
    OTHER,
    OWN,
    PRIVATE,
    PUB,
    RUNNING,
    SESSION,
    SHARED,
    TWO,
    UNKNOWN,
    Asker,
    a_root,
)

from nb_presign.access.gate.gate import Live, Verdict
from nb_presign.access.gate.reach import (
    MAX_ENTRIES,
    MAX_STARTED,
    Reach,
    RunningSession,
    as_it_is_now,
)
from nb_presign.model import Narrowing, Scope


@pytest.fixture
def root(tmp_path):
    return a_root(tmp_path)


@pytest.fixture
def decide(root):
    return Asker(root)


READ, EXECUTE, FULL = Scope
#: The guest has started those of `pub` themselves.
LIVE = Live(RUNNING, started=frozenset({KERNEL, SHARED}))
ALLOW, ABSORB, PUBLIC, DENY = Verdict


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
        (READ, "GET", "tree/pub", None, ALLOW),
        (READ, "GET", "tree/priv", None, DENY),
        (EXECUTE, "PATCH", f"api/sessions/{SESSION}", {"kernel": {"name": "python3"}}, DENY),
        (EXECUTE, "PATCH", f"api/sessions/{SESSION}", {"kernel": {"id": KERNEL}}, ALLOW),
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


@pytest.mark.parametrize(
    ("scope", "method", "path", "body", "expected"),
    [
        (READ, "GET", "api/contents", None, ALLOW),
        (READ, "GET", "api/contents/pub", None, ALLOW),
        (READ, "GET", "api/contents/pub/sub/x.ipynb", None, ALLOW),
        (READ, "GET", "api/contents/public", None, DENY),
        (READ, "GET", "api/contents/pu", None, DENY),
        (READ, "GET", "api/contents/pub/to-priv/x", None, DENY),
        (READ, "GET", "api/contents/pub/.hidden", None, DENY),
        (READ, "GET", "files/pub/x.csv", None, ALLOW),
        (READ, "GET", "files/within/x.csv", None, DENY),
        (READ, "PUT", "api/contents/pub/x.ipynb", {}, DENY),
        (EXECUTE, "PUT", "api/contents/pub/x.ipynb", {}, ALLOW),
        (EXECUTE, "POST", "api/contents/pub", {"type": "notebook"}, ALLOW),
        (EXECUTE, "POST", "api/contents", {"type": "notebook"}, DENY),
        (EXECUTE, "POST", "api/contents/pub", {"copy_from": "pub/own.ipynb"}, ALLOW),
        (EXECUTE, "POST", "api/contents/pub", {"copy_from": "priv/x.ipynb"}, DENY),
        (EXECUTE, "POST", "api/contents/pub", {"copy_from": "pub"}, DENY),
        (EXECUTE, "PATCH", "api/contents/pub/own.ipynb", {"path": "pub/sub/b.ipynb"}, ALLOW),
        (EXECUTE, "PATCH", "api/contents/pub/own.ipynb", {"path": "priv/b.ipynb"}, DENY),
        (EXECUTE, "PATCH", "api/contents/priv/x.ipynb", {"path": "pub/b.ipynb"}, DENY),
        (EXECUTE, "POST", "api/contents/pub/own.ipynb/checkpoints", None, ALLOW),
        (EXECUTE, "DELETE", "api/contents/pub/own.ipynb", None, DENY),
        (FULL, "DELETE", "api/contents/pub/own.ipynb", None, ALLOW),
        (FULL, "DELETE", "api/contents/pub", None, DENY),
        (FULL, "DELETE", "api/contents/priv/x.ipynb", None, DENY),
        (READ, "GET", f"api/kernels/{KERNEL}/channels", None, ALLOW),
        (READ, "GET", f"api/kernels/{OTHER}/channels", None, DENY),
        (EXECUTE, "POST", f"api/kernels/{KERNEL}/restart", None, ALLOW),
        (EXECUTE, "POST", f"api/kernels/{OTHER}/restart", None, DENY),
        (EXECUTE, "DELETE", f"api/kernels/{KERNEL}", None, ALLOW),
        (EXECUTE, "DELETE", f"api/kernels/{OTHER}", None, DENY),
        (EXECUTE, "DELETE", f"api/kernels/{SHARED}", None, DENY),
        (EXECUTE, "DELETE", f"api/kernels/{UNKNOWN}", None, DENY),
        (EXECUTE, "POST", "api/kernels", {"path": "pub"}, DENY),
        (READ, "GET", f"api/sessions/{SESSION}", None, ALLOW),
        (READ, "GET", f"api/sessions/{PRIVATE}", None, DENY),
        (EXECUTE, "DELETE", f"api/sessions/{SESSION}", None, ALLOW),
        (EXECUTE, "DELETE", f"api/sessions/{PRIVATE}", None, DENY),
        (EXECUTE, "DELETE", f"api/sessions/{TWO}", None, DENY),
        (EXECUTE, "POST", "api/sessions", {"path": "pub/n.ipynb", "type": "notebook"}, ALLOW),
        (EXECUTE, "POST", "api/sessions", {"path": "pub/n", "kernel": {"id": None}}, ALLOW),
        (EXECUTE, "POST", "api/sessions", {"path": "pub/n", "kernel": {"id": KERNEL}}, ALLOW),
        (EXECUTE, "POST", "api/sessions", {"path": "pub/n", "kernel": {"id": OTHER}}, DENY),
        (EXECUTE, "POST", "api/sessions", {"path": "pub/n", "kernel": {"id": UNKNOWN}}, DENY),
        (EXECUTE, "POST", "api/sessions", {"path": "priv/n.ipynb", "type": "notebook"}, DENY),
        (EXECUTE, "PATCH", f"api/sessions/{SESSION}", {"path": "pub/b.ipynb"}, ALLOW),
        (EXECUTE, "PATCH", f"api/sessions/{SESSION}", {"path": "priv/b.ipynb"}, DENY),
        (EXECUTE, "PATCH", f"api/sessions/{SESSION}", {"kernel": {"name": "x"}}, ALLOW),
        (EXECUTE, "PATCH", f"api/sessions/{SESSION}", {"kernel": {"id": OTHER}}, DENY),
        (EXECUTE, "PATCH", f"api/sessions/{SESSION}", {"kernel": {"id": SHARED}}, ALLOW),
        (EXECUTE, "PATCH", f"api/sessions/{SESSION}", {"kernel": {"id": UNKNOWN}}, DENY),
        (EXECUTE, "PATCH", f"api/sessions/{SESSION}", {"kernel": {"id": ""}}, DENY),
        (EXECUTE, "PATCH", f"api/sessions/{TWO}", {"kernel": {"name": "x"}}, DENY),
        (EXECUTE, "PATCH", f"api/sessions/{PRIVATE}", {"path": "pub/b.ipynb"}, DENY),
        (FULL, "GET", "api/terminals", None, ABSORB),
        (FULL, "POST", "api/terminals", {}, DENY),
        (FULL, "GET", "terminals/websocket/1", None, DENY),
        (FULL, "GET", "lsp/ws/pylsp", None, DENY),
        (FULL, "GET", "proxy/8080/", None, DENY),
        (FULL, "PUT", "lab/api/settings/x:y", {}, ABSORB),
        (FULL, "POST", "api/shutdown", None, DENY),
        (FULL, "POST", "lab/api/extensions", {"cmd": "install", "extension_name": "x"}, DENY),
        (FULL, "POST", "api/contents/pub/own.ipynb/trust", None, DENY),
        (FULL, "POST", "nbconvert/html", {"content": {}}, DENY),
        (FULL, "GET", "nbconvert/pdf/pub/own.ipynb", None, DENY),
    ],
)
def test_a_session_narrowed_to_a_directory(decide, scope, method, path, body, expected):
    assert decide(scope, method, path, body, PUB, live=LIVE) is expected


def test_a_way_of_several_steps_is_shown_and_nothing_beside_it(decide):
    far = Narrowing("box/deep/farther/x.ipynb")
    for path, expected in (
        ("", ALLOW),
        ("/box", ALLOW),
        ("/box/deep", ALLOW),
        ("/box/deep/farther", ALLOW),
        ("/box/other", DENY),
        ("/box/deep/other", DENY),
        ("/deep", DENY),
        ("/box/farther", DENY),
    ):
        assert decide(READ, "GET", f"api/contents{path}", narrowing=far) is expected, path


def test_the_way_to_a_directory_is_a_plain_one(decide):
    assert decide(READ, "GET", "api/contents/out", narrowing=Narrowing("out/x")) is DENY
    assert decide(READ, "GET", "api/contents/.x", narrowing=Narrowing(".x/y")) is DENY


def test_who_has_one_open_notebook_does_not_end_it(decide):
    for path in (f"api/kernels/{KERNEL}", f"api/sessions/{SESSION}"):
        assert decide(FULL, "DELETE", path, narrowing=OWN, live=Live(RUNNING)) is DENY


def test_directories_with_very_much_in_them_are_not_copied(decide, root):
    (root / "pub" / "much").mkdir()
    for number in range(MAX_ENTRIES + 1):
        (root / "pub" / "much" / str(number)).touch()
    body = {"copy_from": "pub/much"}
    assert decide(FULL, "POST", "api/contents/pub", body) is DENY
    (root / "pub" / "much" / "0").unlink()
    assert decide(FULL, "POST", "api/contents/pub", body) is ALLOW


def test_copies_of_directories_follow_links_that_stay(decide, root):
    (root / "pub" / "sub").mkdir()
    (root / "pub" / "sub" / "link").symlink_to(root / "pub" / "own.ipynb")
    copy = ("POST", "api/contents/pub", {"copy_from": "pub/sub"})
    assert decide(EXECUTE, *copy, PUB) is ALLOW
    assert decide(EXECUTE, "POST", "api/contents", {"copy_from": "pub"}) is ALLOW
    (root / "pub" / "sub" / "away").symlink_to(root / "priv")
    assert decide(EXECUTE, *copy, PUB) is DENY
    # They follow one link after the other, and come to no end where these lead in a circle.
    (root / "pub" / "one").mkdir()
    (root / "pub" / "one" / "next").symlink_to(root / "pub" / "sub")
    assert decide(EXECUTE, *copy[:2], {"copy_from": "pub/one"}, PUB) is DENY
    (root / "pub" / "circle").mkdir()
    (root / "pub" / "circle" / "again").symlink_to(root / "pub" / "circle")
    assert decide(EXECUTE, *copy[:2], {"copy_from": "pub/circle"}, PUB) is DENY


def test_a_file_alone_may_be_run(decide):
    alone = Narrowing("pub/own.ipynb")
    body = {"path": "pub/own.ipynb", "type": "notebook", "kernel": {"name": "python3"}}
    assert decide(EXECUTE, "POST", "api/sessions", body, alone) is ALLOW
    assert decide(EXECUTE, "POST", "api/sessions", {**body, "path": "pub/b"}, alone) is DENY
    running = Live(RUNNING)
    path = "api/kernels/{}/channels"
    assert decide(EXECUTE, "GET", path.format(KERNEL), narrowing=alone, live=running) is ALLOW
    assert decide(EXECUTE, "GET", path.format(SHARED), narrowing=alone, live=running) is DENY


ALONE = Narrowing("pub/own.ipynb")
#: What JupyterLab calls a session whose kernel is being started.
BEGINNING = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize(
    ("path", "narrowing", "expected"),
    [
        (f"pub/{BEGINNING}", ALONE, ALLOW),
        (f"/pub/{BEGINNING}", ALONE, ALLOW),
        (BEGINNING, Narrowing("top.ipynb"), ALLOW),
        (f"pub/{BEGINNING}", PUB, ALLOW),
        (f"pub/{BEGINNING}", OWN, DENY),
        (BEGINNING, ALONE, DENY),
        (f"priv/{BEGINNING}", ALONE, DENY),
        (f"pub/sub/{BEGINNING}", ALONE, DENY),
        (f"pub/{BEGINNING}.ipynb", ALONE, DENY),
        (f"pub/x{BEGINNING}", ALONE, DENY),
        (f"pub/{BEGINNING.upper()}", ALONE, DENY),
        ("pub/0f8fad5b-d9cb-169f-a165-70867728950e", ALONE, DENY),
        ("pub/0f8fad5b-d9cb-469f-c165-70867728950e", ALONE, DENY),
        (f"pub/../pub/{BEGINNING}", ALONE, DENY),
        # Beside a directory, or what is not there, nothing begins.
        (BEGINNING, PUB, DENY),
        (f"pub/{BEGINNING}", Narrowing("pub/absent.ipynb"), DENY),
        (f"pub/{BEGINNING}", Narrowing("pub/alias.ipynb"), DENY),
    ],
)
def test_a_file_alone_is_started_as_front_ends_do(decide, root, path, narrowing, expected):
    (root / "top.ipynb").touch()
    (root / "pub" / "alias.ipynb").symlink_to(root / "priv")
    body = {"path": path, "type": "notebook", "name": "own.ipynb", "kernel": {"name": "python3"}}
    assert decide(EXECUTE, "POST", "api/sessions", body, narrowing) is expected


def test_what_begins_beside_a_file_is_new_and_nothing_else(decide, root):
    beside, other = f"pub/{BEGINNING}", "pub/7c9e6679-7425-40de-944b-e07fc1f90ae7"
    fresh = {"path": beside, "type": "notebook", "kernel": {"name": "python3"}}
    for body in (
        {**fresh, "kernel": {"id": KERNEL}},
        {**fresh, "kernel": {"id": OTHER}},
        {**fresh, "notebook": {"path": beside}},
        {**fresh, "notebook": {"name": "priv/x.ipynb"}},
    ):
        assert decide(EXECUTE, "POST", "api/sessions", body, ALONE, live=LIVE) is DENY, body
    for taken in (beside, f"/{beside}"):
        live = Live((RunningSession(PRIVATE, taken, OTHER),))
        assert decide(EXECUTE, "POST", "api/sessions", fresh, ALONE, live=live) is DENY
    (root / other).mkdir()
    assert decide(EXECUTE, "POST", "api/sessions", {**fresh, "path": other}, ALONE) is DENY
    assert decide(READ, "POST", "api/sessions", fresh, ALONE) is DENY
    assert decide(EXECUTE, "PATCH", f"api/sessions/{SESSION}", {"path": beside}, ALONE) is DENY
    # Files that are in no file system cannot be told from directories.
    assert not Reach(ALONE).opens(beside)
    assert Reach(ALONE, str(root)).opens(beside)


def test_who_holds_a_file_starts_a_few_kernels_and_no_more(decide):
    body = {"path": f"pub/{BEGINNING}", "type": "notebook", "kernel": {"name": "python3"}}
    mine = [f"kernel-{number}" for number in range(MAX_STARTED)]
    for number, expected in ((0, ALLOW), (MAX_STARTED - 1, ALLOW), (MAX_STARTED, DENY)):
        live = Live(started=frozenset(mine[:number]))
        assert decide(EXECUTE, "POST", "api/sessions", body, ALONE, live=live) is expected, number
    # The one that runs for the file itself is still to be had, and renaming hides none.
    full = Live((RunningSession(SESSION, ALONE.path, mine[0]),), started=frozenset(mine))
    own = {**body, "path": ALONE.path}
    assert decide(EXECUTE, "POST", "api/sessions", own, ALONE, live=full) is ALLOW
    assert decide(EXECUTE, "POST", "api/sessions", body, ALONE, live=full) is DENY
    # Who holds the directory may start as many as they like.
    assert decide(EXECUTE, "POST", "api/sessions", body, PUB, live=full) is ALLOW


def test_what_somebody_else_begins_beside_a_file_is_not_reached(decide):
    running = (RunningSession(SESSION, f"pub/{BEGINNING}", KERNEL),)
    mine, others = Live(running, started=frozenset({KERNEL})), Live(running)
    rename = {"path": "pub/own.ipynb"}
    for scope, method, path, body in (
        (READ, "GET", f"api/kernels/{KERNEL}/channels", None),
        (READ, "GET", f"api/sessions/{SESSION}", None),
        (EXECUTE, "POST", f"api/kernels/{KERNEL}/interrupt", None),
        (EXECUTE, "PATCH", f"api/sessions/{SESSION}", rename),
        (EXECUTE, "DELETE", f"api/sessions/{SESSION}", None),
    ):
        assert decide(scope, method, path, body, ALONE, live=mine) is ALLOW, path
        assert decide(scope, method, path, body, ALONE, live=others) is DENY, path
        elsewhere = Live((RunningSession(SESSION, BEGINNING, KERNEL),), started=mine.started)
        assert decide(scope, method, path, body, ALONE, live=elsewhere) is DENY, path
    full = f"api/sessions/{SESSION}"
    assert decide(FULL, "DELETE", full, narrowing=ALONE, live=others) is DENY


def test_an_open_notebook_is_followed_to_its_present_name_and_kernel(decide):
    moved = Live((RunningSession(SESSION, "pub/new name.ipynb", OTHER),))
    for path, expected in (
        ("api/contents/pub/new%20name.ipynb", ALLOW),
        ("api/contents/pub/own.ipynb", DENY),
        (f"api/kernels/{OTHER}/channels", ALLOW),
        (f"api/kernels/{KERNEL}/channels", DENY),
    ):
        assert decide(READ, "GET", path, narrowing=OWN, live=moved) is expected, path


def test_another_session_on_the_path_of_an_open_notebook_is_not_it(decide):
    other = Live((RunningSession(PRIVATE, "pub/own.ipynb", OTHER),))
    path = f"api/kernels/{OTHER}/channels"
    assert decide(READ, "GET", path, narrowing=OWN, live=other) is DENY
    assert decide(READ, "GET", f"api/sessions/{PRIVATE}", narrowing=OWN, live=other) is DENY
    # Its own is gone: the kernel that it had still counts.
    path = f"api/kernels/{KERNEL}/channels"
    assert decide(READ, "GET", path, narrowing=OWN, live=other) is ALLOW


@pytest.mark.parametrize("path", ["", "../x.ipynb", "/etc/../x.ipynb", "pub\\own.ipynb"])
def test_an_open_notebook_that_went_nobody_knows_where_has_no_kernel(decide, path):
    strange = Live((RunningSession(SESSION, path, KERNEL),))
    assert decide(READ, "GET", f"api/kernels/{KERNEL}", narrowing=OWN, live=strange) is DENY


def test_a_session_that_was_opened_at_a_path_with_tricks_is_outside(decide):
    strange = Live((RunningSession(SESSION, "pub/../priv/x.ipynb", KERNEL),))
    path = f"api/kernels/{KERNEL}/channels"
    assert decide(READ, "GET", path, narrowing=PUB, live=strange) is DENY


@pytest.mark.parametrize("narrowing", [OWN, PUB, Narrowing("pub/own.ipynb")])
@pytest.mark.parametrize("kernel_id", ["", None, 1, [KERNEL]])
def test_what_is_no_id_names_no_kernel(narrowing, kernel_id):
    # A console without a kernel, which a session may be for a moment.
    bare = RunningSession(PRIVATE, "pub/own.ipynb", "")
    assert not Reach(narrowing, running=(*RUNNING, bare)).kernel(kernel_id)
    assert Reach(running=RUNNING).kernel(kernel_id)


def test_where_nobody_knows_the_document_who_has_the_whole_may_ask(decide):
    path, arguments = "api/fileid/path", {"id": [b"x"]}
    assert decide(READ, "GET", path, arguments=arguments) is ALLOW
    assert decide(READ, "GET", path, narrowing=PUB, arguments=arguments) is DENY


@pytest.mark.parametrize("path", ["", "../x.ipynb", "pub\\own.ipynb"])
def test_what_went_nobody_knows_where_keeps_its_session_alone(path):
    strange = (RunningSession(SESSION, path, OTHER),)
    assert as_it_is_now(OWN, strange) == Narrowing(OWN.path, "", SESSION)


def test_a_path_that_cannot_be_looked_at_is_outside(root):
    assert Reach(root=str(root)).holds("pub/own.ipynb")
    assert not Reach(root=str(root)).holds("pub/\0")
