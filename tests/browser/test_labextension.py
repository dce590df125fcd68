"""What our JupyterLab extension adds: saved countdowns without a kernel, and guests' pages."""

import json
import re
import shutil
from pathlib import Path

import pytest
from nbformat import v4
from playground import open_notebook, playground, write_notebook
from playwright.sync_api import expect
from support.browser import screenshot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

ROOT = Path(__file__).parents[2]
WIDGET = ".jp-PresignCountdown"
NOTE = ".jp-PresignSavedNote"
OUTPUT = ".jp-OutputArea-output"
STATUS = ".jp-PresignGuestStatus"
SAID = "Presigned link to jupyter:training/lab/tree/training.ipynb. Run the cell again to see it"
MINT = "%reload_ext nb_presign\n%presign jupyter:training/lab/tree/training.ipynb"
#: The session context of the notebook in front.
CONTEXT = "window.jupyterapp?.shell.currentWidget?.sessionContext"
SIZE = {"width": 1000, "height": 600}


@pytest.fixture(scope="module")
def lab_servers(tmp_path_factory):
    """Two servers whose Lab has the extension of this tree, whatever is installed beside it."""
    home = tmp_path_factory.mktemp("labextension")
    built = ROOT / "nb_presign" / "labextension"
    assert (built / "package.json").exists(), "not built: npm --prefix labextension run build"
    (home / "labextensions").mkdir()
    (home / "labextensions" / "nb_presign").symlink_to(built)
    lab = {"expose_app_in_browser": True, "extra_labextensions_path": [str(home / "labextensions")]}
    with playground(home, config={"LabApp": lab}) as play:
        write_notebook(play.analysis.root / "saved.ipynb", [("code", MINT)])
        for name in ("quiet.ipynb", "alone.ipynb"):
            write_notebook(play.training.root / name, [("markdown", "# Nothing runs here")])
        yield play


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport=SIZE)
    page = context.new_page()
    page.set_default_timeout(30_000)
    yield page
    context.close()


@pytest.fixture(scope="module")
def owner(lab_servers, browser):
    """The page of analysis' owner, who has a notebook open in which a link can be minted."""
    context = browser.new_context(viewport=SIZE)
    page = context.new_page()
    page.set_default_timeout(30_000)
    texts(page)
    go_to(page, lab_servers.analysis, "saved.ipynb")
    yield page
    context.close()


@pytest.fixture(scope="module")
def saved(lab_servers, owner):
    """A notebook with a countdown, saved by its owner; its kernel is gone. So is that of a copy."""
    server = lab_servers.analysis
    owner.wait_for_function(f"{CONTEXT}?.session?.kernel?.connectionStatus === 'connected'")
    run_all(owner)
    expect(owner.locator(WIDGET)).to_be_visible()
    expect(owner.locator(NOTE)).to_have_count(0)
    owner.evaluate("window.jupyterapp.shell.currentWidget.context.save()")
    shut_down_kernels(server)
    shutil.copy(server.root / "saved.ipynb", server.root / "copy.ipynb")
    return server


class Reader:
    """A reading guest's page of training, and what it has asked of the server."""

    def __init__(self, page):
        self.page = page
        self.asked = []
        page.on("request", lambda request: self.asked.append((request.method, request.url)))

    def open(self, name):
        """Open another notebook; returns what is shown of it."""
        self.page.evaluate(
            "() => window.jupyterapp.commands.execute('apputils:dismiss-notification', {})"
        )
        expect(self.page.locator(".Toastify__toast")).to_have_count(0)
        open_in(self.page, name)
        return self.page.locator(".jp-NotebookPanel:visible")

    def started(self):
        """List what a kernel would have been started by."""
        return [
            url for method, url in self.asked
            if method == "POST" and ("/api/sessions" in url or "/api/kernels" in url)
        ]  # fmt: skip


@pytest.fixture(scope="module")
def reader(lab_servers, browser):
    context = browser.new_context(viewport=SIZE)
    context.clock.install()
    page = context.new_page()
    page.set_default_timeout(30_000)
    reader = Reader(page)
    open_as_guest(page, lab_servers.training, "quiet.ipynb")
    yield reader
    context.close()


def go_to(page, server, name):
    page.goto(f"{server.url}lab/tree/{name}?token={server.token}&reset")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell")


def open_in(page, name):
    """Open one more notebook in a page of JupyterLab, and wait until it is there."""
    page.evaluate(
        "path => { window.jupyterapp.commands.execute('docmanager:open', {path}); }", name
    )
    current = "window.jupyterapp.shell.currentWidget?.context"
    page.wait_for_function(f"name => {current}?.path === name && {current}.isReady", arg=name)
    page.wait_for_selector(".jp-NotebookPanel:visible .jp-Cell")


def run_all(page):
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")


def shut_down_kernels(server):
    with server.owner() as owner:
        for session in owner.get("api/sessions").json():
            assert owner.delete(f"api/sessions/{session['id']}").status_code == 204
        assert owner.get("api/kernels").json() == []


def open_as_guest(page, server, name, scope="read", **terms):
    """Open a notebook by a presigned link, and wait until it is there."""
    body = {"target": f"jupyter:./lab/tree/{name}", "scope": scope, **terms}
    with server.owner() as owner:
        minted = owner.post("nb-presign/api/links", json=body)
    assert minted.status_code == 201, minted.text
    page.goto(minted.json()["url"])
    page.get_by_role("button").first.click()
    page.wait_for_url(f"**/lab/tree/{name}*")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell")


def texts(page):
    """Have the page keep every text that an output ever shows."""
    page.add_init_script("""
        window.shown = new Set();
        const keep = () => {
            document.querySelectorAll('.jp-OutputArea-output').forEach(
                (one) => shown.add(one.innerText.trim().split('\\n')[0]));
            requestAnimationFrame(keep);
        };
        requestAnimationFrame(keep);
    """)


def test_a_saved_countdown_is_a_plain_sentence_until_it_is_run_and_found_again_after_that(
    saved, owner
):
    content = json.loads((saved.root / "saved.ipynb").read_text())
    (output,) = content["cells"][0]["outputs"]
    assert output["data"]["application/vnd.nb-presign.countdown+json"] == {
        "version": 1,
        "target": "jupyter:training/lab/tree/training.ipynb",
    }
    go_to(owner, saved, "saved.ipynb")
    expect(owner.locator(NOTE)).to_contain_text(SAID)
    # Lab has started a kernel, which knows nothing of the widget.
    owner.wait_for_function(f"{CONTEXT}?.session?.kernel?.status === 'idle'")
    owner.wait_for_timeout(1500)
    expect(owner.locator(NOTE)).to_be_visible()
    shown = owner.evaluate("[...window.shown]")
    assert [text for text in shown if "Error" in text] == []
    screenshot(owner, "screenshots/saved-countdown")
    run_all(owner)
    # Of all that is done here, a kernel's work may take its time on a busy machine.
    expect(owner.locator(WIDGET)).to_have_attribute("data-state", "live", timeout=30_000)
    expect(owner.locator(NOTE)).to_have_count(0)
    screenshot(owner, "screenshots/saved-countdown-run-again")
    owner.evaluate("window.jupyterapp.shell.currentWidget.context.save()")
    owner.reload()
    expect(owner.locator(WIDGET)).to_have_attribute("data-state", "live", timeout=30_000)
    expect(owner.locator(NOTE)).to_have_count(0)
    assert not any("Run the cell again" in text for text in owner.evaluate("[...window.shown]"))


def test_a_countdown_whose_widget_manager_never_comes_is_a_plain_sentence(saved, page):
    open_as_guest(page, saved, "copy.ipynb")
    expect(page.locator(NOTE)).to_contain_text(SAID)
    expect(page.locator(OUTPUT)).not_to_contain_text("Loading widget")
    screenshot(page, "screenshots/saved-countdown-guest")


def test_an_untrusted_notebook_shows_its_plain_text(lab_servers, owner):
    data = {
        "application/vnd.nb-presign.countdown+json": {"version": 1, "target": "jupyter:evil"},
        "application/vnd.jupyter.widget-view+json": {"model_id": "0" * 32, "version_major": 2},
        "text/plain": "the plain text",
    }
    cell = v4.new_code_cell("1", outputs=[v4.new_output("display_data", data)])
    untrusted = lab_servers.analysis.root / "untrusted.ipynb"
    untrusted.write_text(json.dumps(v4.new_notebook(cells=[cell])))
    open_in(owner, "untrusted.ipynb")
    panel = owner.locator(".jp-NotebookPanel:visible")
    expect(panel.locator(OUTPUT)).to_have_text("the plain text")
    expect(panel.locator(NOTE)).to_have_count(0)


def test_an_owner_has_no_status_item(owner):
    owner.wait_for_function(f"{CONTEXT}?.session?.kernel")
    assert owner.evaluate("window.jupyterapp.hasPlugin('nb_presign:guest')")
    expect(owner.locator(STATUS)).to_have_count(0)


def test_a_reading_guest_watches_the_kernel_that_runs(lab_servers, reader):
    page = reader.page
    reader.open("training.ipynb")
    page.wait_for_function(f"{CONTEXT}?.session?.kernel")
    assert page.evaluate(f"{CONTEXT}.session.kernel.id") == lab_servers.kernel_id
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    # JupyterLab asks the kernel, whom nothing of this guest's reaches; the server's list knows,
    # which is read every ten seconds.
    page.wait_for_function(f"{CONTEXT}.session.kernel.connectionStatus === 'connected'")
    page.clock.fast_forward("00:10")
    page.wait_for_function(f"{CONTEXT}.session.kernel.status === 'idle'")


@pytest.mark.parametrize("has_kernel", [True, False], ids=["watched", "none"])
def test_what_a_reading_guest_runs_is_left_as_it_is(lab_servers, reader, has_kernel):
    server, page = lab_servers.training, reader.page
    name = f"kept-{has_kernel}.ipynb"
    output = v4.new_output("execute_result", {"text/html": "<b>42</b>"}, execution_count=3)
    cell = v4.new_code_cell("6 * 7", outputs=[output], execution_count=3)
    write_notebook(server.root / name, [])
    notebook = json.loads((server.root / name).read_text())
    (server.root / name).write_text(json.dumps({**notebook, "cells": [cell]}))
    if has_kernel:
        open_notebook(server, name)
    panel = reader.open(name)
    if has_kernel:
        page.wait_for_function(f"{CONTEXT}?.session?.kernel?.connectionStatus === 'connected'")
    for _ in range(2):
        panel.locator(".jp-CodeCell .cm-content").click()
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("Nothing is run here")).to_have_count(1)
    expect(panel.locator(".jp-InputArea-prompt")).to_have_text("[3]:")
    expect(panel.locator(OUTPUT)).to_have_text("42")
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    current = "window.jupyterapp.shell.currentWidget"
    # JupyterLab trusts what is run, and this was not.
    assert not page.evaluate(f"{current}.content.widgets[0].model.trusted")
    assert not page.evaluate(f"{current}.context.model.dirty")


def test_a_reading_guest_sees_a_notebook_and_no_question(reader):
    page = reader.page
    panel = reader.open("quiet.ipynb")
    expect(page.locator(STATUS)).to_have_text(
        re.compile("^Guest · read-only · 11 h 5[89] min left$")
    )
    page.wait_for_function(f"{CONTEXT}?.isReady")
    page.clock.fast_forward("00:05")
    page.wait_for_timeout(1000)
    expect(panel.locator(".jp-Cell").first).to_contain_text("Nothing runs here")
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    screenshot(page, "screenshots/guest-read")
    assert reader.started() == []


@pytest.mark.parametrize(
    ("name", "terms"),
    [("quiet.ipynb", {}), ("alone.ipynb", {"within": "alone.ipynb"})],
    ids=["of-the-server", "of-one-file"],
)
def test_a_guest_who_may_run_gets_a_kernel(lab_servers, page, name, terms):
    open_as_guest(page, lab_servers.training, name, scope="execute", **terms)
    expect(page.locator(STATUS)).to_have_text(re.compile("^Guest · can run · 11 h 5[89] min left$"))
    page.wait_for_function(f"{CONTEXT}?.session?.kernel?.status === 'idle'")
    assert page.evaluate(f"{CONTEXT}.session.kernel.id") != lab_servers.kernel_id
