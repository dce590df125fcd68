"""The main job in a real browser: mint in a notebook, open as a guest, revoke from the widget."""

import asyncio
import base64
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import pairwise

import pytest
from kernel_socket import KernelSocket
from playwright.sync_api import expect
from support.browser import screenshot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

TOKEN = re.compile(r"nb[po]1\.[\w.-]{8,}")
WIDGET = ".jp-PresignCountdown"
#: The status that Lab shows is idle too before it is connected.
KERNEL_IS_IDLE = """() => {
  const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
  const kernel = context?.session?.kernel;
  return context?.isReady && kernel?.connectionStatus === "connected" && kernel.status === "idle";
}"""
SIZE = {"width": 1200, "height": 800}


class Lab:
    """JupyterLab in a page."""

    def __init__(self, page):
        self.page = page
        #: The link that is shown first where links are refreshed.
        self.first = ""
        page.set_default_timeout(30_000)

    def ready(self):
        """Wait until the notebook has its kernel."""
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
        self.page.wait_for_function(KERNEL_IS_IDLE)
        return self

    def start(self, command, **arguments):
        """Start one of Lab's commands; it may take as long as a cell runs."""
        code = "([name, args]) => { window.jupyterapp.commands.execute(name, args); }"
        self.page.evaluate(code, [command, arguments])

    def save(self):
        """Save the notebook, and wait until it is on disk."""
        self.page.evaluate("window.jupyterapp.shell.currentWidget.context.save()")

    def widget(self, number):
        return self.page.locator(WIDGET).nth(number)


@pytest.fixture(scope="module")
def work(browser, play):
    """The page of the person at the server analysis, whose notebook has been run."""
    context = browser.new_context(viewport=SIZE)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{play.analysis.url}lab/tree/work.ipynb?token={play.analysis.token}")
    lab = Lab(page).ready()
    run_all(lab)
    yield lab
    context.close()


@pytest.fixture
def owner(work):
    """That page, with the notebook run again if its first link has been revoked since."""
    if work.widget(0).get_attribute("data-state") != "live":
        work.start("notebook:clear-all-cell-outputs")
        expect(work.page.locator(WIDGET)).to_have_count(0)
        run_all(work)
    return work


def run_all(lab):
    lab.start("notebook:run-all-cells")
    expect(lab.page.locator(WIDGET)).to_have_count(2, timeout=60_000)
    lab.first = lab.widget(1).locator(".jp-PresignId").inner_text()


class GuestBrowser:
    """A browser that has never seen any of it, and all that its servers told it."""

    def __init__(self, browser, har):
        self.har = har
        self.context = browser.new_context(
            viewport=SIZE, record_har_path=har, record_har_content="embed"
        )
        self.page = self.context.new_page()
        self.lab = Lab(self.page)
        self.sockets, self.frames = [], []
        self.page.on("websocket", self._note)

    def _note(self, socket):
        self.sockets.append(socket)
        socket.on("framereceived", lambda payload: self.frames.append(str(payload)))

    def fetch(self, path):
        """Ask the server, and not the browser's cache, as the page asks; returns the status."""
        code = "path => fetch(path, {cache: 'no-store'}).then(answer => answer.status)"
        return self.page.evaluate(code, path)

    def received(self):
        """Close it, and return the headers and body of every answer it got."""
        self.context.close()
        answers = []
        for entry in json.loads(self.har.read_text())["log"]["entries"]:
            answer = entry["response"]
            body = answer["content"].get("text", "")
            if answer["content"].get("encoding") == "base64":
                body = base64.b64decode(body).decode(errors="replace")
            answers.append((entry["request"]["url"], json.dumps(answer["headers"]) + body))
        return answers


@pytest.fixture
def guest(browser, tmp_path):
    guest = GuestBrowser(browser, tmp_path / "guest.har")
    yield guest
    guest.context.close()


def links(server):
    with server.owner() as client:
        return client.get("nb-presign/api/links").json()


def sessions(server, link_id):
    with server.owner() as client:
        found = client.get("nb-presign/api/sessions").json()
    return [session for session in found if session["link_id"] == link_id]


def when(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def copied_url(lab):
    lab.widget(0).get_by_role("button", name="Copy").click()
    expect(lab.widget(0)).to_contain_text("Copied")
    return lab.page.evaluate("navigator.clipboard.readText()")


def test_main_job(play, owner, guest):
    show_the_widget(owner, play)
    url = copied_url(owner)
    assert url.startswith(f"{play.training.url}nb-presign/redeem#nbp1.")
    link_id = owner.widget(0).locator(".jp-PresignId").inner_text()
    open_as_guest(guest, url, play, link_id)
    run_as_guest(guest, play)
    save_without_secrets(owner, play, url)
    revoke_from_the_widget(owner, guest, play, link_id)
    look_at_what_the_guest_got(guest, play)


def show_the_widget(owner, play):
    widget = owner.widget(0)
    expect(widget).to_be_visible()
    expect(widget).to_have_attribute("data-state", "live")
    expect(widget).to_contain_text(f"{play.session_id}@training")
    expect(widget).to_contain_text("can read and run")
    before = widget.get_by_role("timer").inner_text()
    expect(widget.get_by_role("timer")).not_to_have_text(before, timeout=3000)
    screenshot(owner.page, "screenshots/widget-light")
    owner.start("apputils:change-theme", theme="JupyterLab Dark")
    expect(owner.page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    expect(owner.page.locator("#jupyterlab-splash")).to_have_count(0)
    screenshot(owner.page, "screenshots/widget-dark")
    owner.start("apputils:change-theme", theme="JupyterLab Light")
    expect(owner.page.locator("body")).to_have_attribute("data-jp-theme-light", "true")
    expect(owner.page.locator("#jupyterlab-splash")).to_have_count(0)


def open_as_guest(guest, url, play, link_id):
    page = guest.page
    page.goto(url)
    assert "nbp1." not in page.url
    screenshot(page, "screenshots/landing")
    assert sessions(play.training, link_id) == []
    page.get_by_role("button").first.click()
    page.wait_for_url("**/lab/tree/training.ipynb*")
    assert page.url.startswith(play.training.url)
    guest.lab.ready()
    (session,) = sessions(play.training, link_id)
    assert (session["state"], session["scope"]) == ("live", "execute")


def run_as_guest(guest, play):
    page = guest.page
    page.locator(".jp-CodeCell .jp-InputArea-editor").first.click()
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".jp-OutputArea-output").first).to_contain_text("0.22")
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    screenshot(page, "screenshots/guest")
    assert guest.fetch("/api/contents/training.ipynb") == 200
    assert guest.fetch("/api/contents/diary.txt") == 403
    assert guest.fetch("/nb-presign/api/links") in {401, 403}
    with play.training.owner() as client:
        assert len(client.get("api/kernels").json()) == 1


def save_without_secrets(owner, play, url):
    owner.save()
    path = play.analysis.root / "work.ipynb"
    saved = path.read_text()
    assert "application/vnd.jupyter.widget-view+json" in saved
    assert "application/vnd.jupyter.widget-state+json" in saved
    assert "lnk_" in saved
    assert not TOKEN.search(saved)
    assert "redeem" not in saved
    assert url.rpartition(".")[2] not in saved
    assert play.training.token not in saved


def revoke_from_the_widget(owner, guest, play, link_id):
    connected = [socket for socket in guest.sockets if not socket.is_closed()]
    assert any("/channels" in socket.url for socket in connected)
    widget = owner.widget(0)
    widget.get_by_role("button", name="Revoke").first.click()
    widget.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    expect(widget).to_have_attribute("data-state", "revoked")
    assert guest.fetch("/api/contents/training.ipynb") in {401, 403}
    guest.page.wait_for_timeout(500)
    assert [socket.url for socket in connected if not socket.is_closed()] == []
    heard = len(guest.frames)
    assert as_owner(play, "print(losses[-1])") == "0.22\n"
    guest.page.wait_for_timeout(500)
    assert len(guest.frames) == heard
    (session,) = sessions(play.training, link_id)
    assert session["state"] == "ended"


def as_owner(play, code):
    """Run code in training's kernel; in a thread, because this one has Playwright's event loop."""

    async def run():
        headers = {"Authorization": f"token {play.training.token}"}
        kernel = await KernelSocket.open(play.training.url, play.kernel_id, headers)
        outcome = await kernel.run(code)
        kernel.close()
        return outcome.text

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, run()).result()


def look_at_what_the_guest_got(guest, play):
    secrets = [play.training.token, play.analysis.token]
    frames = guest.frames
    answers = guest.received()
    assert any("/lab/tree/training.ipynb" in url for url, _ in answers)
    assert sum(len(text) for _, text in answers) > 1_000_000
    holding = [url for url, text in answers if any(secret in text for secret in secrets)]
    assert holding == []
    assert not any(secret in frame for frame in frames for secret in secrets)


def test_refreshes_itself_before_it_expires(play, work):
    number = work.widget(1).locator(".jp-PresignId")
    expect(number).not_to_have_text(work.first, timeout=25_000)
    expect(work.widget(1)).to_have_attribute("data-state", "live")
    by_id = {link["id"]: link for link in links(play.training)}
    family = [one for one in by_id.values() if one["family"] == by_id[work.first]["family"]]
    family.sort(key=lambda link: when(link["created_at"]))
    assert number.inner_text() in [link["id"] for link in family[1:]]
    for link, successor in pairwise(family):
        assert when(successor["created_at"]) < when(link["expires_at"])


def test_open_leads_straight_to_the_notebook(play, owner):
    with owner.page.expect_popup() as opened:
        owner.widget(0).get_by_role("button", name="Open").click()
    tab = opened.value
    tab.wait_for_url("**/lab/tree/training.ipynb*")
    assert tab.url.startswith(play.training.url)
    Lab(tab).ready()
    assert tab.evaluate("window.opener") is None
    assert play.training.token not in tab.content()
