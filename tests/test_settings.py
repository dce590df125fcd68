from __future__ import annotations

from pathlib import Path

import pytest

from nb_presign.config import NbPresign
from nb_presign.settings import data_dir, default_server_name, server_identity


def test_the_data_directory_is_in_jupyters(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    assert data_dir() == tmp_path / "nb_presign"
    assert list(tmp_path.iterdir()) == [], "telling where it is makes nothing"


@pytest.mark.parametrize(
    ("root", "name"),
    [
        ("/home/alice/work", "work"),
        ("/home/alice/my work!", "my-work"),
        ("/", "root"),
        ("/home/ü", "root"),
        ("/x/.hidden", "hidden"),
        ("/x/" + "a" * 99, "a" * 63),
    ],
)
def test_a_server_is_named_after_its_directory(root, name):
    assert default_server_name(root) == name
    assert NbPresign(server_name=name).server_name == name, "the trait refuses it"


class TestIdentity:
    def test_it_is_stable(self, tmp_path):
        one = server_identity("a", str(tmp_path), configured=False)
        assert one == server_identity("a", str(tmp_path), configured=False)
        assert one.startswith("srv_")
        assert len(one) == 20

    def test_directories_tell_unnamed_servers_apart(self, tmp_path):
        (tmp_path / "x").mkdir()
        (tmp_path / "y").mkdir()
        found = {server_identity("a", str(tmp_path / d), configured=False) for d in "xy"}
        assert len(found) == 2

    def test_a_symbolic_link_is_the_same_directory(self, tmp_path):
        (tmp_path / "x").mkdir()
        (tmp_path / "y").symlink_to(tmp_path / "x")
        found = {server_identity("a", str(tmp_path / d), configured=False) for d in "xy"}
        assert len(found) == 1

    def test_a_configured_name_is_the_server(self):
        here = server_identity("a", "/x", configured=True)
        assert here == server_identity("a", str(Path("/y")), configured=True)
        assert here != server_identity("b", "/x", configured=True)
        assert here != server_identity("a", "/x", configured=False)
