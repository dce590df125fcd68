"""The main job over HTTP: at server A, mint for server B; B honours the link until A revokes it."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from support.servers import RunningServer, World, jupyter_server

from nb_presign import cli

NOTEBOOK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
ENABLED = {"ServerApp": {"jpserver_extensions": {"nb_presign": True}}}


@dataclass
class Pair:
    a: RunningServer
    b: RunningServer
    #: Signed in at A and B.
    at_a: httpx.Client
    at_b: httpx.Client
    #: What `jupyter presign` sees on the machine of A.
    env: dict[str, str]

    def mint(self, target: str, **body: Any) -> dict[str, Any]:
        answer = self.at_a.post("nb-presign/api/links", json={"target": target, **body})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def redeem(self, link: dict[str, Any], guest: httpx.Client) -> httpx.Response:
        return guest.post(
            "nb-presign/redeem",
            json={
                "token": link["url"].partition("#")[2],
                "nonce": secrets.token_urlsafe(16),
            },
            headers={"Origin": self.b.url.rstrip("/")},
        )


@pytest.fixture(scope="module", params=["of one user", "of two"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Pair]:
    """Start B, then A: in one Jupyter world, where A finds B, or in two, where A is told of B."""
    home: Path = tmp_path_factory.mktemp("pair")
    apart = request.param == "of two"
    (home / "b").mkdir()
    for name in ("analysis.ipynb", "other.ipynb"):
        (home / "b" / name).write_text(json.dumps(NOTEBOOK))
    world_a, world_b = World(home / "u1"), World(home / "u2" if apart else home / "u1")
    own_name = "its-own-name" if apart else "b"
    with ExitStack() as stack:
        config = ENABLED | {"NbPresign": {"server_name": own_name}}
        b = stack.enter_context(jupyter_server(world_b, home / "b", app="lab", config=config))
        told = {"servers": {"b": {"url": b.url, "token_env": "B_TOKEN"}}} if apart else {}
        config = ENABLED | {"NbPresign": {"server_name": "a", "aws_api": True, **told}}
        env = {"B_TOKEN": b.token}
        a = stack.enter_context(jupyter_server(world_a, home / "a", config=config, env=env))
        settings = world_a.home / "config" / "jupyter_server_config.json"
        settings.parent.mkdir(exist_ok=True)
        settings.write_text(json.dumps(config))
        own = {name: value for name, value in world_a.env.items() if name.startswith("JUPYTER")}
        clients = [stack.enter_context(server.owner()) for server in (a, b)]
        yield Pair(a, b, *clients, own | env)


@pytest.fixture(scope="module")
def open_notebook(pair: Pair) -> Iterator[dict[str, Any]]:
    """Open a notebook with a real kernel at B."""
    model = {"path": "analysis.ipynb", "name": "", "type": "notebook"}
    answer = pair.at_b.post("api/sessions", json={**model, "kernel": {"name": "python3"}})
    assert answer.status_code == 201, answer.text
    yield answer.json()
    pair.at_b.delete(f"api/sessions/{answer.json()['id']}")


@pytest.fixture
def guest(pair: Pair) -> Iterator[httpx.Client]:
    with pair.b.stranger() as client:
        yield client


def test_a_lists_itself_and_b(pair):
    page = pair.at_a.get("nb-presign/api/targets", params={"provider": "jupyter"}).json()
    assert [(t["target"], t["state"]) for t in page["items"]] == [
        ("jupyter:a", "ready"),
        ("jupyter:b", "ready"),
    ]
    assert pair.b.token not in json.dumps(page)


def test_a_link_minted_at_a_opens_b_until_a_revokes_it(pair, guest):
    link = pair.mint("jupyter:b/analysis.ipynb", scope="read", note="over there")
    assert link["target"] == "jupyter:b/lab/tree/analysis.ipynb"
    assert link["url"].startswith(pair.b.url + "nb-presign/redeem#nbp1.")
    assert guest.get("api/contents/analysis.ipynb").status_code == 403

    answer = pair.redeem(link, guest)
    assert answer.status_code == 200, answer.text
    assert answer.json()["location"] == "/lab/tree/analysis.ipynb"
    assert guest.get("api/contents/analysis.ipynb").json()["name"] == "analysis.ipynb"

    (listed,) = [
        each for each in pair.at_a.get("nb-presign/api/links").json() if each["id"] == link["id"]
    ]
    assert (listed["state"], listed["note"], "url" in listed) == ("live", "over there", False)
    (session,) = [
        each
        for each in pair.at_b.get("nb-presign/api/sessions").json()
        if each["link_id"] == link["id"]
    ]
    assert session["state"] == "live"

    revoked = pair.at_a.delete(f"nb-presign/api/links/{link['id']}")
    assert revoked.is_success, revoked.text
    assert guest.get("api/contents/analysis.ipynb").status_code == 403
    ended = {each["id"]: each["state"] for each in pair.at_b.get("nb-presign/api/sessions").json()}
    assert ended[session["id"]] == "ended"
    with pair.b.stranger() as late:
        assert pair.redeem(link, late).status_code == 410


def test_refreshing_at_a_makes_a_link_of_b_and_revoking_it_ends_the_first(pair, guest):
    first = pair.mint("jupyter:b/lab")
    answer = pair.at_a.post(f"nb-presign/api/links/{first['id']}/refresh")
    assert answer.is_success, answer.text
    second = answer.json()
    assert second["family"] == first["id"]
    assert pair.redeem(second, guest).status_code == 200
    assert pair.at_a.delete(f"nb-presign/api/links/{second['id']}").is_success
    assert guest.get("api/contents/analysis.ipynb").status_code == 403
    assert pair.redeem(first, guest).status_code == 410


def test_a_session_of_b_is_listed_at_a_and_its_link_opens_nothing_else(pair, guest, open_notebook):
    page = pair.at_a.get("nb-presign/api/targets", params={"provider": "session"}).json()
    assert [item["title"] for item in page["items"]] == ["analysis.ipynb"]
    link = pair.mint(f"session:{open_notebook['id'][:8]}@b", scope="execute")
    assert link["target"] == f"session:{open_notebook['id']}@b/lab/tree/analysis.ipynb"
    assert link["narrowing"] == {
        "path": "analysis.ipynb",
        "kernel_id": open_notebook["kernel"]["id"],
        "session_id": open_notebook["id"],
    }
    assert pair.redeem(link, guest).json()["location"] == "/lab/tree/analysis.ipynb"
    assert guest.get("api/contents/analysis.ipynb").status_code == 200
    assert guest.get("api/contents/other.ipynb").status_code == 403
    assert pair.at_a.delete(f"nb-presign/api/links/{link['id']}").is_success
    assert guest.get("api/contents/analysis.ipynb").status_code == 403


def test_an_access_key_of_a_mints_for_b_until_it_is_revoked(pair, guest, monkeypatch, capsys):
    for name, value in pair.env.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["aws-keys", "create", "--url", pair.a.url, "--json"]) == 0
    key = json.loads(capsys.readouterr().out)
    client = boto3.client(
        "sagemaker",
        endpoint_url=key["endpoint_url"],
        region_name=key["region"],
        aws_access_key_id=key["access_key_id"],
        aws_secret_access_key=key["secret_access_key"],
    )
    made = client.create_presigned_notebook_instance_url(NotebookInstanceName="b")
    link = {"url": made["AuthorizedUrl"]}
    assert link["url"].startswith(pair.b.url)
    assert pair.redeem(link, guest).status_code == 200
    assert guest.get("api/contents/analysis.ipynb").status_code == 200

    assert cli.main(["aws-keys", "revoke", key["access_key_id"], "--json"]) == 0
    (ended,) = json.loads(capsys.readouterr().out)
    assert ended["links_ended"] == 1
    deadline = time.monotonic() + 20
    # What is being answered when the session ends is cut off.
    with suppress(httpx.RemoteProtocolError):
        while guest.get("api/contents/analysis.ipynb").status_code == 200:
            assert time.monotonic() < deadline
    assert guest.get("api/contents/analysis.ipynb").status_code != 200
    with pair.b.stranger() as late:
        assert pair.redeem(link, late).status_code == 410


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("jupyter:b/gone.ipynb", 404, "target-not-found"),
        ("jupyter:bb/lab", 404, "target-not-found"),
        ("jupyter:b/api/contents", 400, "bad-reference"),
        ("session:00000000@b", 404, "target-not-found"),
        ("jupiter:b", 400, "unknown-provider"),
    ],
)
def test_what_cannot_be_opened_is_refused_and_leaves_nothing(pair, target, status, code):
    links = [client.get("nb-presign/api/links").json() for client in (pair.at_a, pair.at_b)]
    answer = pair.at_a.post("nb-presign/api/links", json={"target": target})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["hint"]
    assert links == [client.get("nb-presign/api/links").json() for client in (pair.at_a, pair.at_b)]


def test_neither_log_holds_a_token(pair):
    link = pair.mint("jupyter:b/lab")
    token = link["url"].partition("#")[2]
    for server in (pair.a, pair.b):
        assert token not in server.logged()
        assert pair.b.token not in server.logged()
