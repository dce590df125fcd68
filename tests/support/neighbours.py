"""Two servers of one person: where somebody reads a notebook, and where its links lead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playground import TRAINING, write_notebook

from support.everything import everything_server
from support.front_ends import SETTINGS
from support.servers import RunningServer, World, jupyter_server

_BUILT = Path(__file__).parents[2] / "nb_presign" / "labextension"


@dataclass(frozen=True)
class Neighbours:
    """Two servers that run."""

    world: World
    #: JupyterLab and Notebook 7, with the front end of this tree.
    analysis: RunningServer
    #: Has `training.ipynb`.
    training: RunningServer


@contextmanager
def neighbours(home: Path) -> Iterator[Neighbours]:
    """Start both in a home of their own."""
    assert (_BUILT / "package.json").exists(), "not built: npm --prefix labextension run build"
    world, work, training = World(home / "home"), home / "analysis", home / "training"
    labextensions, settings = home / "labextensions", world.home / "config" / "labconfig"
    for directory in (work, training, labextensions, settings):
        directory.mkdir(parents=True)
    (labextensions / "nb_presign").symlink_to(_BUILT)
    (settings / "default_setting_overrides.json").write_text(json.dumps(SETTINGS))
    write_notebook(training / "training.ipynb", TRAINING)
    shown = {"expose_app_in_browser": True, "extra_labextensions_path": [str(labextensions)]}
    quiet = {"news_url": None, "check_for_updates_class": "jupyterlab.NeverCheckForUpdate"}
    apps = {"LabApp": {**shown, **quiet}, "JupyterNotebookApp": shown}
    with (
        everything_server(world, work, NbPresign={"server_name": "analysis"}, **apps) as one,
        jupyter_server(
            world, training, app="lab", config={"NbPresign": {"server_name": "training"}, **apps}
        ) as other,
    ):
        yield Neighbours(world, one, other)
