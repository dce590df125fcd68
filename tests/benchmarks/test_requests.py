"""What requests, frames and mints cost on running servers."""

import asyncio
import http.client
import json
from urllib.parse import urlsplit

import httpx
import pytest
from benchmarks.figure import compare
from guest import Guest
from jupyter_servers import World, jupyter_server
from kernel_socket import KernelSocket
from playground import TRAINING, open_notebook, write_notebook

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

BATCH = 25


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("benchmark"))


@pytest.fixture(scope="module")
def server(world):
    """Run a server with the extension, as people do: log level INFO."""
    root = world.home / "with"
    root.mkdir()
    write_notebook(root / "training.ipynb", TRAINING)
    config = {"ServerApp": {"log_level": "INFO"}, "NbPresign": {"server_name": "with"}}
    with jupyter_server(world, root, config=config) as running:
        yield running


@pytest.fixture(scope="module")
def bare(world):
    """Run the same without the extension."""
    config = {"ServerApp": {"log_level": "INFO", "jpserver_extensions": {"nb_presign": False}}}
    with jupyter_server(world, world.home / "without", config=config) as running:
        yield running


@pytest.fixture(scope="module")
def guest(server):
    with server.owner() as owner:
        body = {"target": "jupyter:./tree/training.ipynb", "scope": "execute"}
        answer = owner.post("nb-presign/api/links", json=body)
        assert answer.status_code == 201, answer.text
    guest = Guest(answer.json()["url"])
    assert guest.redeem().status_code == 200
    yield guest
    guest.close()


def owner_headers(server):
    """Sign in as a browser does; a token would make a new user for each request."""
    with httpx.Client(base_url=server.url, trust_env=False) as browser:
        browser.get(f"login?token={server.token}", follow_redirects=True)
        cookies = "; ".join(f"{c.name}={c.value}" for c in browser.cookies.jar)
        assert browser.get("api/status").status_code == 200
        return {"Cookie": cookies, "X-XSRFToken": browser.cookies.get("_xsrf", "")}


@pytest.fixture
def asking():
    """Make functions that send a batch of requests over one connection."""
    connections = []

    def connect(*args, **kwargs):
        connection, send = requests(*args, **kwargs)
        connections.append(connection)
        return send

    yield connect
    for connection in connections:
        connection.close()


def requests(server, headers, path="/api/status", *, method="GET", body=None, status=200):
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    content = None if body is None else json.dumps(body)
    if content:
        headers = {**headers, "Content-Type": "application/json"}

    def send():
        for _ in range(BATCH):
            connection.request(method, path, content, headers)
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status == status, text

    return connection, send


def test_owner(keep, asking, server, bare):
    keep(
        compare(
            f"owner's GET /api/status, {BATCH} times",
            "extension off",
            asking(server, owner_headers(server)),
            asking(bare, owner_headers(bare)),
            rounds=120,
            target="≤ 1.03",
        )
    )


@pytest.mark.parametrize("path", ["/api/status", "/api/contents/training.ipynb"])
def test_guest(keep, asking, server, guest, path):
    keep(
        compare(
            f"guest's GET {path}, {BATCH} times",
            "owner's",
            asking(server, guest.cookie_headers(), path),
            asking(server, owner_headers(server), path),
            rounds=120,
            target="≤ 1.10",
        )
    )


def test_mint(keep, asking, server):
    headers = owner_headers(server)
    body = {"target": "jupyter:./tree/training.ipynb"}
    keep(
        compare(
            f"mint over REST, {BATCH} times",
            "GET /api/status",
            asking(server, headers, "/nb-presign/api/links", method="POST", body=body, status=201),
            asking(server, headers),
            rounds=60,
            target="≥ 0.5",
        )
    )


@pytest.mark.parametrize(
    ("how", "at_once", "rounds"),
    # One at a time they measure mostly how long TCP holds small frames back, 40 ms here.
    [("one at a time", 1, 40), (f"{BATCH} at once", BATCH, 120)],
)
def test_frames(keep, server, guest, how, at_once, rounds):
    kernel_id = open_notebook(server, "training.ipynb")["kernel"]["id"]
    loop = asyncio.new_event_loop()

    def connect(headers):
        return loop.run_until_complete(KernelSocket.open(server.url, kernel_id, headers))

    def trips(socket):
        return lambda: loop.run_until_complete(socket.ping(at_once))

    guarded, unguarded = connect(guest.cookie_headers()), connect(owner_headers(server))
    keep(
        compare(
            f"guest's WebSocket round trips, {how}",
            "owner's",
            trips(guarded),
            trips(unguarded),
            rounds=rounds,
            target="≥ 0.93",
        )
    )
    for socket in (guarded, unguarded):
        socket.close()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
