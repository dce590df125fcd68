"""Servers of a real Hub in the browser: the sidebar, links between notebooks, and a guest."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from playground import LAB_SETTINGS, write_notebook
from playwright.sync_api import expect
from support.browser import screenshot
from support.front_ends import SIZE, wait_for_notebook
from support.hub import PASSWORD, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PANEL = "#nb-presign-panel"
DIALOG = ".jp-Dialog"
RESULTS = "presign:hub:bob/-/lab/tree/results.ipynb"
WORK = f"# Alice's work\nFrom [the results]({RESULTS})."


@pytest.fixture(scope="module")
def notebooks(hub):
    """Give alice and bob a notebook each; bob's server runs, and bob has let alice in."""
    for user, name, text in (
        ("alice", "work.ipynb", WORK),
        ("bob", "results.ipynb", "# Bob's results"),
    ):
        settings = hub.home / user / ".jupyter" / "labconfig"
        settings.mkdir(parents=True)
        (settings / "default_setting_overrides.json").write_text(json.dumps(LAB_SETTINGS))
        write_notebook(hub.home / user / name, [("markdown", text)])
    hub.start("bob")
    with hub.admin() as admin:
        assert admin.post("shares/bob/", json={"user": "alice"}).is_success
        yield
        for path in ("shares/bob/", "shares/alice/", "share-codes/alice/"):
            admin.delete(path)


@pytest.fixture(scope="module")
def come(hub, browser):
    """Sign somebody in at the Hub, on the way to an address."""
    contexts = []

    def come(user, path):
        contexts.append(browser.new_context(viewport=SIZE))
        contexts[-1].grant_permissions(["clipboard-read", "clipboard-write"])
        contexts[-1].set_default_timeout(60_000)
        page = contexts[-1].new_page()
        page.goto(hub.url + path)
        page.get_by_label("Username").fill(user)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        return page

    yield come
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def lab(come, notebooks):
    """Give alice's notebook on her server, beside the sidebar."""
    del notebooks  # they are there
    page = come("alice", "user/alice/lab/tree/work.ipynb?reset")
    wait_for_notebook(page)
    page.get_by_role("tab", name="Presigned links").click()
    return page


def row(page, reference):
    return page.locator(f'{PANEL} .jp-PresignTarget:has([title="{reference}"])')


def arrive_at_bobs(hub, tab):
    """Let bob's server know who comes, as the Hub wants it for anybody else's server."""
    there = re.compile(f"^{re.escape(hub.url)}user/bob/lab")
    asked = re.compile("/oauth2/authorize")
    tab.wait_for_url(lambda url: there.search(url) or asked.search(url), wait_until="commit")
    if asked.search(tab.url):
        tab.get_by_role("button", name="Authorize").click()
        tab.wait_for_url(there, wait_until="commit")
    # Of JupyterLab's page, and of none that refuses something.
    expect(tab.locator("#jupyter-config-data")).to_be_attached()


def test_servers_of_the_hub_are_listed_and_opened(hub, lab):
    for reference, detail in (("hub:alice", "this server"), ("hub:bob", "shared by bob")):
        badge = row(lab, reference).locator(".jp-PresignBadge")
        expect(badge).to_have_text("ready", timeout=30_000)
        expect(row(lab, reference)).to_contain_text(detail)
    # What the Hub lists is listed once, and what is no trouble is not told as one.
    expect(lab.locator(f"{PANEL} .jp-PresignTarget")).to_have_count(2)
    expect(lab.locator(f"{PANEL} .jp-PresignTargets .jp-PresignTrouble:visible")).to_have_count(0)
    screenshot(lab, "screenshots/hub-sidebar")
    with lab.context.expect_page() as opened:
        row(lab, "hub:bob").locator("[data-act=open]").click()
    arrive_at_bobs(hub, opened.value)
    opened.value.close()
    assert hub.codes("bob") == []


def test_a_link_in_a_notebook_leads_to_the_notebook_of_another_user(hub, lab):
    with lab.context.expect_page() as opened:
        lab.get_by_role("link", name="the results").click()
    arrive_at_bobs(hub, opened.value)
    wait_for_notebook(opened.value)
    expect(opened.value.locator(".jp-NotebookPanel")).to_contain_text("Bob's results")
    opened.value.close()


def test_a_link_to_this_notebook_names_the_hubs_server(lab):
    lab.get_by_role("button", name="Copy a link to this notebook").click()
    expect(lab.get_by_text("Copied. Paste it into a Markdown cell.")).to_be_visible()
    copied = lab.evaluate("navigator.clipboard.readText()")
    assert copied == "[work.ipynb](presign:hub:alice/-/lab/tree/work.ipynb)"


def test_a_guest_lands_in_the_notebook_until_the_session_is_over(hub, lab, come):
    lab.get_by_role("button", name="Make a link by which others may open").click()
    dialog = lab.locator(DIALOG)
    dialog.get_by_label("URL works for").select_option("3600")
    screenshot(lab, "screenshots/hub-share")
    dialog.get_by_role("button", name="Make Link").click()
    url = dialog.get_by_label("URL", exact=True).input_value()
    lab.keyboard.press("Escape")
    [code] = hub.codes("alice")
    made, ends = (datetime.fromisoformat(code[name][:19]) for name in ("created_at", "expires_at"))
    assert timedelta(minutes=59) < ends - made <= timedelta(hours=1)
    guest = come("carol", url.removeprefix(hub.url))
    screenshot(guest, "screenshots/hub-accept-share")
    guest.get_by_role("button", name="Accept").click()
    guest.get_by_role("button", name="Authorize").click()
    wait_for_notebook(guest)
    assert "/user/alice/lab" in guest.url
    expect(guest.locator(".jp-NotebookPanel")).to_contain_text("Alice's work")
    assert [share["user"]["name"] for share in hub.shares("alice")] == ["carol"]
    # To the owner's eyes only: a guest of the Hub mints nothing.
    expect(guest.get_by_role("tab", name="Presigned links")).to_have_count(0)
    screenshot(guest, "screenshots/hub-guest")

    let_the_session_be_over(hub)
    wait_until(lambda: hub.shares("alice") == [], 60)
    answer = guest.reload()
    assert answer.status in {403, 404}
    screenshot(guest, "screenshots/hub-guest-over")
    expect(guest.get_by_text(re.compile("40[34]"))).to_be_visible()
    # The owner comes and goes.
    assert lab.reload(wait_until="commit").status == 200


def let_the_session_be_over(hub):
    """Shorten the sessions of alice's links in her store: the shortest there is takes half an hour.

    Her server looks for what is over every 20 seconds (`extension.HUB_SECONDS`).
    """
    [path] = (hub.home / "alice").rglob("store.sqlite")
    with closing(sqlite3.connect(path, timeout=30)) as store, store:
        store.execute("UPDATE links SET session_seconds = 1")
