"""The set-up that the demo, the lab and the browser tests share: two servers of one person.

*analysis* is where somebody works; *training* has a notebook that is open, with a kernel, next to
files that are nobody else's business.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from jupyter_servers import RunningServer, World, jupyter_server
from nbformat import v4

#: Cells of the notebook on training, and of the one on analysis.
TRAINING = [
    ("markdown", "# Training\nThe run of tonight."),
    ("code", "losses = [0.9, 0.5, 0.31, 0.22]\nlosses[-1]"),
]
WORK = [
    ("markdown", "# Work\nMint a link for the notebook on the other server, and share it."),
    ("code", "%load_ext nb_presign\n%presign targets"),
    ("code", "%presign --scope execute session:{session}@training"),
]
#: Nothing asks a question over the page: whether there is news, or which kernel it shall be.
LAB_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    "@jupyterlab/notebook-extension:tracker": {"autoStartDefaultKernel": True},
}
PRIVATE = "diary.txt"
PRIVATE_TEXT = "nobody else's business\n"


@dataclass(frozen=True)
class Playground:
    """Two servers that run, and what is on them."""

    world: World
    #: Where the person works: `work.ipynb`.
    analysis: RunningServer
    #: What they open from there: `training.ipynb`, open with a kernel; beside it `diary.txt`.
    training: RunningServer
    #: Id of the open notebook on training, and of its kernel.
    session_id: str
    kernel_id: str


@contextmanager
def playground(
    home: Path | None = None, *, config: Mapping[str, Any] | None = None
) -> Iterator[Playground]:
    """Start both servers in a home of their own; where none is given, it is deleted at the end."""
    with ExitStack() as stack:
        if home is None:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nb-presign-")))
        world = World(home / "home")
        lab_config = world.home / "config" / "labconfig"
        lab_config.mkdir(parents=True)
        (lab_config / "default_setting_overrides.json").write_text(json.dumps(LAB_SETTINGS))
        roots = {name: home / name for name in ("analysis", "training")}
        for root in roots.values():
            root.mkdir(parents=True, exist_ok=True)
        write_notebook(roots["training"] / "training.ipynb", TRAINING)
        (roots["training"] / PRIVATE).write_text(PRIVATE_TEXT)
        analysis, training = (
            stack.enter_context(
                jupyter_server(
                    world,
                    root,
                    app="lab",
                    config=_named(config or {}, name),
                )
            )
            for name, root in roots.items()
        )
        session = open_notebook(training, "training.ipynb")
        work = [(kind, source.replace("{session}", session["id"])) for kind, source in WORK]
        write_notebook(roots["analysis"] / "work.ipynb", work)
        yield Playground(world, analysis, training, session["id"], session["kernel"]["id"])


def _named(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {**config, "NbPresign": {**config.get("NbPresign", {}), "server_name": name}}


def write_notebook(path: Path, cells: list[tuple[str, str]]) -> None:
    """Write a notebook of (`markdown` or `code`, source) cells."""
    make = {"markdown": v4.new_markdown_cell, "code": v4.new_code_cell}
    notebook = v4.new_notebook(
        cells=[make[kind](source) for kind, source in cells],
        metadata={
            "kernelspec": {
                "name": "python3",
                "display_name": "Python 3 (ipykernel)",
                "language": "python",
            },
            "language_info": {"name": "python"},
        },
    )
    nbformat.write(notebook, path)


def open_notebook(server: RunningServer, path: str) -> dict[str, Any]:
    """Open a notebook with a kernel, as JupyterLab does; returns the server's description."""
    body = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
    with server.owner() as owner:
        answer = owner.post("api/sessions", json=body)
        answer.raise_for_status()
        session: dict[str, Any] = answer.json()
        return session
