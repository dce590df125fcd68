"""What a guest's browser keeps on disk after its visit.

Chromium writes the address of every page into its own history, favicon and usage databases when the
page is committed, before any script runs, and now and then into its journal for restoring sessions;
no page can take that back. So the token of a link that was opened stands there, as any address
does, and what helps is that it is soon spent. It must stand nowhere else.
"""

from __future__ import annotations

import json
import secrets
from types import SimpleNamespace

import pytest
from playwright.sync_api import sync_playwright
from support.browser import FLAGS, executable
from support.canaries import Canaries
from support.servers import World, jupyter_server

pytestmark = pytest.mark.browser

#: The browser's own record of addresses.
ADDRESSES = ("History", "Favicons", "ukm_db", "Top Sites", "Shortcuts", "Visited Links")
ADDRESSES += ("Session_", "Tabs_")
EMPTY = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
STORE = """value => {
  localStorage.setItem('planted', value);
  sessionStorage.setItem('planted', value);
  return caches.open('planted').then(c => c.put('/planted', new Response(value)));
}"""


@pytest.fixture(scope="module")
def visit(tmp_path_factory):
    """A visit from the link to the notebook, in a browser that was then closed."""
    home = tmp_path_factory.mktemp("profile")
    root, profile = home / "files", home / "profile"
    root.mkdir()
    (root / "a.ipynb").write_text(EMPTY)
    with jupyter_server(World(home / "home"), root, app="lab") as server:
        with server.owner() as owner:
            terms = {"target": "jupyter:./lab/tree/a.ipynb", "max_uses": 1}
            url = owner.post("nb-presign/api/links", json=terms).json()["url"]
        stored = secrets.token_hex(20)
        with sync_playwright() as playwright:
            context = playwright.chromium.launch_persistent_context(
                profile, executable_path=executable(), args=list(FLAGS)
            )
            page = context.new_page()
            page.goto(url)
            page.get_by_role("button", name="Open notebook").click()
            page.wait_for_url(server.url + "lab/tree/a.ipynb", wait_until="commit")
            page.wait_for_selector(".jp-NotebookPanel")
            (cookie,) = [c for c in context.cookies() if c["name"].startswith("nb-presign-")]
            page.evaluate(STORE, stored)
            context.close()
        token = url.rpartition("#")[2]
        planted = {"token": token.rpartition(".")[2], "stored": stored}
        planted |= {"owner's token": server.token, "cookie": cookie["value"]}
        found = Canaries(planted).in_files([profile])
        yield SimpleNamespace(server=server, token=token, found=found)


def files(visit, name):
    """List the files of the profile in which a canary is."""
    return {path.partition("/profile/")[2] for path, names in visit.found.items() if name in names}


def test_the_token_stands_where_the_browser_keeps_addresses_and_nowhere_else(visit):
    found = files(visit, "token")
    elsewhere = {path for path in found if not path.rpartition("/")[2].startswith(ADDRESSES)}
    assert elsewhere == set()
    assert found != set()  # else this page's words are out of date


def test_that_token_opens_nothing_any_more(visit):
    with visit.server.stranger() as client:
        answer = client.post(
            "nb-presign/redeem",
            json={"token": visit.token, "nonce": "A" * 22},
            headers={"Origin": visit.server.url.rstrip("/")},
        )
    assert (answer.status_code, answer.json()["code"]) == (410, "link-used-up")


def test_no_secret_of_the_server_is_kept(visit):
    assert files(visit, "owner's token") == set()
    assert files(visit, "cookie") == set()  # Chromium encrypts its cookies


def test_what_a_page_stores_would_be_found(visit):
    found = files(visit, "stored")
    for place in ("Local Storage", "Session Storage", "CacheStorage"):
        assert any(place in path for path in found), found
