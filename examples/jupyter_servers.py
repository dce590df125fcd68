"""Real Jupyter servers in processes of their own, in a home of their own.

Nothing of the user's is read or written.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx

START_SECONDS = 60
#: Below those that Linux gives to connections and kernels: a server takes seconds to take its own.
PORTS = range(20_000, 32_000)
#: Extensions that cost a server more than all its own start, and that `jupyter server` needs not.
FRONT_ENDS = ("jupyter_lsp", "jupyterlab", "notebook_shim")
#: Processes that start servers at the same time begin at different ones.
_TURNS = count(secrets.randbelow(len(PORTS)))


@dataclass
class World:
    """One user's home: data, runtime and configuration directories shared by their servers."""

    home: Path

    @property
    def env(self) -> dict[str, str]:
        """What processes in this home see; of the environment around it, nothing of Jupyter's."""
        # PYTHONDONTWRITEBYTECODE would compile everything anew for each process.
        foreign = ("JUPYTER", "JPY_", "IPYTHON", "PYTHONDONTWRITEBYTECODE")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
        return kept | {
            "HOME": str(self.home),
            "JUPYTER_CONFIG_DIR": str(self.home / "config"),
            "JUPYTER_DATA_DIR": str(self.home / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.home / "runtime"),
            "IPYTHONDIR": str(self.home / "ipython"),
            "PYTHONUNBUFFERED": "1",
        }

    def servers(self) -> list[Mapping[str, Any]]:
        """Read the runtime files."""
        return [json.loads(p.read_text()) for p in (self.home / "runtime").glob("jpserver-*.json")]


@dataclass
class RunningServer:
    """A server that answers."""

    url: str
    token: str = field(repr=False)
    root: Path
    log: Path
    process: subprocess.Popen[bytes] = field(repr=False)
    #: What clients need beside the URL: a certificate to trust, a socket to connect to.
    reach: Callable[[], Mapping[str, Any]] = field(default=dict, repr=False)

    def owner(self, **kwargs: Any) -> httpx.Client:  # noqa: ANN401  # whatever httpx takes
        """Make a client that is signed in as the owner."""
        headers = {"Authorization": f"token {self.token}"}
        return self.stranger(headers=headers, **kwargs)

    def stranger(self, **kwargs: Any) -> httpx.Client:  # noqa: ANN401  # whatever httpx takes
        """Make a client that nobody knows."""
        options = {"base_url": self.url, "timeout": 30, "trust_env": False, "verify": trusted()}
        return httpx.Client(**{**options, **self.reach(), **kwargs})

    def logged(self) -> str:
        """Read what the server wrote."""
        return self.log.read_text(errors="replace")


@cache
def trusted() -> ssl.SSLContext:
    """Trust whom httpx trusts; it would read their certificates for each client, in 30 ms."""
    return httpx.create_ssl_context()


def free_port() -> int:
    """Find a port that nobody listens on, and that nobody gets who asks the system for any."""
    while True:
        port = PORTS[next(_TURNS) % len(PORTS)]
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


@contextmanager
def jupyter_server(
    world: World,
    root: Path,
    *,
    config: Mapping[str, Any] | None = None,
    app: str = "server",
    base_url: str = "/",
    env: Mapping[str, str] | None = None,
    python: str | Path = sys.executable,
) -> Iterator[RunningServer]:
    """Run `jupyter <app>` of a Python on `root` until the block ends.

    `lab` has JupyterLab's pages, `server` only where `jpserver_extensions` name them. `config` is
    what `jupyter_server_config.json` would hold, `{"NbPresign": {"server_name": "b"}}`.
    """
    for directory in (world.home, root):
        directory.mkdir(parents=True, exist_ok=True)
    port, token = free_port(), secrets.token_hex(24)
    settings = _settings(port, token, root, base_url)
    for section, values in (config or {}).items():
        settings.setdefault(section, {}).update(values)
    if app == "server":
        extensions = settings["ServerApp"].get("jpserver_extensions", {})
        without = dict.fromkeys(FRONT_ENDS, False)
        settings["ServerApp"]["jpserver_extensions"] = {**without, **extensions}
    name = f"{root.name}-{port}"
    config_file = world.home / f"{name}.json"
    config_file.touch(mode=0o600)
    config_file.write_text(json.dumps(settings))
    log = world.home / f"{name}.log"
    module = {"server": "jupyter_server", "lab": "jupyterlab"}[app]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(python), "-m", module, f"--config={config_file}"],
            cwd=root,
            # Ctrl-C is for us, who then end them.
            start_new_session=True,
            env={**world.env, **(env or {})},
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
        )
    scheme = "https" if settings["ServerApp"].get("certfile") else "http"
    url = f"{scheme}://127.0.0.1:{port}{base_url}"
    server = RunningServer(url, token, root, log, process, partial(_reach, settings["ServerApp"]))
    try:
        _wait(server)
        yield server
    finally:
        _stop(process)


def _settings(port: int, token: str, root: Path, base_url: str) -> dict[str, Any]:
    return {
        "ServerApp": {
            "port": port,
            "port_retries": 0,
            "ip": "127.0.0.1",
            "root_dir": str(root),
            "base_url": base_url,
            "open_browser": False,
            "allow_root": True,
            # The most that could leak into a log.
            "log_level": "DEBUG",
            # Each page of JupyterLab would run Node twice, to see whether it must be built anew.
            "tornado_settings": {"page_config_data": {"buildCheck": False}},
        },
        "IdentityProvider": {"token": token},
        # Nothing here asks the network.
        "LabApp": {
            "news_url": None,
            "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        },
        # Looks for Node programs in every folder it can think of, at each start.
        "LanguageServerManager": {"autodetect": False},
    }


def _reach(settings: Mapping[str, Any]) -> dict[str, Any]:
    if sock := settings.get("sock"):
        if not Path(sock).exists():
            # httpcore 1.0 leaves its own socket open where there is none to connect to.
            raise httpx.ConnectError("nobody listens yet")
        return {"transport": httpx.HTTPTransport(uds=sock, verify=trusted())}
    if chain := settings.get("certfile"):
        return {"verify": ssl.create_default_context(cafile=chain)}
    return {}


def _wait(server: RunningServer) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        if _answers(server):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{server.logged()[-4000:]}")


def _answers(server: RunningServer) -> bool:
    try:
        with server.stranger(timeout=5) as client:
            return client.get("api").is_success
    except httpx.HTTPError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
