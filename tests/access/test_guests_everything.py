"""Guests on a server with all that is commonly installed: documents by id, apps behind proxies."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest
import websocket
from support.channels import Channels
from support.everything import everything_server
from support.host import NOTEBOOK, Guest, Host
from support.servers import World

from nb_presign.model import Narrowing, Scope

PUB = Narrowing("pub")
DOCUMENT = {"format": "json", "type": "notebook"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("everything"))


@pytest.fixture(scope="module")
def host(world: World) -> Iterator[Host]:
    root = world.home / "files"
    for path in ("pub/own.ipynb", "pub/away.ipynb", "priv/secret.ipynb"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(json.dumps(NOTEBOOK))
    (root / "pub" / "to-priv").symlink_to(root / "priv")
    rows = [{"methods": "GET", "path": "lab/elsewhere", "scope": "execute"}]
    with everything_server(world, root, NbPresign={"routes": rows}) as server:
        host = Host.of(server, world.home)
        yield host
        host.store.close()


@pytest.fixture
def make_guest(host: Host) -> Iterator[Callable[..., Guest]]:
    made: list[Guest] = []

    def make(*args, **kwargs) -> Guest:
        made.append(host.guest(*args, **kwargs))
        # tornado hangs up on a request that is refused before its body was read.
        made[-1].client.headers["Connection"] = "close"
        return made[-1]

    yield make
    for guest in made:
        guest.client.close()


@pytest.fixture
def room_of(host: Host) -> Callable[[str], str]:
    """Make the owner open a document, and tell its room."""

    def room_of(path: str) -> str:
        with host.server.owner() as owner:
            answer = owner.put(f"api/collaboration/session/{path}", json=DOCUMENT)
        return f"json:notebook:{answer.json()['fileId']}"

    return room_of


def connect(host: Host, guest: Guest, room: str) -> Channels:
    """Open a room as a browser does that has just asked for the document."""
    with host.server.owner() as owner:
        answer = owner.put("api/collaboration/session/pub/own.ipynb", json=DOCUMENT)
    url = f"{host.server.url}api/collaboration/room/{room}?sessionId={answer.json()['sessionId']}"
    return Channels(url, guest.headers)


def test_rooms_are_open_to_who_may_write_their_document(host, make_guest, room_of):
    own, secret = room_of("pub/own.ipynb"), room_of("priv/secret.ipynb")
    for guest, allowed, refused in (
        (make_guest(Scope.READ), [], [own, secret]),
        (make_guest(Scope.EXECUTE), [own, secret], []),
        (make_guest(Scope.EXECUTE, narrowing=PUB), [own], [secret]),
        (make_guest(Scope.FULL, narrowing=Narrowing("priv")), [secret], [own]),
    ):
        for room in allowed:
            # The room says what it has, as soon as somebody comes.
            opened = connect(host, guest, room)
            assert opened.socket.recv_frame().opcode == websocket.ABNF.OPCODE_BINARY
            opened.socket.close()
        for room in [*refused, "json:notebook:00000000-0000-0000-0000-000000000000", "x"]:
            with pytest.raises(websocket.WebSocketBadStatusException) as refusal:
                connect(host, guest, room)
            assert refusal.value.status_code == 403


def test_documents_are_asked_for_by_path_and_by_id(make_guest, room_of):
    own, secret = (
        room_of(path).rpartition(":")[2] for path in ("pub/own.ipynb", "priv/secret.ipynb")
    )
    guest = make_guest(Scope.EXECUTE, narrowing=PUB)
    for path, status in (
        ("pub/own.ipynb", 200),
        ("priv/secret.ipynb", 403),
        ("pub/to-priv/secret.ipynb", 403),
        ("pub%2F..%2Fpriv/secret.ipynb", 403),
    ):
        answer = guest.request("PUT", f"api/collaboration/session/{path}", json=DOCUMENT)
        assert answer.status_code == status, path
    get = guest.client.get
    assert get("api/fileid/path", params={"id": own}).json()["path"] == "pub/own.ipynb"
    assert get("api/fileid/id", params={"path": "pub/own.ipynb"}).json()["id"] == own
    for query in (
        f"path?id={secret}",
        f"path?id={own}&id={secret}",
        "id?path=priv/secret.ipynb",
        "id?path=pub/own.ipynb&path=priv/secret.ipynb",
        "id?path=%20priv/secret.ipynb",
    ):
        answer = get(f"api/fileid/{query}")
        assert answer.status_code == 403, query
        assert secret not in answer.text
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = guest.client.request(
        "GET", "api/fileid/id?path=pub/own.ipynb", content="path=priv/secret.ipynb", headers=form
    )
    assert answer.status_code == 403


def test_forks_of_documents_inside(host, make_guest, room_of):
    own, secret = room_of("pub/own.ipynb"), room_of("priv/secret.ipynb")
    guest, whole = make_guest(Scope.EXECUTE, narrowing=PUB), make_guest(Scope.EXECUTE)
    opened = [connect(host, whole, room) for room in (own, secret)]
    for each in opened:
        each.socket.recv_frame()
    forks = {}
    for room in (own, secret):
        answer = whole.request("PUT", f"api/collaboration/fork/{room}", json={})
        assert answer.status_code == 201, answer.text
        forks[room] = answer.json()["fork_roomid"]
    assert guest.request("PUT", f"api/collaboration/fork/{own}", json={}).status_code == 201
    assert guest.request("PUT", f"api/collaboration/fork/{secret}", json={}).status_code == 403
    assert forks[own] in guest.client.get(f"api/collaboration/fork/{own}").json()
    assert guest.client.get(f"api/collaboration/fork/{secret}").status_code == 403
    delete = "api/collaboration/fork/{}?merge=false"
    assert guest.request("DELETE", delete.format(forks[secret])).status_code == 403
    assert forks[secret] in whole.client.get(f"api/collaboration/fork/{secret}").json()
    assert guest.request("DELETE", delete.format(forks[own])).status_code == 200
    assert forks[own] not in whole.client.get(f"api/collaboration/fork/{own}").json()
    for each in opened:
        each.socket.close()


def test_a_document_that_moves_out_of_a_directory_is_cut_off(host, make_guest, room_of):
    room = room_of("pub/away.ipynb")
    guest = make_guest(Scope.EXECUTE, narrowing=PUB)
    opened = connect(host, guest, room)
    opened.socket.recv_frame()
    with host.server.owner() as owner:
        answer = owner.patch("api/contents/pub/away.ipynb", json={"path": "priv/away.ipynb"})
        assert answer.status_code == 200
    assert opened.wait_for_hang_up(seconds=6) < 4
    assert opened.closed_with == 4401
    with pytest.raises(websocket.WebSocketBadStatusException):
        connect(host, guest, room)


def test_a_narrowed_guest_hears_nothing_of_who_else_is_there(host, make_guest):
    heard = {}
    for narrowing in (None, PUB):
        guest = make_guest(Scope.EXECUTE, narrowing=narrowing)
        opened = connect(host, guest, "JupyterLab:globalAwareness")
        opened.socket.settimeout(1.5 if narrowing else 20)
        try:
            heard[narrowing] = opened.socket.recv_frame().opcode
        except websocket.WebSocketTimeoutException:
            heard[narrowing] = None
        assert opened.socket.connected
        opened.socket.close()
    assert heard == {None: websocket.ABNF.OPCODE_BINARY, PUB: None}


def test_apps_behind_the_proxy_are_for_full(world, host, make_guest):
    written = world.home / "proxied" / "written"
    for guest in (
        make_guest(Scope.READ),
        make_guest(Scope.EXECUTE),
        make_guest(Scope.FULL, narrowing=PUB),
    ):
        for method in ("GET", "POST", "PUT", "OPTIONS"):
            answer = guest.request(method, "tiny/x", content=b"guest")
            assert "headers" not in answer.text, method
        assert guest.client.get("proxy/absolute/1/x").status_code == 403
    assert not written.exists()
    full = make_guest(Scope.FULL)
    assert full.client.get("tiny/x").json()["path"] == "/x"
    assert full.cookie not in full.client.get("tiny/x").text
    lent = host.lend(Scope.FULL)
    with host.server.stranger(headers=lent.headers) as program:
        shown = program.get("tiny/x").json()["headers"]
        assert "Host" in shown
        assert "Authorization" not in shown
        # What an app's own client sends is the app's.
        theirs = {"Authorization": "Bearer of-the-app"}
        assert full.client.get("tiny/x", headers=theirs).json()["headers"].items() >= theirs.items()
    assert full.request("POST", "tiny/x", content=b"full").status_code == 200
    assert written.read_bytes() == b"full\n"


def test_front_ends_are_told_that_there_is_nothing(make_guest):
    for guest in (make_guest(Scope.EXECUTE), make_guest(Scope.FULL, narrowing=PUB)):
        get = guest.client.get
        assert get("lsp/status").json() == {"version": 2, "sessions": {}, "specs": {}}
        assert get("server-proxy/servers-info").json() == {"server_processes": []}
        assert get("api/terminals").json() == []
        assert get("lab/api/news").json() == {"news": []}
        assert get("lab/api/update").json() == {"notification": None}
        assert get("api/resolvePath", params={"path": "/etc/passwd"}).json() == {"resolved": []}
        assert guest.request("PATCH", "api/config/notebook", json={"a": 1}).json() == {}
        assert guest.request("PUT", "api/config/notebook", json={"a": 1}).status_code == 204
        assert guest.request("POST", "api/security/csp-report", json={}).status_code == 204
        assert "a" not in get("api/config/notebook").json()
    full = make_guest(Scope.FULL).client.get
    assert "pylsp" in full("lsp/status").json()["specs"]
    assert full("server-proxy/servers-info").json()["server_processes"]


@pytest.mark.parametrize(
    "page",
    [
        *("tree", "tree/pub", "notebooks/pub/own.ipynb", "edit/pub/own.ipynb", "consoles/x"),
        *("nbclassic/tree", "nbclassic/notebooks/pub/own.ipynb", "nbclassic/edit/pub/own.ipynb"),
        *("nbclassic/view/pub/own.ipynb", "lab/tree/pub/own.ipynb"),
    ],
)
def test_pages_of_every_front_end_hold_no_token(host, make_guest, page):
    for guest in (make_guest(Scope.FULL), make_guest(Scope.READ, narrowing=PUB)):
        answer = guest.client.get(page)
        assert answer.status_code == 200
        assert host.server.token not in answer.text
    with host.server.owner() as owner:
        if "view" not in page:
            assert host.server.token in owner.get(page).text


def test_pages_do_not_tell_whether_there_is_a_file_outside(make_guest):
    guest = make_guest(Scope.READ, narrowing=PUB)
    for page in ("tree", "notebooks", "nbclassic/tree", "nbclassic/notebooks", "nbclassic/edit"):
        for path in ("priv/secret.ipynb", "priv/nothing.ipynb", "pub/to-priv/secret.ipynb"):
            assert guest.client.get(f"{page}/{path}").status_code == 403, (page, path)


def test_full_is_not_to_switch_us_off(host, make_guest):
    full = make_guest(Scope.FULL)
    for path, body in (
        ("lab/api/plugins", {"cmd": "disable", "plugin_name": "nb_presign:guest"}),
        ("lab/api/extensions", {"cmd": "disable", "extension_name": "nb_presign"}),
        ("lab/api/extensions", {"cmd": "uninstall", "extension_name": "NB.presign"}),
        ("api/events", {"schema_id": "https://nb-presign.readthedocs.io/events/link/v1"}),
    ):
        assert full.request("POST", path, json=body).status_code == 403, body
    with host.server.owner() as owner:
        assert owner.get("nb-presign/api/server").json()["self_hosted"]
    other = {"cmd": "disable", "plugin_name": "@jupyterlab/nothing:plugin"}
    assert full.request("POST", "lab/api/plugins", json=other).status_code == 201


def test_a_deployers_row(make_guest):
    found = {scope: make_guest(scope).client.get("lab/elsewhere") for scope in Scope}
    assert [found[scope].status_code for scope in Scope] == [403, 200, 200]
    assert make_guest(Scope.FULL).client.get("lab/nowhere").status_code == 403
    assert make_guest(Scope.FULL, narrowing=PUB).client.get("lab/elsewhere").status_code == 403


def test_terminals_begin_inside(host, make_guest):
    full = make_guest(Scope.FULL)
    for body in ({"cwd": "/"}, {"cwd": ".."}, {"cwd": "~"}, {"shell_command": ["true"]}):
        assert full.request("POST", "api/terminals", json=body).status_code == 403, body
    assert full.client.get("api/terminals").json() == []
    name = full.request("POST", "api/terminals", json={"cwd": "pub"}).json()["name"]
    with host.server.owner() as owner:
        assert [each["name"] for each in owner.get("api/terminals").json()] == [name]
        assert owner.delete(f"api/terminals/{name}").status_code == 204
    deadline = time.monotonic() + 20
    while full.client.get("api/terminals").json() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert full.client.get("api/terminals").json() == []
