"""A server with everything that is commonly installed beside JupyterLab, in a Python of its own.

JupyterLab, Notebook 7, nbclassic, terminals, nbconvert, language servers, collaboration (Yjs), file
ids and a server proxy. `make` sets it up beside the one that the tests run in, so that whatever
people install together is judged together, and none of it is needed to use nb_presign.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from support.servers import RunningServer, World, jupyter_server

_HERE = Path(__file__).parent
#: The Python that has it all.
EVERYTHING = Path(
    os.environ.get("NB_PRESIGN_EVERYTHING") or _HERE.parents[1] / ".everything/bin/python"
)
#: The name of the app behind the proxy: `<base_url>tiny/…`. See `tiny_app`.
PROXIED = "tiny"


@contextmanager
def everything_server(
    world: World,
    root: Path,
    *,
    base_url: str = "/",
    env: Mapping[str, str] | None = None,
    **config: Mapping[str, Any],
) -> Iterator[RunningServer]:
    """Run the server on `root` until the block ends; `NbPresign={"server_name": "b"}` configures.

    What its parts would write into `root` by themselves goes to the world's `state` directory, and
    what the proxied app is told to write into its `proxied` directory.
    """
    settings = configuration(world, config)
    with jupyter_server(
        world,
        root,
        config=settings,
        app="lab",
        base_url=base_url,
        env=env,
        python=EVERYTHING,
    ) as server:
        try:
            yield server
        finally:
            _stop(server)


@contextmanager
def notebook_server(
    world: World, root: Path, *, env: Mapping[str, str] | None = None, **config: Mapping[str, Any]
) -> Iterator[RunningServer]:
    """Run JupyterLab and Notebook 7 on `root`, without the rest of what is installed there.

    Their pages cost a fourth less than those with everything.
    """
    page = world.home / "config" / "labconfig" / "page_config.json"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(
        json.dumps({"disabledExtensions": dict.fromkeys(_FRONT_ENDS_OF_THE_REST, True)})
    )
    settings = {section: dict(values) for section, values in config.items()}
    settings["ServerApp"] = {
        **settings.get("ServerApp", {}),
        "jpserver_extensions": dict.fromkeys(_THE_REST, False),
    }
    with jupyter_server(
        world, root, config=settings, app="lab", env=env, python=EVERYTHING
    ) as server:
        yield server


_THE_REST = ("jupyter_lsp", "jupyter_server_fileid", "jupyter_server_proxy", "jupyter_server_ydoc")
_THE_REST += ("nbclassic",)
_FRONT_ENDS_OF_THE_REST = (
    "@jupyter-lsp/jupyterlab-lsp",
    "@jupyter/collaboration-extension",
    "@jupyter/docprovider-extension",
    "@jupyterhub/jupyter-server-proxy",
)


def _stop(server: RunningServer) -> None:
    """End the server and whatever it has started.

    By request: once an app runs behind the proxy, its supervisor answers SIGTERM with an exception
    in whatever task is running (simpervisor 1.0, `atexitasync`), which may go unnoticed.
    """
    # Who was told before listens no more, and need not be waited for.
    with suppress(httpx.HTTPError, subprocess.TimeoutExpired), server.owner() as owner:
        owner.post("api/shutdown")
        server.process.wait(10)
    with suppress(ProcessLookupError):
        # It leads a process group of its own; its last breath leaves apps and shells behind.
        os.killpg(server.process.pid, signal.SIGKILL)


def configuration(
    world: World, changes: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, dict[str, Any]]:
    """Write the configuration of such a server, and make the directories that it names."""
    state, proxied = world.home / "state", world.home / "proxied"
    for directory in (state, proxied):
        directory.mkdir(parents=True, exist_ok=True)
    settings: dict[str, dict[str, Any]] = {
        "FileContentsManager": {"delete_to_trash": False},
        # By hand: looking for language servers asks Node programs everywhere.
        "LanguageServerManager": {"autodetect": False, "language_servers": {"pylsp": _PYLSP}},
        "ServerProxy": {"servers": {PROXIED: _tiny(proxied)}},
        "SQLiteYStore": {"db_path": str(state / "ystore.db")},
        "YDocExtension": {"session_store_path": str(state / "collaboration.json")},
        # What is disabled is disabled for this home and not for whoever uses this Python.
        "PluginManager": {"level": "user"},
    }
    for section, values in (changes or {}).items():
        settings[section] = {**settings.get(section, {}), **values}
    return settings


#: What jupyter_lsp would find by itself (jupyter_lsp 2.3, schema of language server specs).
_PYLSP = {
    "version": 2,
    "argv": [str(EVERYTHING), "-m", "pylsp"],
    "languages": ["python"],
    "mime_types": ["text/python", "text/x-ipython"],
    "display_name": "pylsp",
    "requires_documents_on_disk": False,
}


def _tiny(directory: Path) -> dict[str, Any]:
    script = str(_HERE / "tiny_app.py")
    return {
        "command": [str(EVERYTHING), script, "{port}", str(directory)],
        "timeout": 30,
        "launcher_entry": {"enabled": True, "title": "Tiny app"},
    }
