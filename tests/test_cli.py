"""`jupyter presign`: what goes to which stream, exit codes, and the shells' completion."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from inspect import getmembers, isclass
from pathlib import Path

import pytest
from support.clock import FakeClock
from support.presign_api import CANARY, MemoryApi, an_instance

from nb_presign import cli, errors
from nb_presign.errors import OutOfRangeError, PresignError, StoreError, UnreachableError
from nb_presign.model import TargetState

#: A command line whose servers are in memory.
PROGRAM = f"""
import asyncio, sys
from dataclasses import replace
sys.path.insert(0, {str(Path(__file__).parent)!r})
from support.presign_api import MemoryApi, an_instance
from nb_presign.clock import SystemClock
from nb_presign.cli import main
from nb_presign.commands.doing import starting
from nb_presign.model import Target, TargetInfo
from nb_presign.model import TargetState as State
starting.SOON = 0.2  # a terminal has to show what happens meanwhile
async def connect(server):
    if server == "slow":
        print("slow", flush=True)
        await asyncio.sleep(3600)
    api = MemoryApi(SystemClock())
    api.known.append(an_instance())
    there = Target("athena", "x", options=(("profile", "p"), ("region", "eu-west-1")))
    api.known.append(TargetInfo(target=there, title="x", state=State.READY))
    if server == "starts":
        api.states = [State.STOPPED, State.STARTING, State.STARTING, State.READY]
    if server == "never":
        api.known[0] = replace(an_instance(), title="mi\\x1b[2J\\u202ene")
        api.states = [State.STOPPED, State.STARTING]
    return api
sys.exit(main(connect=connect))
"""


COST = "ml.t3.medium is paid for until it is stopped."


@pytest.fixture(autouse=True)
def runtime(tmp_path, monkeypatch):
    directory = tmp_path / "jupyter-runtime"
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(directory))
    return directory


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
    assert "There is no link" not in out


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["revok", "lnk_a"], 2, "Did you mean 'revoke'?"),
        (["jupyter:b", "--scope", "reed"], 2, "Did you mean 'read'?"),
        (["targets", "nowhere"], 2, "Unknown provider"),
        (["show", "lnk_9"], 3, "See 'jupyter presign list --all'."),
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


def at_a_terminal(*argv, until, interrupt=False, without=""):
    """Run with a terminal for all streams; returns what it showed and the exit code."""
    ours, theirs = os.openpty()
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    hide = f"import sys; sys.modules[{without!r}] = None\n" if without else ""
    with subprocess.Popen(
        [sys.executable, "-c", hide + PROGRAM, *argv],
        stdout=theirs,
        stderr=theirs,
        stdin=theirs,
        env=env,
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
    assert shown.index("Asking …") < shown.index("\x1b[2K") < shown.index("Interrupted.")


def test_a_person_is_told_without_rich_too():
    """In the place of a turning line there is one that stands, and goes when it is over."""
    shown, code = at_a_terminal(
        "list", "--server", "slow", until="Asking …", interrupt=True, without="rich"
    )
    assert code == 130
    assert shown.endswith("Asking …\r\x1b[KInterrupted.\r\n")


@pytest.mark.parametrize("without", ["", "rich"])
def test_starting_at_a_terminal_is_one_line_that_changes(without):
    shown, code = at_a_terminal(
        "sagemaker:mine", "--start", "--server", "starts", until=CANARY, without=without
    )
    assert code == 0
    assert re.search(rf"Starting mine: {re.escape(COST)} \d s so far", shown)
    *_, last = (line for line in shown.splitlines() if "is ready after" in line)
    assert last.endswith(COST)
    # What changes is written over: beside the summary there is one line more.
    assert shown.count("\n") <= shown.count("\x1b[1A") + 14


def test_starting_into_a_pipe_is_a_line_for_each_sentence():
    done = process("sagemaker:mine", "--start", "--server", "starts")
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    first, second, *_ = done.stderr.splitlines()
    assert first == f"Starting mine: {COST}"
    assert second.startswith("mine is ready after ")
    assert second.endswith(COST)


@pytest.mark.parametrize("option", ["-q", "--json"])
def test_starting_quietly(option):
    done = process("sagemaker:mine", "--start", "--server", "starts", option)
    assert (done.returncode, done.stderr) == (0, "")
    assert CANARY in done.stdout


def test_ctrl_c_ends_the_wait_and_says_what_goes_on():
    argv = ["sagemaker:mine", "--start", "--server", "never"]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        # What a server calls itself moves no cursor, and turns no line.
        assert running.stderr.readline() == f"Starting mi�[2J�ne: {COST}\n"
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert (running.returncode, out) == (130, "")
    assert err == f"Interrupted. mi�[2J�ne goes on starting: {COST}\n"


def test_nothing_is_started_unless_asked(run, api):
    api.known, api.states = [an_instance()], [TargetState.STOPPED]
    assert run("sagemaker:mine")[0] == 4
    assert "start" not in api.calls


def test_terms_that_are_refused_start_nothing(run, api):
    api.known, api.states = [an_instance()], [TargetState.STOPPED]
    api.failing["mint"] = OutOfRangeError("Scope read cannot be granted here.")
    assert run("sagemaker:mine", "--start", "--scope", "read")[0] == 2
    assert "start" not in api.calls


def test_what_is_ready_is_minted_at_once(run, api):
    assert run("sagemaker:mine", "--start")[0] == 0
    assert api.calls == ["mint"]


def test_what_cannot_be_started(run, api):
    api.known = [replace(an_instance(), startable=False, mend="Start it in its console.")]
    api.states = [TargetState.STOPPED]
    code, out, err = run("sagemaker:mine", "--start")
    assert (code, out) == (4, "")
    assert "cannot be started from here.\nStart it in its console." in err


def test_a_policy_is_one_json_document_and_notes_beside_it(run):
    argv = "policy", "sagemaker:mine", "--ip", "203.0.113.0/24", "--account", "111122223333"
    code, out, err = run(*argv)
    assert code == 0
    document = json.loads(out)
    assert document["Version"] == "2012-10-17"
    assert "203.0.113.0/24" in out
    assert all(line.startswith("Note: ") for line in err.splitlines())
    assert "VPC" in err
    assert json.loads(run(*argv, "--json")[1]) == json.loads(run(*argv, "-q")[1]) == document


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
    assert "open this within 4 min 59 s:" in done.stderr
    assert not list(tmp_path.glob("nb_presign-open-*"))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_ask_the_hidden_verb(run, shell):
    code, out, _ = run("completion", shell)
    assert code == 0
    assert "jupyter-presign __complete" in out
    if found := shutil.which(shell):
        subprocess.run([found, "-n", "-c", out], check=True)


@pytest.fixture
def bash(run, tmp_path):
    """Complete a line in bash, whose words break at some marks."""
    program = tmp_path / "jupyter-presign"
    (tmp_path / "program.py").write_text(PROGRAM)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path}/program.py "$@"\n')
    program.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    taught = run("completion", "bash")[1]

    def bash(typed, breaks):
        of_jupyter = not typed.startswith("jupyter-")
        function = "_jupyter_with_presign" if of_jupyter else "_jupyter_presign"
        script = (
            taught
            + f"\nCOMP_WORDBREAKS=$' \\t\\n><;|&({breaks}'"
            + f"\nCOMP_LINE='{typed}'; COMP_POINT=${{#COMP_LINE}}; COMP_WORDS=({typed})"
            + f"\nCOMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); {function}"
            + '\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
        )
        done = subprocess.run(
            ["bash", "-c", script], env=env, capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    return bash


@pytest.mark.parametrize(
    ("typed", "replies"),
    [
        ("jupyter-presign refr", "refresh"),
        ("jupyter presign refr", "refresh"),
        ("jupyter-presign jupyter:", "b"),
        ("jupyter presign mint --scope ex", "execute"),
        ("jupyter presign mint --scope=ex", "execute"),
        ("jupyter presign athena:", r"x\?profile=p\&region=eu-west-1"),
        (r"jupyter presign athena:x\?prof", r"x\?profile=p\&region=eu-west-1"),
        (r"jupyter presign athena:x\?profile=p\&reg", r"p\&region=eu-west-1"),
    ],
)
def test_bash_completes(bash, typed, replies):
    assert bash(typed, ":=") == [replies]


@pytest.mark.parametrize(
    ("typed", "breaks", "replies"),
    [
        ("jupyter-presign jupyter:", "=", "jupyter:b"),
        ("jupyter-presign mint --scope=ex", ":", "--scope=execute"),
        ("jupyter-presign mint --scope=ex", "", "--scope=execute"),
    ],
)
def test_bash_completes_where_words_break_elsewhere(bash, typed, breaks, replies):
    assert bash(typed, breaks) == [replies]


def test_the_next_tab_asks_nobody(run, api, runtime):
    assert run("__complete", "jup")[1] == "jupyter:b\n"
    api.known = []
    assert run("__complete", "open", "jup")[1] == "jupyter:b\n"
    (kept,) = runtime.iterdir()
    assert CANARY not in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_completion_says_nothing_about_errors(run, api):
    api.failing["targets"] = UnreachableError("No answer.")
    assert run("__complete", "jup") == (0, "", "")
    assert run("__complete", "--scope", "") == (0, "read\nexecute\nfull\n", "")
