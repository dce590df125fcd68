"""The verbs against two real servers: in a kernel of the one, and on the command line."""

from __future__ import annotations

import asyncio
import json
import uuid
from functools import partial

import httpx
import pytest
from jupyter_servers import trusted
from support.command_line import command_line
from support.servers import World, jupyter_server
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
#: A Tab has time.
BEFORE = "from nb_presign import cli; cli._TAB = 60.0"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def servers(world, tmp_path_factory):
    roots = {name: tmp_path_factory.mktemp(name) for name in ("A", "B")}
    (roots["B"] / "analysis.ipynb").write_text(NOTEBOOK)
    config = {name: {"NbPresign": {"server_name": name}} for name in roots}
    with (
        jupyter_server(world, roots["A"], config=config["A"]) as a,
        jupyter_server(world, roots["B"], config=config["B"]) as b,
    ):
        yield a, b


@pytest.fixture(scope="module")
def lines():
    with command_line(BEFORE) as ready:
        yield ready


@pytest.fixture
def cli(world, servers, lines):
    del servers
    return partial(lines, env=world.env)


@pytest.fixture
def cell(servers):
    """Run code in one kernel of server A; returns the contents of its outputs."""
    a, _ = servers
    with a.owner() as owner:
        kernel = owner.post("api/kernels", json={}).json()["id"]
        yield lambda code: asyncio.run(execute(a, kernel, code))
        owner.delete(f"api/kernels/{kernel}")


async def execute(server, kernel, code):
    url = f"{server.url}api/kernels/{kernel}/channels".replace("http", "ws", 1)
    headers = {"Authorization": f"token {server.token}"}
    socket = await websocket_connect(HTTPRequest(url, headers=headers))
    message_id = uuid.uuid4().hex
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
    header = {"msg_id": message_id, "msg_type": "execute_request", "session": uuid.uuid4().hex}
    header |= {"username": "", "version": "5.3", "date": ""}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
    await socket.write_message(json.dumps({**message, "channel": "shell", "buffers": []}))
    outputs = []
    try:
        while True:
            raw = await socket.read_message()
            assert raw is not None, "the kernel went away"
            heard = json.loads(raw)
            if heard["parent_header"].get("msg_id") != message_id:
                continue
            if heard["content"].get("execution_state") == "idle":
                return outputs
            outputs.append(heard["content"])
    finally:
        socket.close()
        while await socket.read_message() is not None:
            pass  # until the other side has closed, too


def spent(url):
    """Redeem a link as the landing page does."""
    place, _, token = url.partition("#")
    origin = place.partition("/nb-presign/")[0]
    return httpx.post(
        place,
        json={"token": token, "nonce": "n" * 22},
        headers={"Origin": origin},
        timeout=30,
        verify=trusted(),
    )


def test_the_command_line(cli):
    minted = cli("jupyter:B/lab/tree/analysis.ipynb", "--session", "1h", "--uses", "1")
    assert minted.returncode == 0, minted.stderr
    (url,) = minted.stdout.split()
    redeemed = spent(url)
    assert redeemed.status_code == 200, redeemed.text
    assert redeemed.json()["location"].endswith("lab/tree/analysis.ipynb")

    (link,) = json.loads(cli("list", "--all", "--json").stdout)
    assert (link["uses"], link["state"], "url" in link) == (1, "used", False)
    (guest,) = json.loads(cli("sessions", "--json", "--server", "B").stdout)
    assert (guest["link_id"], guest["state"]) == (link["id"], "live")

    assert cli("revoke", link["id"][:8]).returncode == 0
    (guest,) = json.loads(cli("sessions", "--all", "--json", "--server", "B").stdout)
    assert guest["state"] == "ended"
    assert cli("refresh", link["id"]).returncode == 4
    assert spent(url).status_code == 410


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["jupyter:C"], 3, "There is no server 'C'."),
        (["jupyter:B/lab/tree/missing.ipynb"], 3, "missing.ipynb"),
        (["jupyter:B", "--session", "1m"], 2, "30 min to 12 h"),
        (["jupiter:B"], 2, "jupyter"),
        (["list", "--server", "C"], 3, "C"),
    ],
)
def test_bad_input_mints_nothing(cli, servers, argv, code, said):
    with servers[0].owner() as a, servers[1].owner() as b:
        before = [owner.get("nb-presign/api/links").json() for owner in (a, b)]
        done = cli(*argv)
        assert (done.returncode, done.stdout) == (code, "")
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert [owner.get("nb-presign/api/links").json() for owner in (a, b)] == before


def test_the_doctor_and_the_tab(cli):
    assert cli("doctor", "--server", "B").returncode == 0
    assert "jupyter:B" in cli("__complete", "jupyter:").stdout.split()


def test_a_kernel_of_the_other_server(cell, servers):
    a, b = servers
    cell("%load_ext nb_presign")
    shown = cell("%presign jupyter:B/lab/tree/analysis.ipynb")
    assert any("application/vnd.jupyter.widget-view+json" in o.get("data", {}) for o in shown)
    assert "nbp1." not in json.dumps(shown)

    cell("link = %presign -q jupyter:B/lab/tree/analysis.ipynb --scope execute")
    printed = cell("import json; print(json.dumps([link.id, link.url.reveal()]))")
    link_id, url = json.loads(next(o["text"] for o in printed if o.get("name") == "stdout"))
    assert url.startswith(b.url)
    assert spent(url).status_code == 200
    with a.owner() as owner:
        assert link_id in [link["id"] for link in owner.get("nb-presign/api/links").json()]

    revoked = cell("%presign revoke {link.id}")
    assert any(link_id in o.get("data", {}).get("text/plain", "") for o in revoked)
    assert spent(url).status_code == 410
    said = cell("%presign refresh {link.id}")
    assert any(o.get("ename") == "LinkRevokedError" for o in said)
