"""Which directories below the root are the server's own."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from nb_presign.access.gate.own_files import own_files
from nb_presign.settings import Settings


@pytest.fixture
def listed(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "elsewhere"))

    def listed(root, store_url="sqlite:////srv/x.sqlite", **facts):
        app = SimpleNamespace(
            root_dir=str(root),
            runtime_dir=str(tmp_path / "home" / "runtime"),
            config_dir=str(tmp_path / "home" / "config"),
            data_dir=str(tmp_path / "home" / "data"),
            loaded_config_files=[str(tmp_path / "home" / "server.json")],
            cookie_secret_file=str(tmp_path / "home" / "runtime" / "secret"),
        )
        vars(app).update(facts)
        settings = Settings(store_url=store_url, data_dir=tmp_path / "home" / "own")
        return {Path(each).relative_to(tmp_path.resolve()) for each in own_files(app, settings)}

    return listed


def test_those_below_the_root(listed, tmp_path):
    store = f"sqlite:///{tmp_path / 'home' / 'x.sqlite'}"
    names = {str(each) for each in listed(tmp_path / "home", store)}
    assert names == {
        *("home/runtime", "home/runtime/secret", "home/config", "home/data"),
        *("home/server.json", "home/own", "home/x.sqlite", "home/x.sqlite-wal"),
        *("home/x.sqlite-shm", "home/x.sqlite-journal"),
    }


def test_none_that_is_elsewhere(listed, tmp_path):
    assert listed(tmp_path / "home" / "files") == set()


def test_not_the_root_itself(listed, tmp_path):
    assert listed(tmp_path / "home" / "config") == set()


def test_they_are_found_behind_links(listed, tmp_path):
    (tmp_path / "home" / "real").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "home" / "real")
    found = listed(tmp_path / "home", runtime_dir=str(tmp_path / "link"), cookie_secret_file="")
    assert Path("home/real") in found


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+pysqlite"])
@pytest.mark.parametrize("options", ["", "?mode=rw", "?uri=file:///x"])
def test_a_store_is_a_file_whatever_stands_around_its_path(listed, tmp_path, scheme, options):
    file = tmp_path / "home" / "files" / "x.sqlite"
    found = listed(tmp_path / "home" / "files", f"{scheme}:///{file}{options}")
    assert {each.name for each in found} == {
        *("x.sqlite", "x.sqlite-wal", "x.sqlite-shm", "x.sqlite-journal")
    }


def test_a_database_of_a_name_that_is_also_a_file_is_none(listed, tmp_path, monkeypatch):
    (tmp_path / "home" / "files").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "home" / "files")
    for url in ("postgresql:///d", "sqlite:///", "sqlite://"):
        assert listed(tmp_path / "home" / "files", url) == set()


def test_a_store_that_is_no_file_is_nowhere(listed, tmp_path):
    for url in ("postgresql://u@h/d", "postgresql:///d", "sqlite://"):
        assert listed(tmp_path / "home" / "files", url) == set()
