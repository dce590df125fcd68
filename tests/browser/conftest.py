"""Two servers of one person, and a browser in which each context is a person of their own."""

import json

import pytest
from playground import playground, write_notebook
from support.browser import OUTPUT, chromium

#: What Lab offers to scripts in its pages, so that tests need not walk through menus.
CONFIG = {"LabApp": {"expose_app_in_browser": True}}
#: As somebody may set it who wants to see widgets again later.
SAVE_WIDGETS = {"saveState": True}


@pytest.fixture(scope="module")
def play(tmp_path_factory):
    with playground(tmp_path_factory.mktemp("browser"), config=CONFIG) as play:
        settings = play.world.home / "config" / "lab" / "user-settings"
        plugin = settings / "@jupyter-widgets" / "jupyterlab-manager"
        plugin.mkdir(parents=True)
        (plugin / "plugin.jupyterlab-settings").write_text(json.dumps(SAVE_WIDGETS))
        cells = [
            ("code", "%load_ext nb_presign"),
            ("code", f"%presign --scope execute session:{play.session_id}@training"),
            ("code", "%presign --expires 20s jupyter:training/lab/tree/training.ipynb"),
        ]
        write_notebook(play.analysis.root / "work.ipynb", cells)
        yield play


@pytest.fixture(scope="module")
def browser():
    (OUTPUT / "screenshots").mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        yield browser
