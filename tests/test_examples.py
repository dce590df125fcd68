"""The examples do what they say."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from jupyter_servers import World, jupyter_server
from nbclient import NotebookClient
from support.aws.keys import CANARY
from traitlets.config import PyFileConfigLoader

from nb_presign.config import NbPresign

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture
def world(tmp_path, monkeypatch):
    world = World(tmp_path / "home")
    for name, value in world.env.items():
        monkeypatch.setenv(name, value)
    return world


def test_the_notebook_runs_and_saves_nothing_secret(world):
    notebook = nbformat.read(EXAMPLES / "quickstart.ipynb", as_version=4)
    with jupyter_server(world, world.home / "gpu") as server:
        client = NotebookClient(
            notebook, timeout=60, kernel_name="python3", store_widget_state=True
        )
        client.execute()
        with server.owner() as owner:
            links = owner.get("nb-presign/api/links").json()
    assert {(link["note"], link["state"]) for link in links} == {
        ("from the example", "live"),
        ("in Python", "revoked"),
    }
    saved = nbformat.writes(notebook)
    assert "nbp1." not in saved
    assert server.token not in saved
    assert "[gpu](presign:jupyter:gpu)" in saved


@pytest.mark.parametrize("name", ["sagemaker", "athena"])
def test_the_notebooks_of_aws_run_and_save_nothing_secret(world, aws, name):
    world.home.mkdir()  # with nobody's own files
    notebook = nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4)
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", store_widget_state=True)
    client.execute()
    minted = [call for call in aws.calls if call.operation.startswith("CreatePresigned")]
    assert len(minted) == 2
    saved = nbformat.writes(notebook)
    for secret in (CANARY, "authToken=", aws.key.secret, aws.key.id):
        assert secret not in saved


@pytest.mark.parametrize("notebook", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs(notebook):
    cells = nbformat.read(notebook, as_version=4).cells
    assert cells
    assert not [cell for cell in cells if cell.get("outputs")]


def test_the_configuration_is_valid():
    config = PyFileConfigLoader("jupyter_server_config.py", str(EXAMPLES)).load_config()
    settings = NbPresign(config=config).settings()
    assert settings.server_name == "laptop"
    assert [server.name for server in settings.servers] == ["gpu"]
    assert settings.trusted_proxies == ("127.0.0.1/32",)
    assert settings.required
