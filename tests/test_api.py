"""The service in process keeps the same contract as its HTTP client (test_client.py)."""

from __future__ import annotations

import pytest
from contracts.api import PresignApiContract

from nb_presign.bootstrap import build
from nb_presign.model import Actor, FolderItemKind
from nb_presign.providers.base import LocalItem
from nb_presign.settings import Settings


class LocalServerWithOneNotebook:
    name = "b"
    id = "srv_0123456789abcdef"
    url = "https://b.example/x/"

    async def sessions(self):
        return ()

    async def exists(self, path):
        return path == "a.ipynb"

    async def folder(self, path):
        return None if path else (LocalItem("a.ipynb", FolderItemKind.NOTEBOOK),)

    def page_of(self, path):
        return f"lab/tree/{path}"


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def api(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    settings = Settings(store_url=f"sqlite:///{tmp_path / 's.sqlite'}", data_dir=tmp_path / "data")
    runtime = build(settings, actor=Actor("ann"), local=LocalServerWithOneNotebook())
    yield runtime.service
    await runtime.service.aclose()


class TestPresignService(PresignApiContract):
    """Without HTTP in between."""
