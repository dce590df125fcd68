"""What a mint costs where a Hub does the work, and where it does not."""

import httpx
import pytest
from benchmarks.figure import compare
from jupyter_servers import World, jupyter_server

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

ROUNDS = 60


@pytest.fixture(scope="module")
def hubs_own(hub, alices_token):
    """Make a share code by plain REST, as alice's server could."""
    with httpx.Client(
        base_url=f"{hub.url}hub/api/",
        headers={"Authorization": f"token {alices_token}"},
        trust_env=False,
    ) as client:

        def create():
            answer = client.post("share-codes/alice/", json={"expires_in": 300})
            assert answer.status_code == 200, answer.text

        yield create
        client.delete("share-codes/alice/")


@pytest.fixture(scope="module")
def alice(hub, alices_token):
    with httpx.Client(
        base_url=f"{hub.url}user/alice/",
        headers={"Authorization": f"token {alices_token}"},
        trust_env=False,
    ) as client:
        yield client


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Run a server that serves its links itself."""
    world = World(tmp_path_factory.mktemp("benchmark"))
    config = {"ServerApp": {"log_level": "INFO"}}
    with jupyter_server(world, world.home / "own", config=config) as running:
        yield running


def test_minting_on_a_hub(keep, alice, hubs_own):
    def mint():
        answer = alice.post("nb-presign/api/links", json={"target": "hub:."})
        assert answer.status_code == 201, answer.text

    keep(compare("mint hub:. over REST", "a Hub's share code", mint, hubs_own, rounds=ROUNDS))


def test_minting_without_a_hub(keep, server, hubs_own):
    with server.owner() as owner:

        def mint():
            answer = owner.post("nb-presign/api/links", json={"target": "jupyter:."})
            assert answer.status_code == 201, answer.text

        keep(
            compare("mint jupyter:. over REST", "a Hub's share code", mint, hubs_own, rounds=ROUNDS)
        )
