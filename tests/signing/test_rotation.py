"""Keys are added and retired while others use them; no change is lost, and none is half made."""

from __future__ import annotations

import fcntl
import json
import os
import random
import stat
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from nb_presign.errors import ConflictError, KeyRingError, NotFoundError
from nb_presign.signing import keyfile, rotation
from nb_presign.signing.keyfile import Key
from nb_presign.signing.keys import KeyRing

NOW = datetime(2030, 1, 2, 3, 4, 5, 678_000, tzinfo=timezone.utc)
PROGRAM = Path(__file__).with_name("keychanger.py")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "keys.json"


@pytest.fixture
def keys(path) -> tuple[Key, ...]:
    """Make three keys, of which the last signs."""
    for hour in range(3):
        keys = rotation.rotate(path, NOW + timedelta(hours=hour))
    return keys


def ids(path: Path) -> list[str]:
    return [key.id for key in rotation.keys_of(path)]


def names(path: Path) -> set[str]:
    return {one.name for one in path.parent.iterdir()}


def test_rotation_adds_a_key_that_signs(path):
    (first,) = rotation.rotate(path, NOW)
    before, second = rotation.rotate(path, NOW + timedelta(hours=1))
    assert (before.id, before.created_at) == (first.id, NOW)
    assert (second.created_at, second.id != first.id) == (NOW + timedelta(hours=1), True)
    assert KeyRing(path).signing_key() == second.secret
    assert len(second.secret.reveal()) == 43


def test_a_file_without_times_keeps_its_keys(path):
    path.parent.mkdir()
    path.write_text(json.dumps({"keys": ["a" * 43]}))
    path.chmod(0o600)
    old, new = rotation.rotate(path, NOW)
    assert (old.secret.reveal(), old.created_at) == ("a" * 43, None)
    assert KeyRing(path).all()[0].secret.reveal() == "a" * 43
    assert KeyRing(path).all()[1].created_at == new.created_at == NOW


def test_nobody_else_can_read_what_was_changed(path, keys):
    rotation.retire(path, [keys[0].id])
    assert {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()} == {0o600}
    assert names(path) == {"keys.json", "keys.json.lock"}


def test_retired_keys_are_gone_and_the_others_stay(path, keys):
    left = rotation.retire(path, [keys[1].id])
    assert [key.id for key in left] == ids(path) == [keys[0].id, keys[2].id]
    content = path.read_text()
    assert keys[1].secret.reveal() not in content
    assert keys[0].secret.reveal() in content


def test_nothing_to_retire_changes_nothing(path, keys):
    before = path.stat()
    assert rotation.retire(path, []) == rotation.keys_of(path)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert len(keys) == 3


@pytest.mark.parametrize("also", [[], [0], [0, 1]])
def test_the_key_that_signs_is_never_retired(path, keys, also):
    before = path.read_bytes()
    with pytest.raises(ConflictError) as error:
        rotation.retire(path, [keys[2].id, *(keys[at].id for at in also)])
    assert error.value.message == f"The key {keys[2].id} signs new links, and cannot be retired."
    assert error.value.hint.endswith(": jupyter presign keys rotate")
    assert path.read_bytes() == before


def test_all_or_none(path, keys):
    before = path.read_bytes()
    with pytest.raises(NotFoundError) as error:
        rotation.retire(path, [keys[0].id, "0" * 12])
    assert str(error.value) == "There is no signing key '000000000000'. See 'presign keys list'."
    assert path.read_bytes() == before


def test_there_is_nothing_to_retire_where_there_is_no_file(path):
    with pytest.raises(NotFoundError) as error:
        rotation.retire(path, ["0" * 12])
    said = "There are no signing keys yet. The first link makes the first one."
    assert str(error.value) == said
    assert rotation.keys_of(path) == ()
    assert not path.parent.exists()


def test_there_can_be_so_many(path):
    path.parent.mkdir()
    path.write_text(json.dumps({"keys": [f"{n:043}" for n in range(keyfile.MAX_KEYS)]}))
    path.chmod(0o600)
    before = path.read_bytes()
    with pytest.raises(ConflictError) as error:
        rotation.rotate(path, NOW)
    assert "--all-but-newest" in error.value.hint
    assert path.read_bytes() == before
    assert len(rotation.retire(path, ids(path)[:-1])) == 1
    assert len(rotation.rotate(path, NOW)) == 2


def test_the_most_keys_that_there_can_be_can_be_read(path):
    path.parent.mkdir()
    path.touch(0o600)
    keyfile.replace(path, [keyfile.new_key(NOW) for _ in range(keyfile.MAX_KEYS)])
    assert len(KeyRing(path).all()) == keyfile.MAX_KEYS


@pytest.mark.parametrize(
    "change",
    [
        lambda path, _: rotation.rotate(path, NOW),
        lambda path, keys: rotation.retire(path, [keys[0].id]),
    ],
    ids=["rotate", "retire"],
)
@pytest.mark.parametrize("trouble", ["damaged", "shared", "symlink", "directory"])
def test_a_file_that_is_not_trusted_is_not_changed(path, keys, change, trouble):
    if trouble == "damaged":
        path.write_text("garbage")
    elif trouble == "shared":
        path.chmod(0o640)
    elif trouble == "symlink":
        path.rename(path.with_name("elsewhere"))
        path.symlink_to("elsewhere")
    else:
        path.unlink()
        path.mkdir(0o700)
    before = path.lstat()
    with pytest.raises(KeyRingError) as error:
        change(path, keys)
    assert error.value.hint
    assert (path.lstat().st_ino, path.lstat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_full_disk_leaves_the_old_file(path, keys, monkeypatch):
    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    before = path.read_bytes()
    with pytest.raises(KeyRingError, match="keys cannot be changed: No space left") as error:
        rotation.rotate(path, NOW)
    assert str(path) in error.value.hint
    assert path.read_bytes() == before
    assert names(path) == {"keys.json", "keys.json.lock"}
    assert KeyRing(path).signing_key() == keys[2].secret


def test_what_killed_processes_left_is_swept_up(path, keys):
    for name in ("keys.json.next", "keys.jsonab12.new"):
        path.with_name(name).write_text("half")
    path.with_name("another.new").write_text("not ours")
    rotation.rotate(path, NOW)
    assert names(path) == {"keys.json", "keys.json.lock", "another.new"}
    assert len(ids(path)) == len(keys) + 1


def test_a_lock_that_is_not_let_go_of_is_no_endless_wait(path, keys, monkeypatch):
    monkeypatch.setattr(rotation, "_LOOKS", 2)
    with path.with_name("keys.json.lock").open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(KeyRingError, match="Another process") as error:
            rotation.rotate(path, NOW)
        assert "pgrep" in error.value.hint
        assert len(ids(path)) == len(keys)
    assert len(rotation.rotate(path, NOW)) == len(keys) + 1


# A ring that is used meanwhile


def test_a_ring_follows_at_its_next_use(path, keys):
    ring = KeyRing(path)
    assert ring.signing_key() == keys[2].secret
    newest = rotation.rotate(path, NOW)[-1]
    assert ring.signing_key() == newest.secret
    rotation.retire(path, [key.id for key in keys])
    assert [key.id for key in ring.all()] == [newest.id]


def test_a_ring_of_no_file_yet(path):
    ring = KeyRing(path)
    (made,) = rotation.rotate(path, NOW)
    assert ring.signing_key() == made.secret


# Processes


@pytest.fixture
def start():
    with ExitStack() as stack:

        def start(how: str, path: Path, times: int = 1) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, str(PROGRAM), how, str(path), str(times)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            assert process.stdout.readline() == "ready\n"
            return process

        yield start


@pytest.mark.parametrize("first", ["there is none", "there is one"])
def test_all_rotations_of_processes_at_once_survive(path, start, first):
    expected = {rotation.rotate(path, NOW)[-1].id} if first == "there is one" else set()
    processes = [start("rotate", path, 15) for _ in range(3)]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    # Servers that start meanwhile make no key of their own beside it.
    for _ in range(20):
        expected |= {key.id for key in KeyRing(path).all()}
    for process in processes:
        expected |= set(process.communicate()[0].split())
        assert process.returncode == 0
    found = ids(path)
    assert set(found) == expected
    assert len(found) == len(set(found)) in {45, 46}


def test_kill_9_leaves_a_whole_file_and_no_lie(path, start):
    rotation.rotate(path, NOW)
    chance, changes = random.Random(7), 0  # noqa: S311  # an instant, no secret
    for _ in range(8):
        process = start("loop", path)
        process.stdin.write("\n")
        process.stdin.flush()
        time.sleep(chance.uniform(0.005, 0.06))
        process.kill()
        said = [line.split() for line in process.communicate()[0].splitlines()]
        found = ids(path)  # it is whole
        made = [one for what, one in said if what == "made"]
        retired = {one for what, one in said if what == "retired"}
        # What was said to be done is done; one more may be, of which nothing was said.
        assert made[-1:] == [] or made[-1] in found[-2:]
        assert not retired & set(found)
        changes += len(said)
        # And nobody is locked out.
        assert rotation.rotate(path, NOW)[-1].id == ids(path)[-1]
        assert names(path) == {"keys.json", "keys.json.lock"}
    assert changes > 8


def test_a_reader_never_sees_half_a_file(path, start):
    rotation.rotate(path, NOW)
    process = start("loop", path)
    process.stdin.write("\n")
    process.stdin.flush()
    seen = set()
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        seen.add(KeyRing(path).all()[-1].id)
    process.kill()
    assert len(seen) > 2
