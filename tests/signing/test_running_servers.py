"""Two servers of one name keep running while `jupyter presign keys` changes their keys."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from contextlib import ExitStack

import pytest
from support.servers import World, jupyter_server

CLI = "from nb_presign.cli import main; raise SystemExit(main())"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def servers(world, tmp_path_factory):
    """Start replicas: what one mints, the other redeems."""
    config = {"NbPresign": {"server_name": "both"}}
    with ExitStack() as stack:
        yield [
            stack.enter_context(jupyter_server(world, tmp_path_factory.mktemp(name), config=config))
            for name in ("one", "two")
        ]


@pytest.fixture
def keys(world):
    def keys(*words):
        command = [sys.executable, "-c", CLI, "keys", *words, "--json"]
        done = subprocess.run(command, env=world.env, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return json.loads(done.stdout)

    return keys


def mint(server):
    with server.owner() as owner:
        answer = owner.post("nb-presign/api/links", json={"target": "jupyter:."})
    assert answer.status_code == 201, answer.text
    return answer.json()


def redeem(server, link, guest=None):
    token = link["url"].partition("#")[2]
    body = {"token": token, "nonce": secrets.token_urlsafe(16)}
    headers = {"Origin": server.url.rstrip("/")}
    with ExitStack() as stack:
        client = guest or stack.enter_context(server.stranger())
        return client.post("nb-presign/redeem", json=body, headers=headers)


def uses(server, link):
    with server.owner() as owner:
        return owner.get(f"nb-presign/api/links/{link['id']}").json()["uses"]


def test_servers_follow_and_sessions_go_on(servers, keys):
    one, two = servers
    old, lost = mint(one), mint(two)
    (first,) = keys("list")
    assert first["signs"]

    (second,) = keys("rotate")
    new = mint(one)
    with two.stranger() as guest:
        assert redeem(two, old, guest).status_code == 200
        assert redeem(two, new).status_code == 200
        assert redeem(one, new).status_code == 200
        assert [key["signs"] for key in keys("list")] == [False, True]

        assert [key["id"] for key in keys("retire", "--all-but-newest")] == [first["id"]]
        # The very next request, at either.
        assert [redeem(server, lost).status_code for server in servers] == [404, 404]
        assert [redeem(server, old).status_code for server in servers] == [404, 404]
        assert uses(one, lost) == 0
        assert uses(one, old) == 1
        # Who is in stays in.
        assert guest.get("api/status").status_code == 200
    assert redeem(one, mint(two)).status_code == 200
    assert [key["id"] for key in keys("list")] == [second["id"]]
    assert all(link["url"].partition("#")[2] not in s.logged() for s in servers for link in (old,))
