from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nb_presign.providers.running import is_alive, running_servers


def dead_pid() -> int:
    with subprocess.Popen([sys.executable, "-S", "-c", ""]) as process:
        process.wait()
    return process.pid


def test_what_jupyter_server_writes_is_read(runtime_dir, write_runtime_file):
    write_runtime_file(pid=os.getpid(), port=8881, base_url="/x/", url="http://localhost:8881/x")
    (server,) = running_servers(runtime_dir)
    assert (server.url, server.port, server.pid) == (
        "http://localhost:8881/x/",
        8881,
        os.getpid(),
    )
    assert server.token.reveal() == "token-8881"
    assert "token-8881" not in repr(server)


def test_servers_are_sorted_by_port(runtime_dir, write_runtime_file, living):
    for port in (8890, 8881, 8885):
        write_runtime_file(pid=living(), port=port)
    assert [server.port for server in running_servers(runtime_dir)] == [8881, 8885, 8890]


def test_the_file_of_a_dead_server_is_passed_over_and_left_there(runtime_dir, write_runtime_file):
    file = write_runtime_file(pid=dead_pid(), port=8881)
    assert running_servers(runtime_dir) == ()
    assert file.exists()


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o666])
def test_a_file_that_others_can_read_or_write_is_passed_over(runtime_dir, write_runtime_file, mode):
    file = write_runtime_file(pid=os.getpid(), port=8881, mode=mode)
    assert running_servers(runtime_dir) == ()
    file.chmod(0o600)
    assert len(running_servers(runtime_dir)) == 1


def test_a_symbolic_link_is_not_followed(runtime_dir, write_runtime_file, tmp_path):
    file = write_runtime_file(pid=os.getpid(), port=8881)
    file.rename(tmp_path / "elsewhere.json")
    file.symlink_to(tmp_path / "elsewhere.json")
    assert running_servers(runtime_dir) == ()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"url": 1, "pid": 1}', '{"url": "http://x/"}', "\xff"]
)
def test_a_file_that_is_half_written_or_foreign_stops_nothing(
    runtime_dir, write_runtime_file, content
):
    write_runtime_file(pid=os.getpid(), port=8881)
    other = runtime_dir / "jpserver-1.json"
    other.write_bytes(content.encode("latin-1"))
    other.chmod(0o600)
    assert [server.port for server in running_servers(runtime_dir)] == [8881]


def test_a_named_pipe_holds_nothing_up(runtime_dir):
    os.mkfifo(runtime_dir / "jpserver-7.json", 0o600)
    assert running_servers(runtime_dir) == ()


def test_other_files_are_not_opened(runtime_dir, write_runtime_file):
    file = write_runtime_file(pid=os.getpid(), port=8881)
    file.rename(runtime_dir / f"nbserver-{os.getpid()}.json")
    assert running_servers(runtime_dir) == ()


def test_without_a_runtime_directory_nothing_runs(tmp_path):
    assert running_servers(tmp_path / "not there") == ()


def test_the_runtime_directory_is_jupyters(write_runtime_file):
    write_runtime_file(pid=os.getpid(), port=8881)
    assert len(running_servers()) == 1


@pytest.mark.parametrize("pid", [0, -1, 2**40])
def test_no_process_has_an_impossible_id(pid):
    assert not is_alive(pid)
