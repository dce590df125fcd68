"""Two servers of one person with the front end of this tree: work here, open notebooks there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground import TRAINING, open_notebook, write_notebook
from playwright.sync_api import BrowserContext, Page

from support.everything import notebook_server
from support.front_ends import SETTINGS, front_end_config, start, wait_until_at_rest
from support.servers import RunningServer, World, jupyter_server

#: Pages of a front end that have a sidebar, below which it shows `work.ipynb`.
PAGES = {"lab": "lab/tree/work.ipynb", "notebook": "notebooks/work.ipynb"}
PANEL = "#nb-presign-panel"


@dataclass(frozen=True)
class TwoServers:
    """What runs."""

    world: World
    #: Where somebody works, in JupyterLab or Notebook 7.
    here: RunningServer
    #: Where `training.ipynb` is open, with a kernel.
    there: RunningServer
    session_id: str

    def mint(self, target: str, **terms: Any) -> dict[str, Any]:
        """Mint a link here, as the owner."""
        with self.here.owner() as owner:
            answer = owner.post("nb-presign/api/links", json={"target": target, **terms})
        assert answer.status_code == 201, answer.text
        minted: dict[str, Any] = answer.json()
        return minted

    def links(self) -> dict[str, dict[str, Any]]:
        """List the links, by id."""
        with self.here.owner() as owner:
            return {link["id"]: link for link in owner.get("nb-presign/api/links").json()}

    def sessions(self, server: RunningServer) -> dict[str, dict[str, Any]]:
        """List a server's live guests, by id."""
        with server.owner() as owner:
            sessions = owner.get("nb-presign/api/sessions").json()
        return {one["id"]: one for one in sessions if one["state"] == "live"}

    def forget(self) -> None:
        """Revoke all links, and end all sessions."""
        with self.here.owner() as owner:
            for link_id, link in self.links().items():
                if link["state"] != "revoked" and link["audience"]:
                    assert owner.delete(f"nb-presign/api/links/{link_id}").is_success
            assert owner.delete("nb-presign/api/sessions").is_success


@contextmanager
def two_servers(home: Path, *, env: Mapping[str, str] | None = None) -> Iterator[TwoServers]:
    """Run them; the first one with Notebook 7 too, and with `env`."""
    world = World(home / "home")
    here, there = home / "here", home / "there"
    for root in (here, there):
        root.mkdir()
    write_notebook(here / "work.ipynb", [("markdown", "# Work")])
    write_notebook(there / "training.ipynb", TRAINING)
    overrides = world.home / "config" / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir(parents=True)
    overrides.write_text(json.dumps(SETTINGS))
    config = front_end_config(home)
    with ExitStack() as stack:
        named = {**config, "NbPresign": {"server_name": "here"}}
        first = stack.enter_context(notebook_server(world, here, env=env, **named))
        named = {**config, "NbPresign": {"server_name": "there"}}
        second = stack.enter_context(jupyter_server(world, there, app="lab", config=named))
        session = open_notebook(second, "training.ipynb")
        yield TwoServers(world, first, second, session["id"])


def show_panel(context: BrowserContext, servers: TwoServers, front: str = "lab") -> Page:
    """Come to a front end as its owner, and show the sidebar."""
    page = come_to(context, servers, front)
    open_panel(page)
    return page


def come_to(context: BrowserContext, servers: TwoServers, front: str = "lab") -> Page:
    """Come to a front end as its owner."""
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{servers.here.url}{PAGES[front]}?token={servers.here.token}")
    wait_until_at_rest(page)
    return page


def open_panel(page: Page) -> None:
    """Show the sidebar, by its command."""
    start(page, "nb-presign:show-panel")
    page.wait_for_selector(f"{PANEL} .jp-PresignGroup")
