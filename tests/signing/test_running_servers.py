"""Two servers of one name keep running while `jupyter presign` changes signing and access keys."""

from __future__ import annotations

import json
import secrets
import time
from contextlib import ExitStack

import boto3
import pytest
from botocore.exceptions import ClientError
from support.servers import World, jupyter_server

from nb_presign import cli


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def servers(world, tmp_path_factory):
    """Start replicas: what one mints, the other redeems."""
    config = {"NbPresign": {"server_name": "both", "aws_api": True}}
    with ExitStack() as stack:
        yield [
            stack.enter_context(jupyter_server(world, tmp_path_factory.mktemp(name), config=config))
            for name in ("one", "two")
        ]


@pytest.fixture
def presign(world, monkeypatch, capsys):
    """Run `jupyter presign` in this process, in the servers' home."""
    for name, value in world.env.items():
        if name.startswith("JUPYTER"):
            monkeypatch.setenv(name, value)

    def run(*words):
        """Return what it printed, and what it said beside that."""
        assert cli.main([*words, "--json"]) == 0
        printed = capsys.readouterr()
        return json.loads(printed.out), printed.err

    return run


@pytest.fixture
def keys(presign):
    def keys(*words):
        told, beside = presign("keys", *words)
        assert beside == ""
        return told

    return keys


@pytest.fixture
def aws_keys(presign):
    return lambda *words: presign("aws-keys", *words)[0]


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


def sagemaker(server, key):
    return boto3.client(
        "sagemaker",
        endpoint_url=server.url + "nb-presign/aws",
        region_name=key["region"],
        aws_access_key_id=key["access_key_id"],
        aws_secret_access_key=key["secret_access_key"],
    )


def presigned(client):
    made = client.create_presigned_notebook_instance_url(NotebookInstanceName="both")
    return {"url": made["AuthorizedUrl"]}


def test_access_keys_work_at_each_server_and_go_on_when_keys_change(servers, aws_keys, keys):
    key = aws_keys("create", "--note", "for CI")
    clients = [sagemaker(server, key) for server in servers]
    for client in clients:
        assert redeem(servers[0], presigned(client)).status_code == 200
    keys("rotate")
    assert keys("retire", "--all-but-newest")
    for client in clients:
        assert redeem(servers[1], presigned(client)).status_code == 200
    assert not [s for s in servers if key["secret_access_key"] in s.logged()]


def test_the_end_of_an_access_key_is_that_of_all_it_has_minted(servers, aws_keys):
    one, two = servers
    key = aws_keys("create")
    client = sagemaker(two, key)
    kept, other = presigned(client), mint(one)
    with one.stranger() as guest, one.stranger() as spared:
        assert redeem(one, presigned(client), guest).status_code == 200
        assert redeem(one, other, spared).status_code == 200
        assert guest.get("api/status").status_code == 200
        (ended,) = aws_keys("revoke", key["access_key_id"])
        assert (ended["links_ended"], ended["sessions_ended"]) == (2, 1)
        deadline = time.monotonic() + 20
        while guest.get("api/status").status_code == 200:
            assert time.monotonic() < deadline
        assert redeem(one, kept).status_code == 410
        assert spared.get("api/status").status_code == 200
    for server in servers:
        with pytest.raises(ClientError, match="UnrecognizedClientException"):
            sagemaker(server, key).list_notebook_instances()
