from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
import traceback
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from nb_presign.errors import KeyRingError
from nb_presign.signing.keys import KeyRing

OLD, NEW = "a" * 43, "b" * 43
MINUTE = timedelta(minutes=1)


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
    (entry,) = json.loads(path.read_text())["keys"]
    assert entry["key"] == key.reveal()
    made = datetime.fromisoformat(entry["created_at"].replace("Z", "+00:00"))
    assert timedelta() <= datetime.now(timezone.utc) - made < MINUTE
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


def test_both_forms_of_an_entry_are_read(path):
    entry = {"key": NEW, "created_at": "2030-01-02T03:04:05Z"}
    write(path, json.dumps({"keys": [OLD, entry, {"key": "c" * 43}]}))
    keys = KeyRing(path).all()
    assert [key.secret.reveal() for key in keys] == [OLD, NEW, "c" * 43]
    then = datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert [key.created_at for key in keys] == [None, then, None]


def test_a_key_is_called_by_the_hash_of_itself(path):
    write(path, json.dumps({"keys": [OLD]}))
    assert KeyRing(path).all()[0].id == hashlib.sha256(OLD.encode()).hexdigest()[:12]


class TestChanges:
    """The file is another, and the ring goes on."""

    @pytest.fixture
    def ring(self, path):
        write(path, json.dumps({"keys": [OLD]}))
        ring = KeyRing(path)
        assert reveal(ring) == [OLD]
        assert ring.current
        return ring

    def test_a_key_more_is_seen_at_the_next_use(self, ring, path):
        write(path, json.dumps({"keys": [OLD, NEW]}))
        assert not ring.current
        assert reveal(ring) == [OLD, NEW]
        assert ring.signing_key().reveal() == NEW
        assert ring.current

    def test_a_file_of_the_same_size_and_age_is_another_too(self, ring, path):
        before = path.stat()
        replacement = path.with_name("other")
        write(replacement, json.dumps({"keys": [NEW]}))
        os.utime(replacement, ns=(before.st_atime_ns, before.st_mtime_ns))
        replacement.replace(path)
        assert (path.stat().st_size, path.stat().st_mtime_ns) == (
            before.st_size,
            before.st_mtime_ns,
        )
        assert reveal(ring) == [NEW]

    def test_one_written_in_place_is_another_too(self, ring, path):
        before = path.stat()
        path.write_text(json.dumps({"keys": [NEW]}))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert path.stat().st_ino == before.st_ino
        assert reveal(ring) == [NEW]

    def test_one_that_is_the_same_is_not_read(self, ring, path, monkeypatch):
        opened = []
        real = os.open
        monkeypatch.setattr(os, "open", lambda *a, **k: opened.append(a[0]) or real(*a, **k))
        assert [reveal(ring), reveal(ring)] == [[OLD], [OLD]]
        assert opened == []
        write(path, json.dumps({"keys": [NEW]}))
        assert [reveal(ring), reveal(ring)] == [[NEW], [NEW]]
        assert opened == [path]

    def test_one_that_vanished_ends_nothing_and_is_not_made_again(self, ring, path):
        path.unlink()
        assert reveal(ring) == [OLD]
        assert ring.current
        assert not path.exists()
        write(path, json.dumps({"keys": [NEW]}))
        assert reveal(ring) == [NEW]

    @pytest.mark.parametrize("content", ["", "garbage", '{"keys": []}', '{"keys": ["' + NEW])
    def test_a_damaged_one_ends_nothing_and_is_looked_at_again(self, ring, path, content):
        write(path, content)
        assert reveal(ring) == [OLD]
        assert path.read_text() == content
        write(path, json.dumps({"keys": [NEW]}))
        assert reveal(ring) == [NEW]

    @pytest.mark.parametrize("mode", [0o644, 0o660])
    def test_keys_that_others_could_have_written_are_not_taken(self, ring, path, mode):
        write(path, json.dumps({"keys": [NEW]}), mode)
        assert reveal(ring) == [OLD]
        path.chmod(0o600)
        assert reveal(ring) == [NEW]

    def test_nor_those_behind_a_symbolic_link(self, ring, path, tmp_path):
        write(tmp_path / "others.json", json.dumps({"keys": [NEW]}))
        path.unlink()
        path.symlink_to(tmp_path / "others.json")
        assert reveal(ring) == [OLD]


class TestKnownKeys:
    """What is asked for by who only looks, and has nothing to sign."""

    def test_where_there_is_no_file_there_are_none_and_none_is_made(self, path):
        assert KeyRing(path).known() == ()
        assert not path.parent.exists()

    def test_they_are_those_of_the_file_as_it_is_now(self, path):
        write(path, json.dumps({"keys": [OLD]}))
        ring = KeyRing(path)
        assert ring.known() == KeyRing(path).all()
        assert ring.current
        write(path, json.dumps({"keys": [OLD, NEW]}))
        assert [key.secret.reveal() for key in ring.known()] == [OLD, NEW]

    def test_a_file_that_cannot_be_read_is_no_reason_to_fail(self, path):
        write(path, "garbage")
        ring = KeyRing(path)
        assert ring.known() == ()
        write(path, json.dumps({"keys": [OLD]}))
        (known,) = ring.known()
        write(path, "garbage")
        assert ring.known() == (known,)


def reveal(ring: KeyRing) -> list[str]:
    return [key.reveal() for key in ring.verifying_keys()]


def test_keys_are_not_shown(path):
    ring = KeyRing(path)
    key = ring.signing_key().reveal()
    assert key not in repr(ring)
    assert key not in repr(ring.verifying_keys())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601])
def test_permissions_for_others_are_refused(path, mode):
    write(path, json.dumps({"keys": [OLD]}), mode)
    error = refused(path)
    assert error.message == "Other users can read or write the file of signing keys."
    assert f"chmod 600 {path}" in error.hint
    path.chmod(0o600)
    assert KeyRing(path).signing_key().reveal() == OLD


def test_another_owner_is_refused(path, monkeypatch):
    write(path, json.dumps({"keys": [OLD]}))
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    error = refused(path)
    assert error.message == "The file of signing keys belongs to another user."
    assert error.hint.endswith(f"sudo chown {path.stat().st_uid + 1} {path}")


def test_a_symbolic_link_is_refused(path, tmp_path):
    write(tmp_path / "real.json", json.dumps({"keys": [OLD]}))
    path.parent.mkdir(parents=True)
    path.symlink_to(tmp_path / "real.json")
    assert "symbolic link" in refused(path).message
    assert refused(path).hint.endswith(f"cp --remove-destination {tmp_path / 'real.json'} {path}")
    path.unlink()
    path.symlink_to(tmp_path / "nowhere.json")
    assert "symbolic link" in refused(path).message
    assert not (tmp_path / "nowhere.json").exists()


def test_one_that_is_put_there_after_the_look_is_refused_too(path, tmp_path, monkeypatch):
    write(tmp_path / "real.json", json.dumps({"keys": [OLD]}))
    path.parent.mkdir(parents=True)
    path.symlink_to(tmp_path / "real.json")
    monkeypatch.setattr(Path, "is_symlink", lambda _: False)
    assert str(path) in refused(path).hint


def test_it_appears_when_it_is_whole(path, monkeypatch):
    made = []
    real = os.link

    def link(source, target):
        source = Path(source)
        made.append((source.parent, source.name, json.loads(source.read_text())["keys"][0]["key"]))
        assert stat.S_IMODE(source.stat().st_mode) == 0o600
        real(source, target)

    monkeypatch.setattr(os, "link", link)
    key = KeyRing(path).signing_key().reveal()
    ((where, name, content),) = made
    assert (where, content) == (path.parent, key)
    # As the sweep of `rotation` expects what a killed process leaves.
    assert name.startswith(path.name)
    assert name.endswith(".new")


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
    content = json.dumps({"keys": [OLD]})
    write(path, content.ljust(65_536))
    assert reveal(KeyRing(path)) == [OLD]
    write(path, content.ljust(65_537))
    assert refused(path).message == "The file of signing keys is no ordinary file."


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
        '{"keys": [{}]}',
        '{"keys": [{"key": "short"}]}',
        '{"keys": [{"key": "' + OLD + '", "more": 1}]}',
        '{"keys": [{"key": "' + OLD + '", "created_at": 5}]}',
        '{"keys": [{"key": "' + OLD + '", "created_at": "2030-01-02T03:04:05"}]}',
        '{"keys": [["' + OLD + '"]]}',
        '{"keys": ["' + OLD + '"]',
        "\udcff".encode("utf-8", "surrogateescape").decode("latin-1"),
    ],
)
def test_garbage_is_refused_and_kept(path, content):
    write(path, content)
    error = refused(path)
    assert OLD not in str(error)
    assert error.message == "The file of signing keys is damaged."
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
