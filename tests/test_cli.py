"""`jupyter presign`: what goes to which stream, exit codes, and the shells' completion."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from inspect import getmembers, isclass
from pathlib import Path

import pytest
from support.clock import FakeClock
from support.presign_api import CANARY, MemoryApi

from nb_presign import cli, errors
from nb_presign.errors import PresignError, StoreError, UnreachableError

#: A command line whose servers are in memory.
PROGRAM = f"""
import asyncio, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from support.presign_api import MemoryApi
from nb_presign.clock import SystemClock
from nb_presign.cli import main
async def connect(server):
    if server == "slow":
        print("slow", flush=True)
        await asyncio.sleep(3600)
    return MemoryApi(SystemClock())
sys.exit(main(connect=connect))
"""


@pytest.fixture
def api():
    return MemoryApi(FakeClock())


@pytest.fixture
def run(api, capsys):
    async def connect(_):
        return api

    def run(*argv):
        code = cli.main(argv, connect=connect)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_mint_prints_just_the_url(run, api):
    code, out, err = run("mint", "jupyter:b/lab", "--session", "1h")
    assert (code, out) == (0, f"https://b.example/nb-presign/redeem#{CANARY}-1\n")
    assert "lnk_a" in err
    assert CANARY not in err
    assert api.closed


def test_quiet_keeps_standard_error_empty(run):
    assert run("-q", "jupyter:b")[1:] == (f"https://b.example/nb-presign/redeem#{CANARY}-1\n", "")


def test_refresh_prints_the_new_url(run):
    run("jupyter:b")
    assert run("refresh", "lnk_a")[1].endswith(f"{CANARY}-2\n")


def test_json_is_one_value_on_standard_output(run):
    code, out, err = run("--json", "jupyter:b")
    assert (code, err) == (0, "")
    assert json.loads(out)["url"].endswith(f"{CANARY}-1")
    for line in ("list", "targets", "sessions", "doctor jupyter", "show lnk_a", "link jupyter:b"):
        json.loads(run(*line.split(), "--json")[1])


def test_lists_never_show_a_url(run):
    run("jupyter:b")
    for line in (
        "list",
        "list --json",
        "list -q",
        "show lnk_a",
        "show lnk_a --json",
        "revoke lnk_a",
    ):
        _, out, err = run(*line.split())
        assert "lnk_a" in out
        assert CANARY not in out + err


def test_quiet_lists_compose(run):
    run("jupyter:b")
    run("jupyter:b")
    ids = run("list", "-q")[1].split()
    assert run("revoke", *ids)[0] == 0
    assert run("list", "-q")[1] == ""


def test_some_that_were_not_revoked(run):
    run("jupyter:b")
    code, out, err = run("revoke", "lnk_" + "f" * 16, "lnk_a")
    assert code == 3
    assert "lnk_a" in out
    assert "There is no link" in err


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["revok", "lnk_a"], 2, "Did you mean 'revoke'?"),
        (["jupyter:b", "--scope", "reed"], 2, "Did you mean 'read'?"),
        (["targets", "nowhere"], 2, "Unknown provider"),
        (["show", "lnk_9"], 3, "See 'presign list --all'."),
    ],
)
def test_errors_on_standard_error(run, argv, code, said):
    got, out, err = run(*argv)
    assert (got, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


def test_an_error_for_machines(run):
    code, out, err = run("show", "lnk_9", "--json")
    assert (code, out) == (3, "")
    assert json.loads(err)["code"] == "link-not-found"


def test_a_revoked_link_has_no_successor(run):
    run("jupyter:b")
    run("revoke", "lnk_a")
    assert run("refresh", "lnk_a")[0] == 4


def test_doctor_is_well_or_not(run, api):
    assert run("doctor", "--server", "a")[0] == 0
    api.failing["links"] = StoreError("Locked.", hint="Free it.")
    code, out, _ = run("doctor", "--server", "a")
    assert code == 1
    assert "Free it." in out
    assert "problem" in out


def test_every_error_has_its_exit_code():
    expected = {
        errors.UsageError: 2,
        errors.TooLargeError: 2,
        errors.TargetNotFoundError: 3,
        errors.LinkExpiredError: 4,
        errors.TargetNotReadyError: 4,
        errors.UnauthenticatedError: 5,
        errors.NotAllowedError: 5,
        errors.NotInstalledError: 6,
        errors.RateLimitedError: 6,
        errors.KeyRingError: 7,
        PresignError: 1,
    }
    assert {cls: cli.exit_code(cls("x")) for cls in expected} == expected
    classes = [cls for _, cls in getmembers(errors, isclass) if issubclass(cls, PresignError)]
    assert all(cli.exit_code(cls("x")) > 1 for cls in classes if cls is not PresignError)


def test_help_names_the_exit_codes(run):
    out = run("--help")[1]
    assert all(f" {code} " in out for code in (0, 2, 3, 4, 5, 6, 7, 130))


def process(*argv, **kwargs):
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *argv],
        capture_output=True,
        text=True,
        check=False,
        **kwargs,
    )


def test_a_real_process():
    done = process("-q", "jupyter:b")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1


def test_a_bad_configuration_is_named(tmp_path, monkeypatch, capsys):
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path))
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    (tmp_path / "jupyter_server_config.py").write_text("c.NbPresign.server_name = 'a b'\n")
    assert cli.main(["list"]) == 2
    assert "NbPresign.server_name" in capsys.readouterr().err


def test_ctrl_c():
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "list", "--server", "slow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout.readline() == "slow\n"
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=30)
    assert (running.returncode, err) == (130, "Interrupted.\n")


def at_a_terminal(*argv, until, interrupt=False):
    """Run with a terminal for all streams; returns what it showed and the exit code."""
    ours, theirs = os.openpty()
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *argv], stdout=theirs, stderr=theirs, stdin=theirs, env=env
    ) as running:
        os.close(theirs)
        shown = b""
        while until.encode() not in shown:
            shown += os.read(ours, 4096)
        if interrupt:
            running.send_signal(signal.SIGINT)
        with suppress(OSError):  # Linux: the other end of the terminal is closed
            while more := os.read(ours, 4096):
                shown += more
        running.wait(30)
    os.close(ours)
    return shown.decode(), running.returncode


def test_a_person_is_told_that_it_goes_on():
    shown, code = at_a_terminal("list", "--server", "slow", until="Asking …", interrupt=True)
    assert code == 130
    assert shown.index("Asking …") < shown.index("\r\x1b[K") < shown.index("Interrupted.")


def test_a_table_at_a_terminal():
    shown, code = at_a_terminal("targets", until="a%20b.ipynb")
    assert code == 0
    assert "session:5e55/lab/tree/a%20b.ipynb" in shown
    assert "─────" in shown


def test_a_reader_who_leaves():
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as broken:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, "help"],
            stdout=broken,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "")


def test_open_gives_the_browser_a_file_and_not_the_url(tmp_path):
    browser = tmp_path / "browser"
    browser.write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/argv\ncp "${{1#file://}}" {tmp_path}/page\n'
        f'stat -c %a "${{1#file://}}" > {tmp_path}/mode\n'
    )
    browser.chmod(0o755)
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    old = runtime / "nb_presign-open-0.html"
    old.touch()
    os.utime(old, (0, 0))
    env = {**os.environ, "BROWSER": f"{browser} %s", "JUPYTER_RUNTIME_DIR": str(runtime)}
    done = process("open", "jupyter:b", env=env)
    assert (done.returncode, done.stdout) == (0, "")
    assert CANARY not in (tmp_path / "argv").read_text()
    assert f"redeem#{CANARY}-1" in (tmp_path / "page").read_text()
    assert (tmp_path / "mode").read_text() == "600\n"
    assert not old.exists()


def test_open_without_a_browser_prints_the_url(tmp_path):
    env = {"PATH": "/nowhere", "HOME": str(tmp_path), "BROWSER": "/nowhere/browser %s"}
    env["JUPYTER_RUNTIME_DIR"] = str(tmp_path)
    done = process("open", "jupyter:b", env=env)
    assert done.returncode == 0
    assert done.stdout.endswith(f"{CANARY}-1\n")
    assert not list(tmp_path.glob("nb_presign-open-*"))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_ask_the_hidden_verb(run, shell):
    code, out, _ = run("completion", shell)
    assert code == 0
    assert "jupyter-presign __complete" in out
    if found := shutil.which(shell):
        subprocess.run([found, "-n", "-c", out], check=True)


@pytest.mark.parametrize(
    ("typed", "replies"),
    [
        ("jupyter-presign refr", "refresh"),
        ("jupyter presign refr", "refresh"),
        ("jupyter-presign jupyter:", "b"),
        ("jupyter presign mint --scope ex", "execute"),
    ],
)
def test_bash_completes(run, tmp_path, typed, replies):
    program = tmp_path / "jupyter-presign"
    (tmp_path / "program.py").write_text(PROGRAM)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path}/program.py "$@"\n')
    program.chmod(0o755)
    function = "_jupyter_presign" if typed.startswith("jupyter-") else "_jupyter_with_presign"
    script = (
        run("completion", "bash")[1]
        + f"\nCOMP_LINE='{typed}'; COMP_POINT=${{#COMP_LINE}}; COMP_WORDS=({typed})\n"
        + f'COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); {function}; printf "%s\\n" "${{COMPREPLY[@]}}"\n'
    )
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", script], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [replies]


def test_completion_says_nothing_about_errors(run, api):
    api.failing["targets"] = UnreachableError("No answer.")
    assert run("__complete", "jup") == (0, "", "")
    assert run("__complete", "--scope", "") == (0, "read\nexecute\nfull\n", "")
