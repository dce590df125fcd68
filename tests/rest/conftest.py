from __future__ import annotations

import json

import pytest
from support.servers import World, jupyter_server

ENABLED = {"ServerApp": {"jpserver_extensions": {"nb_presign": True}}}


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One real server for all tests of REST, below a base URL as behind JupyterHub."""
    home = tmp_path_factory.mktemp("rest")
    root = home / "notebooks"
    root.mkdir()
    (root / "a.ipynb").write_text(
        json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )
    config = ENABLED | {"NbPresign": {"server_name": "b"}}
    with jupyter_server(World(home), root, config=config, base_url="/user/ann/") as running:
        yield running


@pytest.fixture
def owner(server):
    with server.owner() as client:
        yield client


@pytest.fixture
def stranger(server):
    with server.stranger() as client:
        yield client


@pytest.fixture
def mint(owner):
    """Mint a link and return its JSON."""

    def mint(**body):
        answer = owner.post("nb-presign/api/links", json={"target": "jupyter:.", **body})
        assert answer.status_code == 201, answer.text
        return answer.json()

    return mint


@pytest.fixture
def redeem(server):
    """Redeem a URL as its landing page does, for somebody new by default."""

    def redeem(url, *, client=None, nonce="A" * 22, **headers):
        with server.stranger() as new:
            return (client or new).post(
                "nb-presign/redeem",
                json={"token": url.partition("#")[2], "nonce": nonce},
                headers={"Origin": server.url.partition("/user/")[0], **headers},
            )

    return redeem
