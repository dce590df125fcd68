from __future__ import annotations

import os

import pytest

from nb_presign.aws.machine.stamp import environment_stamp, files_stamp


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return tmp_path


@pytest.mark.parametrize("name", ["AWS_PROFILE", "AWS_ENDPOINT_URL", "HOME", "HTTPS_PROXY"])
def test_variables_count(monkeypatch, name):
    monkeypatch.delenv(name, raising=False)
    stamps = [environment_stamp()]
    for value in ("one", "two"):
        monkeypatch.setenv(name, value)
        stamps.append(environment_stamp())
    assert len(set(stamps)) == 3
    monkeypatch.setenv(name, "one")
    assert environment_stamp() == stamps[1]


def test_other_variables_do_not(monkeypatch):
    before = environment_stamp()
    monkeypatch.setenv("UNRELATED", "value")
    assert environment_stamp() == before


def test_nothing_of_a_variable_is_kept(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    assert "canary" not in repr(environment_stamp())


@pytest.mark.parametrize("name", ["config", "credentials"])
def test_files_count(files, name):
    stamps = [files_stamp()]
    path = files / name
    path.write_text("[default]")
    stamps.append(files_stamp())
    # Written in place within the clock's resolution, and of another length.
    times = path.stat()
    path.write_text("[profile a]")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    stamps.append(files_stamp())
    # Replaced, as editors do, by one of the same length and time.
    other = files / "other"
    other.write_text("[profile b]")
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(path)
    stamps.append(files_stamp())
    path.unlink()
    assert files_stamp() == stamps[0]
    assert len(set(stamps)) == 4
