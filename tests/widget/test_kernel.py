"""The countdown in a real kernel: while it computes, and in the notebook that is saved."""

from __future__ import annotations

import json
import os
import queue
import time
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

TESTS = Path(__file__).parents[1]
SETUP = """
from IPython.display import display
from nb_presign.clock import SystemClock
from nb_presign.live import scheduler
from nb_presign.widget import Countdown
from support.api import FakeApi
api = FakeApi(SystemClock(), lifetime=LIFETIME)
live = scheduler().follow(api.link(), api)
countdown = Countdown(live)
display(countdown)
"""
LOOK = (
    "countdown._handle_custom_msg({'do': 'look', 'view': 'v', 'click': '1', 'visible': True}, [])"
)

COMPUTE = """
import time
until = time.monotonic() + 30
while live.snapshot.refreshes < 4 and time.monotonic() < until:
    time.sleep(0.01)
print("computed")
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    ipython = tmp_path_factory.mktemp("ipython")
    env = {**os.environ, "PYTHONPATH": str(TESTS), "IPYTHONDIR": str(ipython)}
    manager, client = start_new_kernel(kernel_name="python3", env=env)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


def messages_until_idle(client, request):
    """Collect what the kernel publishes until it has done with a request, with the time of each."""
    found, deadline = [], time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            message = client.get_iopub_msg(timeout=1)
        except queue.Empty:
            continue
        found.append(message)
        if message["msg_type"] == "error":
            raise AssertionError(message["content"]["traceback"])
        idle = message["content"].get("execution_state") == "idle"
        if idle and message["parent_header"].get("msg_id") == request:
            return found
    raise AssertionError("the kernel did not finish")


def custom(messages):
    data = [m["content"]["data"] for m in messages if m["msg_type"] == "comm_msg"]
    return [one["content"] for one in data if one.get("method") == "custom"]


def test_links_are_refreshed_while_the_main_thread_computes(kernel):
    messages_until_idle(kernel, kernel.execute(SETUP.replace("LIFETIME", "1")))
    computing = kernel.execute(f"{LOOK}\n{COMPUTE}")
    messages = messages_until_idle(kernel, computing)
    end = next(n for n, m in enumerate(messages) if m["content"].get("text") == "computed\n")
    urls = [one for one in custom(messages[:end]) if one["tell"] == "url"]
    assert len(urls) >= 3  # the first, and one after each refresh, all meanwhile
    assert urls[-1]["url"].endswith(f"canary-{len(urls)}")
    states = [
        m["content"]["data"]["state"]["face"]["state"]
        for m in messages[:end]
        if m["msg_type"] == "comm_msg" and m["content"]["data"].get("method") == "update"
    ]
    assert "refreshing" in states
    assert "failed" not in states


def test_a_message_of_the_page_does_not_hold_the_main_thread(kernel):
    messages = messages_until_idle(kernel, kernel.execute(SETUP.replace("LIFETIME", "300")))
    opened = [m["content"] for m in messages if m["msg_type"] == "comm_open"]
    comm_id = next(one["comm_id"] for one in opened if "face" in one["data"]["state"])
    messages_until_idle(
        kernel, kernel.execute("import asyncio; api.answering = asyncio.Event()")
    )  # the upstream hangs
    content = {"do": "refresh", "view": "v", "click": "1"}
    message = kernel.session.msg(
        "comm_msg", {"comm_id": comm_id, "data": {"method": "custom", "content": content}}
    )
    kernel.shell_channel.send(message)
    kernel.execute("pass")
    done = kernel.execute(
        "while live.snapshot.state != 'refreshing': time.sleep(0.01)\n"
        "live._table.call(api.answering.set)\n"
        "while live.snapshot.state != 'live': time.sleep(0.01)\n"
        "print(live.snapshot.refreshes)".replace("while live", "import time\nwhile live", 1)
    )
    messages = messages_until_idle(kernel, done)
    assert "1\n" in [m["content"].get("text") for m in messages]
    assert "done" in [one["tell"] for one in custom(messages)]


def test_a_saved_notebook_holds_no_url(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    act = """
import time
countdown._handle_custom_msg({'do': 'open', 'view': 'v', 'click': '2'}, [])
while live.snapshot.refreshes < 2 or not api.requests:
    time.sleep(0.02)
countdown
"""
    cells = [
        SETUP.replace("LIFETIME", "1"),
        f"{LOOK}\n{act}",
        "live",
        "live.snapshot",
        "live.snapshot.link",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=60, kernel_name="python3", store_widget_state=True).execute()
    saved = nbformat.writes(notebook)
    assert "canary" not in saved
    assert "nbp1." not in saved
    states = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    faces = [model["state"]["face"] for model in states.values() if "face" in model["state"]]
    assert len(faces) == 1
    assert faces[0]["refreshes"] >= 1
    plain = json.dumps([output for cell in notebook.cells for output in cell.outputs])
    assert "Run the cell again for a new one." in plain
