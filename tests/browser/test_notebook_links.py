"""Links from one notebook to another, between two servers, in JupyterLab and Notebook 7."""

import json
import re
from contextlib import contextmanager
from functools import partial

import pytest
from nbformat import v4
from playground import write_notebook
from playwright.sync_api import expect
from support.axe import violations
from support.browser import screenshot
from support.front_ends import PAGES, SIZE, start, wait_for_notebook, wait_until_at_rest
from support.kept import KeptPage, close_documents, leave_tab, open_document, read_again
from support.neighbours import neighbours

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

TROUBLE = ".jp-PresignLinkTrouble"
DIALOG = ".jp-Dialog"
TRAINING = "presign:jupyter:training/lab/tree/training.ipynb"
#: Each test has a notebook of this name, which has one kernel for all of them.
NAME = "results.ipynb"
#: Links lead to the other server, and to one that is not there.
TEXT = f"""# Results
From [the training]({TRAINING}) and [another](presign:jupyter:gone/lab/tree/a.ipynb)."""
CELLS = [("markdown", TEXT), ("code", "1 + 1")]
#: What somebody else may have put into a notebook that is not trusted.
HTML = f"""
<a href="{TRAINING}" onclick="window.stolen = 1">an output</a>
<a href="javascript:window.stolen = 1">a script</a>
"""
PYTHON = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}}
#: Where those lead whose links are good.
TRAINING_PAGE = re.compile("/lab/tree/training.ipynb")
#: Changes JupyterLab's own setting, as its settings editor does.
SET_SCHEMES = """async schemes => {
  const { pluginRegistry } = window.jupyterapp;
  const token = [...pluginRegistry._services.keys()].find(
    ({ name }) => name === '@jupyterlab/coreutils:ISettingRegistry'
  );
  const registry = await pluginRegistry.resolveRequiredService(token);
  const plugin = '@jupyterlab/apputils-extension:sanitizer';
  await (schemes === null
    ? registry.remove(plugin, 'allowedSchemes')
    : registry.set(plugin, 'allowedSchemes', schemes));
}"""
HAS_COPIED = "async text => await navigator.clipboard.readText() === text"
SET_SOURCE = """source => {
  const cell = window.jupyterapp.shell.currentWidget.content.widgets[0];
  cell.rendered = false;
  cell.model.sharedModel.setSource(source);
  cell.rendered = true;
}"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with neighbours(tmp_path_factory.mktemp("links")) as place:
        write_notebook(place.analysis.root / NAME, CELLS)
        yield place


@pytest.fixture(scope="module")
def kept(place, browser):
    """A page of each front end, which stays for the next test."""

    def begin(front):
        context = browser.new_context(viewport=SIZE)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.clock.install()
        return load(context, place.analysis, front)

    pages = {
        "lab": KeptPage(partial(begin, "lab"), close_documents),
        "notebook": KeptPage(partial(begin, "notebook")),
    }
    yield pages
    for page in pages.values():
        page.close()


@pytest.fixture
def come(request, place, kept):
    """Let the owner come to a notebook of these cells in a front end; returns the page."""

    def come(front="lab", *cells):
        path = place.analysis.root / NAME
        page = kept[front].page
        if cells and isinstance(cells[0], dict):
            # With a kernel's name, or JupyterLab may ask for one.
            path.write_text(json.dumps(v4.new_notebook(cells=cells, metadata=PYTHON)))
        else:
            write_notebook(path, cells or CELLS)
        if front == "lab":
            open_document(page, NAME)
        else:
            read_again(page)
        return page

    failed = request.session.testsfailed
    yield come
    for page in kept.values():
        page.leave(is_spoilt=request.session.testsfailed > failed)


def load(context, server, front):
    page = context.new_page()
    page.set_default_timeout(60_000)
    # What another page had open is not opened again.
    page.goto(f"{server.url}{PAGES[front]}{NAME}?token={server.token}&reset")
    wait_until_at_rest(page)
    return page


def link(page, name):
    return page.get_by_role("link", name=name, exact=True).locator("visible=true").first


@contextmanager
def a_tab_leads_there(page):
    """What is done opens a tab that leads to the other server's notebook; it is not waited for."""
    with page.context.expect_page() as opened:
        yield opened
    opened.value.wait_for_url(TRAINING_PAGE, wait_until="commit")
    leave_tab(opened.value)


def option(page, title):
    """What can be chosen in the picker, by its name."""
    named = page.locator(".jp-PresignPicker-title", has_text=re.compile(f"^{re.escape(title)}$"))
    return page.locator(DIALOG).get_by_role("option").filter(has=named)


def choose_by_words(page, title):
    """Write what is looked for; lists come one by one, and the best of them is chosen."""
    page.keyboard.type(title)
    expect(option(page, title)).to_have_attribute("aria-selected", "true")


def copied(page):
    return page.evaluate("navigator.clipboard.readText()")


@pytest.mark.parametrize("front", PAGES)
def test_a_click_opens_the_notebook_in_a_new_tab(place, come, front):
    page = come(front)
    anchor = link(page, "the training")
    anchor.hover()
    expect(anchor).to_have_attribute("title", re.compile("Open training.ipynb on jupyter:training"))
    screenshot(page, f"screenshots/notebook-link-{front}")
    with page.context.expect_page() as opened:
        anchor.click()
    tab = opened.value
    tab.wait_for_url(TRAINING_PAGE, wait_until="commit")
    assert tab.url.startswith(place.training.url)
    assert tab.evaluate("window.opener") is None
    if front == "lab":
        # The page is the same, wherever the click was.
        expect(tab.locator(".jp-NotebookPanel")).to_contain_text(
            "The run of tonight.", timeout=60_000
        )
    saved = (place.analysis.root / "results.ipynb").read_text()
    assert TRAINING in saved
    assert "redeem" not in saved


@pytest.mark.parametrize("how", ["Enter", "middle"])
def test_the_keyboard_and_the_middle_button_open_it_too(come, how):
    page = come()
    anchor = link(page, "the training")
    with a_tab_leads_there(page):
        if how == "Enter":
            anchor.focus()
            page.keyboard.press("Enter")
        else:
            anchor.click(button="middle")
    assert "/lab/tree/results.ipynb" in page.url
    expect(page.locator(".jp-MarkdownCell.jp-mod-rendered")).to_have_count(1)


def test_a_failure_is_said_beside_the_link(come):
    page = come()
    opened = []
    page.context.on("page", lambda tab: opened.append(tab))  # noqa: PLW0108  # playwright marks what it calls
    link(page, "another").click()
    trouble = page.locator(TROUBLE)
    expect(trouble).to_be_visible()
    expect(trouble).to_contain_text("There is no server 'gone'.")
    expect(trouble).to_contain_text("Known servers: training.")
    expect(trouble.get_by_role("heading")).to_be_focused()
    trouble.get_by_role("button", name="Try again").click()
    expect(trouble).to_contain_text("There is no server 'gone'.")
    page.keyboard.press("Escape")
    expect(trouble).not_to_be_visible()
    expect(link(page, "another")).to_be_focused()
    assert opened == []


def test_what_the_browser_would_not_open_is_offered(come):
    page = come()
    # As if minting had taken longer than browsers remember a click.
    page.evaluate("""() => {
      Object.defineProperty(navigator, 'userActivation', {
        configurable: true, value: { isActive: false }
      });
    }""")
    link(page, "the training").click()
    trouble = page.locator(TROUBLE)
    expect(trouble).to_contain_text("The link is ready")
    with a_tab_leads_there(page):
        trouble.get_by_role("link", name="Open").click()
    expect(trouble).not_to_be_visible()
    assert "redeem" not in page.content()
    page.evaluate("delete navigator.userActivation")


def test_a_stopped_target_is_started_beside_the_link(come):
    stopped = {
        "target": "sagemaker:gpu/lab",
        "provider": "sagemaker",
        "title": "gpu",
        "state": "stopped",
        "detail": "",
        "mend": "",
        "instance_type": "ml.p3.2xlarge",
        "startable": True,
    }
    refusal = {"code": "target-not-ready", "message": "gpu is stopped.", "hint": "", "fields": {}}
    states = iter(["stopped", "starting", "ready"])
    page = come("lab", ("markdown", "[gpu](presign:sagemaker:gpu/lab)"))
    # Nobody has an account at AWS here; what the server says of one stands in its REST description.
    page.route(re.compile(r"/api/links\b"), lambda route: route.fulfill(status=409, json=refusal))
    page.route(
        re.compile(r"/api/target\?"),
        lambda route: route.fulfill(json={**stopped, "state": next(states)}),
    )
    page.route(
        re.compile(r"/api/target/start\b"), lambda route: route.fulfill(status=202, json=stopped)
    )
    link(page, "gpu").click()
    trouble = page.locator(TROUBLE)
    expect(trouble).to_contain_text("gpu is stopped.")
    start_it = trouble.get_by_role("button", name="Start it")
    expect(trouble).to_contain_text("gpu (ml.p3.2xlarge) is paid for while it runs")
    expect(trouble.get_by_role("button", name="Try again")).to_have_count(0)
    start_it.click()
    expect(trouble).to_contain_text("It is starting")
    # Looked at from time to time.
    for _ in range(2):
        with page.expect_response(re.compile(r"/api/target\?")):
            page.clock.fast_forward(5000)
    expect(trouble).to_contain_text("It has started.")
    expect(trouble.get_by_role("button", name="Open")).to_be_visible()


@pytest.mark.parametrize("front", PAGES)
def test_an_untrusted_notebook_has_links_and_no_scripts(come, front):
    outputs = [
        v4.new_output("display_data", {"text/html": HTML}),
        v4.new_output("display_data", {"text/markdown": f"[Markdown]({TRAINING})"}),
    ]
    cells = [v4.new_markdown_cell(f"[a cell]({TRAINING})"), v4.new_code_cell("1", outputs=outputs)]
    page = come(front, *cells)
    for words in ("a cell", "an output", "Markdown"):
        expect(link(page, words)).to_have_attribute("href", TRAINING)
    expect(page.get_by_text("a script")).to_be_visible()
    expect(link(page, "a script")).to_have_count(0)
    with a_tab_leads_there(page):
        link(page, "an output").click()
    assert page.evaluate("window.stolen") is None


def test_links_survive_changes_of_the_sanitizers_settings(come):
    page = come("lab", ("markdown", "# Nothing yet"))
    page.evaluate(SET_SCHEMES, ["https"])
    page.evaluate(SET_SOURCE, f"[ours]({TRAINING}) [http](http://a.b) [https](https://a.b)")
    expect(link(page, "ours")).to_have_attribute("href", TRAINING)
    expect(link(page, "https")).to_have_attribute("href", "https://a.b")
    # What the user does not allow is not allowed by us.
    expect(link(page, "http")).to_have_count(0)
    page.evaluate(SET_SCHEMES, None)
    page.evaluate(SET_SOURCE, f"[ours again]({TRAINING}) [http again](http://a.b)")
    expect(link(page, "ours again")).to_have_attribute("href", TRAINING)
    expect(link(page, "http again")).to_have_attribute("href", "http://a.b")


def test_a_markdown_file_has_links(place, come):
    (place.analysis.root / "notes.md").write_text(f"[the training]({TRAINING})\n")
    page = come("lab", ("markdown", "# Empty"))
    start(page, "docmanager:open", path="notes.md", factory="Markdown Preview")
    expect(link(page, "the training")).to_have_attribute("href", TRAINING)


@pytest.mark.parametrize("front", PAGES)
def test_a_link_is_inserted_and_opens(come, front):
    page = come(front, ("markdown", "# Here"))
    page.get_by_role("menuitem", name="Edit", exact=True).click()
    page.get_by_role("menuitem", name="Insert Link to Another Notebook…").click()
    dialog = page.locator(DIALOG)
    expect(dialog).to_be_visible()
    choose_by_words(page, "training")
    dialog.get_by_label("Notebook or file there").fill("training.ipynb")
    dialog.get_by_label("Shown as").fill("last night")
    expect(dialog).to_contain_text(f"[last night]({TRAINING})")
    screenshot(page, f"screenshots/insert-link-{front}")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    with a_tab_leads_there(page):
        link(page, "last night").click()


def test_nothing_is_inserted_before_something_is_chosen(come):
    page = come("lab", ("markdown", "# Here"))
    start(page, "nb-presign:insert-link")
    dialog = page.locator(DIALOG)
    expect(dialog.get_by_role("option").first).to_contain_text("analysis")
    expect(dialog.get_by_role("button", name="Insert")).to_be_disabled()
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Choose above what the link leads to")
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("button", name="Insert")).to_be_enabled()
    expect(dialog.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(link(page, "analysis")).to_be_visible()


@pytest.mark.parametrize("button", ["Cancel", "Insert"])
def test_the_notebook_has_the_focus_again_after_the_picker(come, button):
    page = come("lab", ("markdown", "# Here"))
    page.get_by_role("menuitem", name="Edit", exact=True).click()
    page.get_by_role("menuitem", name="Insert Link to Another Notebook").click()
    dialog = page.locator(DIALOG)
    dialog.get_by_role("option").first.click()
    dialog.get_by_role("button", name=button).click()
    expect(dialog).to_have_count(0)
    page.wait_for_function("document.activeElement.closest('.jp-Notebook') !== null")


def test_a_notebook_is_found_folder_by_folder(place, come):
    models = place.training.root / "models"
    models.mkdir()
    write_notebook(models / "bert.ipynb", [("markdown", "# Bert")])
    page = come("lab", ("markdown", "# Here"))
    start(page, "nb-presign:insert-link")
    dialog = page.locator(DIALOG)
    expect(dialog).to_be_visible()
    choose_by_words(page, "training")
    tree = dialog.get_by_role("tree", name="Notebooks on training")
    folder = tree.get_by_role("treeitem", name="models")
    expect(folder).to_have_attribute("aria-expanded", "false")
    expect(tree.get_by_role("treeitem")).to_have_text(["models", "training.ipynb"])
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(tree).to_be_focused()
    for key in ("Home", "ArrowRight"):
        page.keyboard.press(key)
    expect(folder).to_have_attribute("aria-expanded", "true")
    expect(tree.get_by_role("treeitem")).to_have_text(["models", "bert.ipynb", "training.ipynb"])
    page.keyboard.press("b")
    expect(dialog.get_by_label("Notebook or file there")).to_have_value("models/bert.ipynb")
    assert violations(page, ".jp-PresignPicker") == []
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    reference = "presign:jupyter:training/lab/tree/models/bert.ipynb"
    expect(link(page, "bert.ipynb")).to_have_attribute("href", reference)


def test_a_link_is_inserted_below_code_and_where_somebody_types(come):
    page = come("lab", ("code", "1 + 1"), ("markdown", "before after"))
    written = "[training](presign:jupyter:training)"
    for _ in range(2):
        start(page, "nb-presign:insert-link")
        expect(page.locator(DIALOG)).to_be_visible()
        choose_by_words(page, "training")
        expect(page.locator(DIALOG).get_by_text(written)).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.locator(DIALOG)).to_have_count(0)
        page.evaluate("""() => {
          const { content } = window.jupyterapp.shell.currentWidget;
          content.activeCellIndex = content.widgets.length - 1;
          content.mode = 'edit';
          content.activeCell.editor.setCursorPosition({ line: 0, column: 'before '.length });
        }""")
    cells = page.evaluate("""() => window.jupyterapp.shell.currentWidget.content.model.sharedModel
      .cells.map(cell => cell.getSource())""")
    assert cells == ["1 + 1", written, f"before {written}after"]


@pytest.mark.parametrize("front", PAGES)
def test_a_link_to_this_notebook_is_copied_from_its_toolbar(come, front):
    page = come(front)
    page.get_by_role("button", name="Copy a link to this notebook").click()
    expect(page.get_by_text("Copied. Paste it into a Markdown cell.")).to_be_visible()
    assert copied(page) == f"[results.ipynb](presign:jupyter:analysis/{PAGES[front]}results.ipynb)"


def test_a_link_is_copied_from_the_file_browser_and_from_a_tab(place, come):
    name = "a b (1).ipynb"
    write_notebook(place.analysis.root / name, [("markdown", "# Odd name")])
    (place.analysis.root / "read me.md").write_text("# Words")
    page = come()
    start(page, "filebrowser:refresh")
    row, tab = (
        page.locator(".jp-DirListing-item"),
        page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab"),
    )
    for spot, kind, expected in (
        (
            row.filter(has_text="read me.md"),
            "File",
            "[read me.md](presign:jupyter:analysis/lab/tree/read%20me.md)",
        ),
        (
            row.filter(has_text=name),
            "Notebook",
            r"[a b (1).ipynb](presign:jupyter:analysis/lab/tree/a%20b%20%281%29.ipynb)",
        ),
        (
            tab.filter(has_text="results.ipynb"),
            "Notebook",
            "[results.ipynb](presign:jupyter:analysis/lab/tree/results.ipynb)",
        ),
    ):
        spot.first.click(button="right")
        page.get_by_role("menuitem", name=f"Copy Link to This {kind}").click()
        page.wait_for_function(HAS_COPIED, arg=expected)


@pytest.mark.parametrize("front", PAGES)
def test_a_notebook_is_shared_and_opened_as_a_guest(come, browser, front):
    page = come(front)
    page.get_by_role("button", name="Make a link by which others may open").click()
    dialog = page.locator(DIALOG)
    scope = dialog.get_by_role("combobox").first
    scope.select_option("execute")
    expect(dialog).to_contain_text("They can run code as you")
    screenshot(page, f"screenshots/share-{front}")
    scope.select_option("read")
    dialog.get_by_role("button", name="Make Link").click()
    shown = dialog.get_by_label("URL")
    url = shown.input_value()
    expect(dialog).to_contain_text("read-only · only results.ipynb")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    assert copied(page) == url
    assert url.partition("#")[2] not in page.content()
    guest = browser.new_context(viewport=SIZE).new_page()
    try:
        guest.goto(url)
        guest.get_by_role("button").first.click()
        wait_for_notebook(guest)
        expect(link(guest, "the training")).to_have_count(0)
        expect(guest.locator(".jp-NotebookPanel-toolbar")).to_be_visible()
        for words in ("Copy a link to this notebook", "Make a link by which"):
            expect(guest.get_by_role("button", name=words)).to_have_count(0)
    finally:
        guest.context.close()


def test_a_refusal_keeps_what_was_filled_in(come):
    page = come()
    start(page, "nb-presign:share-document")
    dialog = page.locator(DIALOG)
    dialog.get_by_text("Limits").click()
    dialog.get_by_label("From addresses").fill("not-an-address")
    dialog.get_by_role("button", name="Make Link").click()
    expect(dialog.get_by_role("status").filter(has_text="not-an-address")).to_be_visible()
    expect(dialog.get_by_label("From addresses")).to_have_value("not-an-address")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_it(come, theme):
    page = come()
    page.emulate_media(color_scheme=theme)
    is_light = str(theme == "light").lower()
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", is_light)
    dialog = page.locator(DIALOG)
    assert violations(page, ".jp-MarkdownCell .jp-RenderedMarkdown p") == []
    link(page, "another").click()
    expect(page.locator(TROUBLE)).to_be_visible()
    screenshot(page, f"screenshots/link-trouble-{theme}")
    assert violations(page, TROUBLE) == []
    page.keyboard.press("Escape")
    start(page, "nb-presign:insert-link")
    dialog.get_by_role("option").first.click()
    screenshot(page, f"screenshots/insert-link-{theme}")
    assert violations(page, ".jp-PresignPicker") == []
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    start(page, "nb-presign:share-document")
    dialog.get_by_role("combobox").first.select_option("execute")
    screenshot(page, f"screenshots/share-{theme}")
    assert violations(page, ".jp-PresignShare") == []
    dialog.get_by_role("button", name="Make Link").click()
    expect(dialog.get_by_label("URL")).to_be_visible()
    screenshot(page, f"screenshots/shared-{theme}")
    assert violations(page, ".jp-PresignShare") == []
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
