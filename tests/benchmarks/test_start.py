"""How much later a server answers because of the extension."""

import contextlib
import http.client
import json
import socket
import subprocess
import sys
import time

import pytest
from benchmarks.figure import compare
from jupyter_servers import World, free_port

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]


@pytest.fixture
def start(tmp_path):
    """Make functions that start a server, wait for its first answer, and end it."""
    world = World(tmp_path / "home")
    for directory in (world.home, tmp_path / "root"):
        directory.mkdir()

    def starter(extensions):
        port = free_port()
        settings = {
            "ServerApp": {
                "port": port,
                "root_dir": str(tmp_path / "root"),
                "open_browser": False,
                "allow_root": True,
                "jpserver_extensions": extensions,
            }
        }
        config = world.home / f"{port}.json"
        config.write_text(json.dumps(settings))
        command = [sys.executable, "-m", "jupyter_server", f"--config={config}"]

        def run():
            with subprocess.Popen(command, env=world.env, stderr=subprocess.DEVNULL) as process:
                try:
                    _first_answer(port)
                finally:
                    process.kill()

        return run

    return starter


def _first_answer(port):
    # The socket listens before the server is ready; then one request waits until it is.
    while True:
        with contextlib.suppress(ConnectionError):
            socket.create_connection(("127.0.0.1", port)).close()
            break
        time.sleep(0.002)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/api")
    assert connection.getresponse().status == 200
    connection.close()


#: With the extensions that JupyterLab brings, as people start it; and with nothing else at all.
LAB = {}
NOTHING_ELSE = {
    "jupyterlab": False,
    "jupyter_lsp": False,
    "jupyter_server_terminals": False,
    "notebook_shim": False,
}


@pytest.mark.parametrize(
    ("what", "others"), [("with JupyterLab", LAB), ("with nothing else", NOTHING_ELSE)]
)
def test_start(keep, start, what, others):
    keep(
        compare(
            f"server start, {what}",
            "extension off",
            start({**others, "nb_presign": True}),
            start({**others, "nb_presign": False}),
            rounds=15,
            target="≤ 1.03",
        )
    )
