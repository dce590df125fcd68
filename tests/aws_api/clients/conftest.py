"""Two servers over real sockets, of which one speaks AWS's protocol to real clients."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aws_clients import AwsAccess
from playground import TRAINING, open_notebook, write_notebook
from support.servers import RunningServer, World, jupyter_server

from nb_presign.access_keys import DEFAULT_POLICY
from nb_presign.bootstrap import kept_access_keys
from nb_presign.clock import SystemClock
from nb_presign.model import Actor, Scope
from nb_presign.settings import Settings

REGION = "eu-north-1"
#: What `my_lab` and `gpu.box` are called as notebook instances.
LAB, GPU = "my-lab-1583e1", "gpu-box-06a03f"
#: One that nobody listens at.
NOWHERE = "http://127.0.0.1:9/"


@dataclass(frozen=True)
class House:
    """What runs, and who may mint."""

    world: World
    #: Called `my_lab`, below a base URL; speaks AWS's protocol.
    lab: RunningServer
    #: Called `gpu.box`; does not.
    gpu: RunningServer
    #: Id of the open notebook `sub/training.ipynb` on the lab, and of its kernel.
    session_id: str
    kernel_id: str

    @property
    def home(self) -> Path:
        return self.world.home

    def access(self, policy: str = DEFAULT_POLICY, scope: Scope = Scope.EXECUTE) -> AwsAccess:
        """Make a key, as its owner does."""
        data = self.home / "data" / "nb_presign"
        settings = Settings(store_url=f"sqlite:///{data / 'store.sqlite'}", data_dir=data)
        with kept_access_keys(settings, SystemClock()) as keys:
            made = keys.create(policy, scope=scope, note="a test", actor=Actor("me", "local"))
            key, secret = asyncio.run(made)
        return AwsAccess(f"{self.lab.url}nb-presign/aws", key.id, secret.reveal(), REGION)

    def links(self, access: AwsAccess) -> list[dict[str, Any]]:
        """List the links that a key has minted."""
        with self.lab.owner() as owner:
            links = owner.get("nb-presign/api/links").json()
        return [link for link in links if link["minted_by"] == f"access-key:{access.key_id}"]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = tmp_path_factory.mktemp("house")
    world = World(home / "home")
    lab, gpu = home / "lab", home / "gpu"
    for root in (lab / "sub", gpu):
        root.mkdir(parents=True)
    write_notebook(lab / "sub" / "training.ipynb", TRAINING)
    (lab / "diary.txt").write_text("nobody else's business")
    config = {
        "NbPresign": {
            "server_name": "my_lab",
            "aws_api": True,
            "aws_api_region": REGION,
            "servers": {"away": {"url": NOWHERE, "token_env": "HOME"}},
        }
    }
    named = {"NbPresign": {"server_name": "gpu.box"}}
    with (
        jupyter_server(world, lab, app="lab", config=config, base_url="/user/ann/") as first,
        jupyter_server(world, gpu, config=named) as second,
    ):
        session = open_notebook(first, "sub/training.ipynb")
        yield House(world, first, second, session["id"], session["kernel"]["id"])


@pytest.fixture(scope="session")
def access(house: House) -> AwsAccess:
    """Give a key that may do everything there is."""
    return house.access()
