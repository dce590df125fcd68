from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from nb_presign.errors import KeyRingError
from nb_presign.signing.keys import KeyRing

OLD, NEW = "a" * 43, "b" * 43


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "nb_presign" / "keys.json"


def write(path: Path, content: str, mode: int = 0o600) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(mode)


def facts(path):
    """What tells a file from another; not when it was read."""
    found = path.lstat()
    return found.st_ino, found.st_mode, found.st_uid, found.st_size, found.st_mtime_ns


def refused(path: Path) -> KeyRingError:
    before = facts(path)
    with pytest.raises(KeyRingError) as error:
        KeyRing(path).verifying_keys()
    assert facts(path) == before  # nothing was mended behind anybody's back
    assert error.value.hint
    assert OLD not in "".join(traceback.format_exception(error.value))
    return error.value


def test_making_a_ring_touches_nothing(path):
    KeyRing(path)
    assert not path.parent.exists()


def test_the_first_use_makes_one_key(path):
    (key,) = KeyRing(path).verifying_keys()
    assert len(key.reveal()) == 43
    assert json.loads(path.read_text()) == {"keys": [key.reveal()]}
    assert [f.name for f in path.parent.iterdir()] == ["keys.json"]


def test_nobody_else_can_read_it(path):
    KeyRing(path).signing_key()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_two_rings_have_the_same_keys(path):
    assert KeyRing(path).verifying_keys() == KeyRing(path).verifying_keys()


def test_other_places_have_other_keys(tmp_path):
    assert KeyRing(tmp_path / "a").signing_key() != KeyRing(tmp_path / "b").signing_key()


def test_the_newest_signs_and_all_verify(path):
    write(path, json.dumps({"keys": [OLD, NEW]}))
    ring = KeyRing(path)
    assert [key.reveal() for key in ring.verifying_keys()] == [OLD, NEW]
    assert ring.signing_key().reveal() == NEW


def test_the_file_is_read_once(path):
    ring = KeyRing(path)
    key = ring.signing_key()
    path.unlink()
    assert ring.signing_key() == key
    assert not path.exists()


def test_keys_are_not_shown(path):
    ring = KeyRing(path)
    key = ring.signing_key().reveal()
    assert key not in repr(ring)
    assert key not in repr(ring.verifying_keys())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601])
def test_permissions_for_others_are_refused(path, mode):
    write(path, json.dumps({"keys": [OLD]}), mode)
    error = refused(path)
    assert f"chmod 600 {path}" in error.hint
    path.chmod(0o600)
    assert KeyRing(path).signing_key().reveal() == OLD


def test_another_owner_is_refused(path, monkeypatch):
    write(path, json.dumps({"keys": [OLD]}))
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    assert "chown" in refused(path).hint


def test_a_symbolic_link_is_refused(path, tmp_path):
    write(tmp_path / "real.json", json.dumps({"keys": [OLD]}))
    path.parent.mkdir(parents=True)
    path.symlink_to(tmp_path / "real.json")
    assert "symbolic link" in refused(path).message
    path.unlink()
    path.symlink_to(tmp_path / "nowhere.json")
    assert "symbolic link" in refused(path).message
    assert not (tmp_path / "nowhere.json").exists()


def test_a_pipe_is_refused_and_hangs_nobody(path):
    path.parent.mkdir(parents=True)
    os.mkfifo(path, 0o600)
    assert "no ordinary file" in refused(path).message


def test_a_directory_is_refused(path):
    path.mkdir(parents=True, mode=0o700)
    refused(path)


def test_a_huge_file_is_refused(path):
    write(path, json.dumps({"keys": [OLD] * 2000}))
    refused(path)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "null",
        "{}",
        "[]",
        '{"keys": []}',
        '{"keys": "' + OLD + '"}',
        '{"keys": ["short"]}',
        '{"keys": ["' + OLD + 'a"]}',
        '{"keys": ["' + OLD + '\\n"]}',
        '{"keys": ["' + "ä" * 43 + '"]}',
        '{"keys": ["' + OLD + '", 5]}',
        '{"keys": ["' + OLD + '"], "more": 1}',
        '{"keys": ["' + OLD + '"]',
        "\udcff".encode("utf-8", "surrogateescape").decode("latin-1"),
    ],
)
def test_garbage_is_refused_and_kept(path, content):
    write(path, content)
    error = refused(path)
    assert OLD not in str(error)
    assert f"mv {path} {path}.damaged" in error.hint
    assert path.read_text() == content


def test_no_place_for_the_file(tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(KeyRingError) as error:
        KeyRing(tmp_path / "data" / "keys.json").signing_key()
    assert str(tmp_path / "data" / "keys.json") in error.value.hint


def test_a_ring_recovers_when_the_cause_is_gone(path):
    write(path, "garbage")
    ring = KeyRing(path)
    with pytest.raises(KeyRingError):
        ring.signing_key()
    path.unlink()
    assert ring.signing_key()


def test_processes_that_start_at_once_have_the_same_keys(tmp_path):
    program = (
        "import sys, pathlib; from nb_presign.signing.keys import KeyRing\n"
        "print('ready', flush=True)\n"
        "for line in sys.stdin:\n"
        "    print(KeyRing(pathlib.Path(line.strip())).signing_key().reveal(), flush=True)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for turn in range(30):
        for process in processes:
            process.stdin.write(f"{tmp_path / str(turn) / 'keys.json'}\n")
        assert len({process.stdout.readline() for process in processes}) == 1
    for process in processes:
        process.communicate()
