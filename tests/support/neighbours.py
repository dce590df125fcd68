"""Two servers of one person: where somebody reads a notebook, and where its links lead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playground import LAB_SETTINGS, TRAINING, write_notebook

from support.everything import notebook_server
from support.front_ends import SETTINGS
from support.servers import RunningServer, World, jupyter_server

_BUILT = Path(__file__).parents[2] / "nb_presign" / "labextension"
_TRACKER = "@jupyterlab/notebook-extension:tracker"
#: All cells are on the page. JupyterLab (4.6) leaves those out else that it would make in a quiet
#: moment, and forgets them where a notebook is read again on a busy machine.
_SETTINGS = {**SETTINGS, _TRACKER: {**LAB_SETTINGS[_TRACKER], "windowingMode": "none"}}


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
    (settings / "default_setting_overrides.json").write_text(json.dumps(_SETTINGS))
    write_notebook(training / "training.ipynb", TRAINING)
    shown = {"expose_app_in_browser": True, "extra_labextensions_path": [str(labextensions)]}
    quiet = {"news_url": None, "check_for_updates_class": "jupyterlab.NeverCheckForUpdate"}
    apps = {"LabApp": {**shown, **quiet}, "JupyterNotebookApp": shown}
    here, there = ({"server_name": name} for name in ("analysis", "training"))
    with (
        notebook_server(world, work, NbPresign=here, **apps) as one,
        jupyter_server(world, training, app="lab", config={"NbPresign": there, **apps}) as other,
    ):
        yield Neighbours(world, one, other)
