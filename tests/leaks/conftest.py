"""A server full of secrets, on which owner and guests do all they can."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from jupyter_server.auth.security import passwd
from support.canaries import Canaries
from support.everything import everything_server
from support.place import Place
from support.servers import World

from nb_presign.bootstrap import kept_access_keys
from nb_presign.clock import SystemClock
from nb_presign.model import Actor
from nb_presign.settings import Settings

PLANTED = Path(__file__).parent / "planted"
NOTEBOOK = json.dumps(
    {
        "cells": [
            {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "text"},
            {
                "cell_type": "code",
                "execution_count": 1,
                "id": "c",
                "metadata": {},
                "outputs": [{"name": "stdout", "output_type": "stream", "text": "2\n"}],
                "source": "1 + 1",
            },
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server whose root holds its own runtime files, keys, database, configuration and log."""
    home = tmp_path_factory.mktemp("leaks")
    world = World(home / "home")
    root = world.home
    (root / "files").mkdir(parents=True)
    (root / "files" / "a.ipynb").write_text(NOTEBOOK)
    (root / "files" / "a.txt").write_text("plain")
    planted = {
        "hashed password": passwd("a password", algorithm="argon2"),
        "cookie secret file": base64.encodebytes(secrets.token_bytes(32)),
        "AWS secret key": secrets.token_urlsafe(30),
        "AWS session token": secrets.token_urlsafe(90),
        "AWS URL": secrets.token_urlsafe(60),
    }
    site = _site(home / "site", planted["AWS URL"])
    secret_file = world.home / "runtime" / "jupyter_cookie_secret"
    secret_file.parent.mkdir(mode=0o700)
    secret_file.touch(mode=0o600)
    secret_file.write_bytes(planted["cookie secret file"])
    env = {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")])),
        "AWS_SECRET_ACCESS_KEY": planted["AWS secret key"],
        "AWS_SESSION_TOKEN": planted["AWS session token"],
    }
    config = {
        "ServerApp": {"jpserver_extensions": {"nb_presign_planted": True}},
        "PasswordIdentityProvider": {"hashed_password": planted["hashed password"]},
        "NbPresign": {"server_name": "b", "aws_api": True},
    }
    with everything_server(world, root, env=env, **config) as server, ExitStack() as stack:
        canaries = Canaries({**planted, "owner's token": server.token})
        made = Place(server, world.home, canaries, [], stack=stack)
        for name, value in planted.items():
            made.values[name] = value if isinstance(value, str) else value.decode().strip()
        del made.values["AWS URL"]  # what a URL is, logs tell by its form only
        made.mint()
        made.access_key = _access_key(world.home / "data" / "nb_presign")
        canaries.plant("secret access key", made.access_key[1])
        keys = json.loads((world.home / "data" / "nb_presign" / "keys.json").read_text())
        for number, key in enumerate(keys["keys"]):
            value = key if isinstance(key, str) else key["key"]
            canaries.plant(f"signing key {number}", value)
            made.values[f"signing key {number}"] = value
        yield made


def _access_key(data: Path) -> tuple[str, str]:
    """Make an access key beside the running server; returns its id and secret."""
    settings = Settings(store_url=f"sqlite:///{data / 'store.sqlite'}", data_dir=data)
    with kept_access_keys(settings, SystemClock()) as keys:
        key, secret = asyncio.run(keys.create(actor=Actor("owner", "local")))
    return key.id, secret.reveal()


def _site(path: Path, token: str) -> Path:
    """Install the planted extension and provider in a directory for PYTHONPATH."""
    shutil.copytree(PLANTED, path, ignore=shutil.ignore_patterns("__pycache__"))
    facts = path / "nb_presign_planted-1.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: nb_presign_planted\nVersion: 1\n")
    points = "[nb_presign.providers]\nplanted = nb_presign_planted:create\n"
    (facts / "entry_points.txt").write_text(points)
    (path / "url").write_text(
        f"https://planted.notebook.eu-west-1.sagemaker.aws/?authToken={token}"
    )
    return path
