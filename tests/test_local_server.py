"""Files of this server, with Jupyter's own contents managers."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from jupyter_server.services.contents.filemanager import (
    AsyncFileContentsManager,
    FileContentsManager,
)
from tornado.web import HTTPError

from nb_presign.errors import UpstreamError
from nb_presign.local_server import JupyterServer
from nb_presign.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "files"
    for folder in (root / "sub", root / ".git"):
        folder.mkdir(parents=True)
        (folder / "x.ipynb").write_text("{}")
    for name in ("a.ipynb", ".b.ipynb", "c.csv"):
        (root / name).write_text("{}")
    return root


@pytest.fixture
def a_server(tmp_path):
    """Make the server of an app that has nothing but a contents manager."""
    settings = Settings(store_url="sqlite://", data_dir=tmp_path)
    return lambda contents: JupyterServer(SimpleNamespace(contents_manager=contents), settings)


@pytest.mark.parametrize("allow_hidden", [False, True])
@pytest.mark.parametrize("manager", [FileContentsManager, AsyncFileContentsManager])
async def test_folders_are_listed_and_hidden_files_never(a_server, root, manager, allow_hidden):
    server = a_server(manager(root_dir=str(root), allow_hidden=allow_hidden))
    found = await server.folder("")
    assert {(item.name, str(item.kind)) for item in found} == {
        ("sub", "folder"),
        ("a.ipynb", "notebook"),
    }
    assert [item.name for item in await server.folder("sub")] == ["x.ipynb"]
    for path in (".git", "sub/.x", "gone", "a.ipynb"):
        assert await server.folder(path) is None


@pytest.mark.parametrize("trouble", [HTTPError(500, "/srv/ada/canary"), PermissionError("canary")])
async def test_trouble_of_the_contents_manager_is_told_in_our_words(a_server, trouble):
    def get(*_, **__):
        raise trouble

    server = a_server(SimpleNamespace(get=get))
    with pytest.raises(UpstreamError) as told:
        await server.folder("sub")
    assert "'sub'" in told.value.message
    assert "canary" not in str(told.value)


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("a.ipynb", "a.ipynb", "a.ipynb"),
        ("/sub/a.ipynb", "b.ipynb", "sub/a.ipynb"),
        ("833e8ff7-bb20-458a-814e-394383a2fcc7", "a.ipynb", "a.ipynb"),
        ("sub/833e8ff7-bb20-458a-814e-394383a2fcc7", "a.ipynb", "sub/a.ipynb"),
        (
            "833e8ff7-bb20-458a-814e-394383a2fcc7",
            "../a.ipynb",
            "833e8ff7-bb20-458a-814e-394383a2fcc7",
        ),
        ("833e8ff7-bb20-458a-814e-394383a2fcc7", "", "833e8ff7-bb20-458a-814e-394383a2fcc7"),
    ],
)
async def test_a_session_that_is_being_started_is_called_like_its_file(
    tmp_path, path, name, expected
):
    model = {"id": "5e55", "type": "notebook", "path": path, "name": name}
    sessions = SimpleNamespace(list_sessions=lambda: [model])
    app = SimpleNamespace(session_manager=sessions)
    settings = Settings(store_url="sqlite://", data_dir=tmp_path)
    (session,) = await JupyterServer(app, settings).sessions()
    assert session.path == expected
