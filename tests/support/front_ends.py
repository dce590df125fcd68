"""JupyterLab and Notebook 7 with the front end of this tree, for guests and their owner."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from playground import LAB_SETTINGS, TRAINING, open_notebook, write_notebook
from playwright.sync_api import Browser, BrowserContext, Page

from nb_presign.model import Scope
from support.everything import everything_server, notebook_server
from support.host import Guest, Host
from support.servers import RunningServer, World, jupyter_server

_BUILT = Path(__file__).parents[2] / "nb_presign" / "labextension"
#: The theme follows the browser's colour scheme.
SETTINGS = {**LAB_SETTINGS, "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True}}
SIZE = {"width": 1200, "height": 750}
NOTEBOOK = "training.ipynb"
#: Below which a front end shows a notebook.
PAGES = {"lab": "lab/tree/", "notebook": "notebooks/"}
_CURRENT = "window.jupyterapp?.shell.currentWidget"
_CONNECTED = f"""() => {{
  const kernel = {_CURRENT}?.sessionContext?.session?.kernel;
  return {_CURRENT}?.context?.isReady && kernel?.connectionStatus === 'connected'
    && kernel?.status === 'idle';
}}"""


@dataclass
class FrontEnds:
    """A server with a notebook that is open, and who may come."""

    server: RunningServer
    host: Host
    session_id: str
    kernel_id: str

    def visitor(self, browser: Browser, guest: Guest, **options: Any) -> BrowserContext:
        """Make the browser of somebody who has redeemed a link."""
        context = browser.new_context(viewport=SIZE, **options)
        cookie = {"name": guest.cookie_name, "value": guest.cookie, "url": self.server.url}
        context.add_cookies([cookie])
        return context

    def guest(self, scope: str = "read", *, left: timedelta | None = None, **terms: Any) -> Guest:
        """Redeem a link; `left` is what is left of a session of an hour."""
        hour = timedelta(hours=1)
        guest = self.host.guest(Scope(scope), lasts=hour, began=hour - (left or hour), **terms)
        guest.client.close()
        return guest


@contextmanager
def front_ends(
    home: Path, *, everything: bool = False, notebook: bool = False
) -> Iterator[FrontEnds]:
    """Run JupyterLab on a directory with two notebooks.

    `notebook` adds Notebook 7, and `everything` what else people install as well.
    """
    world, root = World(home / "home"), home / "files"
    (root / "pub").mkdir(parents=True)
    write_notebook(root / NOTEBOOK, TRAINING)
    write_notebook(root / "pub" / "own.ipynb", TRAINING)
    settings = world.home / "config" / "labconfig"
    settings.mkdir(parents=True)
    (settings / "default_setting_overrides.json").write_text(json.dumps(SETTINGS))
    config = front_end_config(home)
    if everything:
        running = everything_server(world, root, **config)
    elif notebook:
        running = notebook_server(world, root, **config)
    else:
        running = jupyter_server(world, root, app="lab", config=config)
    with running as server:
        session = open_notebook(server, NOTEBOOK)
        host = Host.of(server, world.home)
        yield FrontEnds(server, host, session["id"], session["kernel"]["id"])
        host.store.close()


def front_end_config(home: Path) -> Mapping[str, Mapping[str, Any]]:
    """Write the configuration of servers that show the front end of this tree."""
    assert (_BUILT / "package.json").exists(), "not built: npm --prefix labextension run build"
    (home / "labextensions").mkdir()
    (home / "labextensions" / "nb_presign").symlink_to(_BUILT)
    shown = {
        "expose_app_in_browser": True,
        "extra_labextensions_path": [str(home / "labextensions")],
    }
    quiet = {"news_url": None, "check_for_updates_class": "jupyterlab.NeverCheckForUpdate"}
    return {"LabApp": {**shown, **quiet}, "JupyterNotebookApp": shown}


#: Resolves when nothing has taken the focus for a second.
_AT_REST = """async () => {
  await window.jupyterapp.restored;
  await new Promise(resolve => {
    let timer = setTimeout(resolve, 1000);
    addEventListener('focusin', () => {
      clearTimeout(timer);
      timer = setTimeout(resolve, 1000);
    });
  });
}"""


def wait_for_notebook(page: Page) -> None:
    """Wait until the notebook is on the page."""
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell:visible")


def wait_for_kernel(page: Page) -> None:
    """Wait until the notebook can be run."""
    wait_for_notebook(page)
    page.wait_for_function(_CONNECTED)


def wait_until_at_rest(page: Page) -> None:
    """Wait until a page that was loaded has done so.

    JupyterLab (4.6) activates the notebook of its address more than once, the last time up to a
    second after its kernel is connected, and takes the focus from whatever has got it meanwhile.
    """
    wait_for_kernel(page)
    page.evaluate(_AT_REST)


def start(page: Page, command: str, **arguments: object) -> None:
    """Start one of the front end's commands; it may take as long as a cell runs."""
    code = "([name, args]) => { window.jupyterapp.commands.execute(name, args); }"
    page.evaluate(code, [command, arguments])


def type_into_notebook(page: Page, text: str) -> None:
    """Change the notebook on the page, and nowhere else."""
    page.evaluate(
        f"text => {{ {_CURRENT}.content.model.sharedModel.cells[0].setSource(text); }}", text
    )
