"""`%presign` in IPython's own shell, in a real kernel, and what it leaves in a notebook."""

from __future__ import annotations

import atexit
import json
from pathlib import Path
from queue import Empty

import nbformat
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from support.clock import FakeClock
from support.presign_api import CANARY, MemoryApi, an_instance
from traitlets.config import Config

from nb_presign.commands.connections import Connections
from nb_presign.commands.doing import starting
from nb_presign.errors import LinkNotFoundError, UsageError
from nb_presign.magics import PresignMagics
from nb_presign.model import Link, TargetState

#: A kernel whose %presign talks to memory.
SETUP = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from support.clock import FakeClock
from support.presign_api import MemoryApi, an_instance
from nb_presign.clock import SystemClock
from nb_presign.commands.doing import starting
from nb_presign.model import TargetState
from nb_presign.commands.connections import Connections
from nb_presign.live import scheduler
from nb_presign.magics import PresignMagics
api = MemoryApi(SystemClock())
starting.SOON = 0.05
async def connect(server):
    return api
magics = PresignMagics(get_ipython(), connections=Connections(connect))
get_ipython().register_magics(magics)
"""
#: What an earlier test left there is forgotten.
FRESH = """
api.__init__(SystemClock())
scheduler.cache_clear()
magics.auto_refresh = PresignMagics.auto_refresh.default_value
"""


@pytest.fixture
def api():
    return MemoryApi(FakeClock())


@pytest.fixture
def shell(api, tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))

    async def connect(_):
        return api

    config = Config(
        {"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor"}}
    )
    shell = InteractiveShell.instance(config=config)
    shell.register_magics(PresignMagics(shell, connections=Connections(connect)))
    yield shell
    # Each would take half a second to clear its names when the tests are over.
    atexit.unregister(shell.atexit_operations)
    InteractiveShell.clear_instance()


@pytest.fixture
def run(shell, capsys):
    def run(line):
        result = shell.run_cell(line)
        return result, capsys.readouterr()

    return run


def offered(shell, line):
    with provisionalcompleter():
        return [
            line[: one.start] + one.text for one in shell.Completer.completions(line, len(line))
        ]


def test_a_terminal_shows_the_summary_and_the_url(run):
    result, printed = run("%presign jupyter:b/lab --note hello")
    assert result.result is None
    assert "note     hello" in printed.out
    assert printed.out.splitlines()[-1].endswith(f"#{CANARY}-1")


def test_quiet_returns_python_values_and_prints_nothing(run, shell):
    _, printed = run("link = %presign -q jupyter:b")
    assert printed.out == ""
    assert isinstance(shell.user_ns["link"], Link)
    assert shell.user_ns["link"].url.reveal().endswith(f"#{CANARY}-1")
    run("links = %presign -q list")
    assert [link.id for link in shell.user_ns["links"]] == [shell.user_ns["link"].id]
    run("words = %presign -q link jupyter:b")
    assert shell.user_ns["words"] == "[b](presign:jupyter:b)"


def test_variables_are_filled_in(run, shell, api):
    shell.user_ns["where"] = "b"
    run("%presign -q jupyter:{where}/lab")
    run("%presign -q jupyter:$where")
    assert [request.target.id for request in api.requests] == ["b", "b"]


def test_an_error_is_said_in_words_and_stops(run):
    result, printed = run("%presign revok lnk_1")
    assert isinstance(result.error_in_exec, UsageError)
    said = printed.out + printed.err
    assert "Unknown verb 'revok'.\nDid you mean 'revoke'?" in said
    assert "Traceback" not in said


def test_what_was_not_revoked_stops_too(run):
    run("link = %presign -q jupyter:b")
    result, printed = run("%presign revoke {link.id} lnk_" + "f" * 16)
    assert isinstance(result.error_in_exec, LinkNotFoundError)
    assert "revoked" in printed.out


def test_json_in_a_terminal_has_the_url(run):
    _, printed = run("%presign --json jupyter:b")
    assert CANARY in json.loads(printed.out)["url"]


def test_a_policy_is_shown_and_returned(run, shell):
    _, printed = run("%presign policy sagemaker:mine --ip 203.0.113.0/24")
    document = json.loads(printed.out)
    assert document["Version"] == "2012-10-17"
    assert printed.err.startswith("Note: ")
    run("document = %presign -q policy sagemaker:mine --ip 203.0.113.0/24")
    assert shell.user_ns["document"] == document


def test_starting_in_a_terminal_without_hundreds_of_lines(run, api, monkeypatch):
    monkeypatch.setattr(starting, "SOON", 0.01)
    api.known = [an_instance()]
    api.states = [TargetState.STOPPED, *[TargetState.STARTING] * 5, TargetState.READY]
    _, printed = run("%presign sagemaker:mine --start")
    assert len(printed.err.splitlines()) == 2
    assert "start" in api.calls
    assert CANARY in printed.out


def test_help_and_inspection(run, shell):
    _, printed = run("%presign help")
    assert "%presign revoke lnk_3f9a" in printed.out
    assert "jupyter presign" not in printed.out
    assert "%presign help" in shell.find_line_magic("presign").__doc__


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("%presign re", ["%presign refresh", "%presign revoke"]),
        ("link = %presign -q jupyter:", ["link = %presign -q jupyter:b"]),
        ("%presign ses", ["%presign sessions", "%presign session:5e55/lab/tree/a%20b.ipynb"]),
        (
            "%presign jupyter:b --scope ",
            [f"%presign jupyter:b --scope {s}" for s in ("read", "execute", "full")],
        ),
        ("%presign session:5e55/lab/t", ["%presign session:5e55/lab/tree/a%20b.ipynb"]),
    ],
)
def test_a_tab_completes(shell, line, expected):
    assert offered(shell, line) == expected


def test_other_lines_are_left_alone(shell, api):
    shell.user_ns["presigned"] = 1
    assert "presigned" in offered(shell, "presig")
    assert api.calls == []


def test_loading_twice_completes_once(shell):
    before = len(shell.Completer.custom_matchers)
    shell.register_magics(PresignMagics(shell))
    assert len(shell.Completer.custom_matchers) == before


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """A kernel whose %presign talks to memory, and its manager."""
    home = str(tmp_path_factory.mktemp("kernel"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", home)
        patch.setenv("JUPYTER_RUNTIME_DIR", home)
        manager, client = start_new_kernel(kernel_name="python3")
    client.execute_interactive(SETUP, timeout=60)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()
    manager.context.term()


@pytest.fixture
def managed(started):
    """It, with nothing of an earlier test."""
    outputs(started[1], FRESH)
    return started


@pytest.fixture
def kernel(managed):
    return managed[1]


def outputs(client, code):
    seen = []
    reply = client.execute_interactive(code, timeout=60, output_hook=seen.append)
    return reply["content"], [message["content"] for message in seen]


def test_a_kernel_shows_the_widget_and_no_url(kernel):
    reply, seen = outputs(kernel, "%presign jupyter:b/lab/tree/a.ipynb")
    assert reply["status"] == "ok"
    shown = [content["data"] for content in seen if "data" in content and "metadata" in content]
    assert any("application/vnd.jupyter.widget-view+json" in data for data in shown)
    assert all("lnk_a" in data["text/plain"] for data in shown if "text/plain" in data)
    assert CANARY not in json.dumps(seen, default=str)


def test_a_kernel_shows_tables(kernel):
    _, seen = outputs(kernel, "%presign targets")
    (data,) = [content["data"] for content in seen if "data" in content]
    assert '<th scope="row">jupyter:b</th>' in data["text/html"]
    assert data["text/plain"].splitlines()[1].startswith("jupyter:b")


def test_json_in_a_kernel_has_no_url_and_says_how_to_get_it(kernel):
    _, seen = outputs(kernel, "%presign --json jupyter:b")
    texts = {content["name"]: content["text"] for content in seen if "name" in content}
    assert json.loads(texts["stdout"])["id"].startswith("lnk_a")
    assert "link.url.reveal()" in texts["stderr"]
    assert CANARY not in json.dumps(seen, default=str)


def test_open_in_a_kernel_is_the_widget_with_its_button(kernel):
    reply, _ = outputs(kernel, "%presign open jupyter:b")
    assert reply["status"] == "ok"
    _, seen = outputs(kernel, "print([request.interactive for request in api.requests])")
    assert "[False]\n" in [content.get("text") for content in seen]


def test_revoking_in_a_cell_shows_in_the_widgets_of_the_link(kernel):
    outputs(kernel, "link = %presign -q jupyter:b")
    outputs(
        kernel,
        "from nb_presign.live import scheduler\n"
        "live = scheduler().follow(link, api)\n"
        "before = str(live.snapshot.state)",
    )
    outputs(kernel, "%presign revoke {link.id}")
    # What was asked of the background loop before is done when this is.
    _, seen = outputs(
        kernel,
        "import asyncio\n"
        "from nb_presign.blocking import background\n"
        "background.run(asyncio.sleep(0))\n"
        "print(before, live.snapshot.state)",
    )
    assert "live revoked\n" in [content.get("text") for content in seen], seen


def test_when_widgets_refresh_is_a_setting(kernel):
    outputs(kernel, "%config PresignMagics.auto_refresh = 'never'")
    _, seen = outputs(kernel, "%presign jupyter:b")
    (state,) = [c["data"]["state"] for c in seen if "face" in c.get("data", {}).get("state", {})]
    assert state["face"]["auto"] is False


STARTS = """
api.known = [an_instance()]
api.states = [TargetState(state) for state in ("stopped", *["starting"] * 5, {last!r})]
"""
COST = "ml.t3.medium is paid for until it is stopped."


def test_starting_in_a_kernel_is_one_line_that_changes(kernel):
    outputs(kernel, STARTS.format(last="ready"))
    reply, seen = outputs(kernel, "%presign sagemaker:mine --start")
    assert reply["status"] == "ok"
    lines = [c for c in seen if set(c.get("data", {})) == {"text/plain"} and "transient" in c]
    first, *_, last = (content["data"]["text/plain"] for content in lines)
    assert len(lines) >= 3
    assert len({content["transient"]["display_id"] for content in lines}) == 1
    assert first == f"Starting mine: {COST}"
    assert last.startswith("mine is ready after ")
    assert last.endswith(COST)
    assert any("application/vnd.jupyter.widget-view+json" in c.get("data", {}) for c in seen)


def test_interrupting_a_kernel_that_waits_says_what_goes_on(managed):
    manager, kernel = managed
    outputs(
        kernel,
        STARTS.format(last="starting") + "from dataclasses import replace\n"
        "api.known = [replace(an_instance(), title='mi\\x1b[2Jne')]",
    )
    interrupted = []

    def interrupt(message):
        if not interrupted and "so far" in str(message["content"].get("data")):
            interrupted.append(True)
            manager.interrupt_kernel()

    reply = kernel.execute_interactive(
        "%presign sagemaker:mine --start", timeout=60, output_hook=interrupt
    )
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert reply["content"]["traceback"] == [f"Interrupted. mi�[2Jne goes on starting: {COST}"]
    _, printed = outputs(kernel, "print(len(api.minted), 'links')")
    assert "0 links\n" in [content.get("text") for content in printed]


def test_what_needs_starting_says_so_in_a_kernel(kernel):
    outputs(
        kernel,
        STARTS.format(last="starting") + "from nb_presign.errors import TargetNotReadyError\n"
        "hint = 'presign mint sagemaker:mine --start'\n"
        "api.failing['mint'] = TargetNotReadyError('mine is stopped.', hint=hint)",
    )
    reply, _ = outputs(kernel, "%presign sagemaker:mine")
    assert reply["traceback"] == ["mine is stopped.", "%presign mint sagemaker:mine --start"]
    _, printed = outputs(kernel, "print(api.calls.count('start'), 'started')")
    assert "0 started\n" in [content.get("text") for content in printed]


def test_json_with_a_token_for_programs_says_how_to_get_it(kernel):
    outputs(
        kernel,
        f"from nb_presign.secret import Secret\napi.facts = dict(auth_token=Secret('{CANARY}-t'))",
    )
    _, seen = outputs(kernel, "%presign --json athena:x")
    texts = {content["name"]: content["text"] for content in seen if "name" in content}
    assert "link.auth_token.reveal()" in texts["stderr"]
    _, widget = outputs(kernel, "%presign athena:x")
    assert CANARY not in json.dumps([seen, widget], default=str)


def test_a_kernel_says_errors_in_words(kernel):
    reply, _ = outputs(kernel, "%presign show lnk_9")
    assert reply["ename"] == "LinkNotFoundError"
    assert reply["traceback"] == ["There is no link 'lnk_9'.", "See '%presign list --all'."]


def test_a_kernel_completes(kernel):
    kernel.complete("x = 1\n%presign refr")
    while True:
        try:
            reply = kernel.get_shell_msg(timeout=30)
        except Empty:  # pragma: no cover
            pytest.fail("no answer")
        if reply["msg_type"] == "complete_reply":
            break
    assert reply["content"]["matches"] == ["refresh"]
    assert reply["content"]["cursor_start"] == len("x = 1\n%presign ")


def test_a_saved_notebook_holds_nothing_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    lines = [
        "%presign jupyter:b/lab/tree/a.ipynb",
        "link = %presign -q jupyter:b",
        "%presign -q jupyter:b",
        "link",
        "[link, repr(link), link.url]",
        "%presign --json jupyter:b",
        "%presign list --all",
        "%presign show {link.id}",
        "%presign refresh {link.id}",
        "%presign open jupyter:b",
        "assert link.url.reveal()",
    ]
    cells = [nbformat.v4.new_code_cell(source) for source in (SETUP, *lines)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, kernel_name="python3", store_widget_state=True).execute()
    saved = nbformat.writes(notebook)
    assert CANARY not in saved
    assert "widget-view+json" in saved
