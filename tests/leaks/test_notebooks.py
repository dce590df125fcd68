"""A notebook that minted links, saved with its widgets' state: no link's token is in it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import v4
from support.canaries import Canaries
from support.servers import World, jupyter_server

from nb_presign.clock import SystemClock
from nb_presign.signing.keys import KeyRing
from nb_presign.signing.token import TokenSigner
from nb_presign.store.sql import SqlStore

CELLS = [
    "%load_ext nb_presign\n%presign jupyter:b",
    "link = %presign -q jupyter:b\nlink",
    "print(link, [link], {'a': link.url}, f'{link.url}', str(link.url))\nlink.url",
    "%presign show {link.id}",
    "%presign refresh {link.id}",
    "%presign list\n%presign targets\n%presign sessions",
    "raise RuntimeError(link, link.url)",
    "import json; json.dumps(link.url)",
    "import pickle; pickle.dumps(link)",
    "%presign jupyter:nowhere",
    "%tb",
    "%who_ls\nvars()",
]


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    """What is on disk after a person worked with links, and the tokens of all of them."""
    home = tmp_path_factory.mktemp("notebooks")
    world = World(home / "home")
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "HOME")
    with (
        pytest.MonkeyPatch.context() as patch,
        jupyter_server(
            world,
            home / "files",
            config={"ServerApp": {"jpserver_extensions": {"nb_presign": True}}}
            | {"NbPresign": {"server_name": "b"}},
        ) as server,
    ):
        for name in names:
            patch.setenv(name, world.env[name])
        saved = run(CELLS, home / "files" / "work.ipynb")
        canaries = Canaries({**tokens(world), "owner's token": server.token})
        told = run([CELLS[0], "link = %presign -q jupyter:b\nprint(link.url.reveal())"], home / "x")
        # Minted after the others, by the second notebook.
        later = Canaries(tokens(world))
        yield SimpleNamespace(
            home=home, world=world, saved=saved, canaries=canaries, told=told, later=later
        )


def run(cells, path):
    """Run a notebook to its end, errors and all, and save it with the state of its widgets."""
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in cells])
    NotebookClient(notebook, timeout=60, allow_errors=True, store_widget_state=True).execute()
    nbformat.write(notebook, path)
    return notebook


def tokens(world):
    """Sign every link in the store again: a token is the same each time."""
    data = world.home / "data" / "nb_presign"
    store, signer = (
        SqlStore(f"sqlite:///{data / 'store.sqlite'}", SystemClock()),
        TokenSigner(KeyRing(data / "keys.json")),
    )
    links = store.links(since=datetime.now(timezone.utc) - timedelta(days=1))
    store.close()
    return {link.id: signer.sign(link).reveal().rpartition(".")[2] for link in links}


def test_the_cells_did_what_they_are_for(worked):
    assert len(worked.canaries) >= 4  # three links and the owner's token
    outputs = [output for cell in worked.saved.cells for output in cell.outputs]
    errors = [output.ename for output in outputs if output.output_type == "error"]
    assert errors[:3] == ["RuntimeError", "TypeError", "TypeError"]
    assert "application/vnd.jupyter.widget-state+json" in worked.saved.metadata.widgets
    text = nbformat.writes(worked.saved)
    assert all(name in text for name in list(tokens(worked.world))[-2:])


def test_the_saved_notebook_holds_no_token(worked):
    assert worked.canaries.in_files([worked.home / "files"]) == {}


def test_nothing_of_the_person_holds_a_tokens_trace(worked):
    """Of what IPython keeps as history, what the kernel's files say, and the server's log."""
    found = worked.canaries.in_files([worked.world.home])
    names = {path.rpartition("/")[2].partition("-")[0] for path in found}
    assert names == {"files", "jpserver"}  # the configuration and the runtime files: the owner's
    assert {name for each in found.values() for name in each} == {"owner's token"}


def test_a_token_that_somebody_prints_is_found(worked):
    assert worked.later.in_files([worked.home / "x"]) != {}
