"""The sidebar of presigned links, in JupyterLab and Notebook 7, with two real servers."""

import re
from functools import partial

import pytest
from playwright.sync_api import expect
from support.axe import violations
from support.browser import screenshot
from support.front_ends import SIZE, start, wait_for_notebook
from support.kept import KeptPage, leave_tab
from support.opening import redeem
from support.two_servers import PAGES, PANEL, come_to, open_panel, two_servers
from support.visit import follow

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

TARGET = ".jp-PresignTarget"
LINK = ".jp-PresignLink"
NOTICE = ".jp-PresignNotice"
NOTEBOOK = "jupyter:there/lab/tree/training.ipynb"
ENDED = ".jp-PresignEnd"
#: Remembers whether the focus has ever been in the panel.
TELL_OF_FOCUS = f"""
  window.isPanelEntered = false;
  addEventListener('focusin', ({{ target }}) => {{
    window.isPanelEntered ||= target.closest?.('{PANEL}') != null;
  }});
"""
#: Closes the form and what is unfolded, and forgets what is looked for.
CLEAR_PANEL = """selector => {
  const panel = document.querySelector(selector);
  panel.querySelector('.jp-PresignForm').dispatchEvent(
    new KeyboardEvent('keydown', { key: 'Escape' })
  );
  panel.querySelector('.jp-PresignOthers').open = false;
  const filter = panel.querySelector('[type=search]');
  filter.value = '';
  filter.dispatchEvent(new Event('input'));
}"""
HIDE_PANEL = """() => {
  const { shell } = window.jupyterapp;
  shell.collapseLeft ? shell.collapseLeft() : shell.collapse('left');
}"""


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    with two_servers(tmp_path_factory.mktemp("sidebar")) as servers:
        yield servers


@pytest.fixture(scope="module")
def kept(servers, browser):
    """A page of each front end, with a clock to turn, which stays for the next test."""

    def load(front):
        permissions = ["clipboard-read", "clipboard-write"]
        context = browser.new_context(viewport=SIZE, permissions=permissions)
        context.clock.install()
        return come_to(context, servers, front)

    pages = {front: KeptPage(partial(load, front), clear) for front in PAGES}
    yield pages
    for page in pages.values():
        page.close()


@pytest.fixture
def contexts(request, servers, browser, kept):
    """Browsers of one person each, closed at the end, when no link is left."""
    made, failed = [], request.session.testsfailed

    def make(**options):
        made.append(browser.new_context(viewport=SIZE, **options))
        return made[-1]

    yield make
    for context in made:
        context.close()
    servers.forget()
    for page in kept.values():
        page.leave(is_spoilt=request.session.testsfailed > failed)


@pytest.fixture
def panel_at(contexts, kept):  # noqa: ARG001  # `contexts` clears up
    """Show the sidebar in a front end; returns the page."""

    def panel_at(front="lab"):
        open_panel(kept[front].page)
        return kept[front].page

    return panel_at


@pytest.fixture
def guest_by(contexts):
    """Open a URL as somebody else; returns their page."""

    def guest_by(url):
        page = contexts().new_page()
        page.set_default_timeout(30_000)
        follow(page, url)
        wait_for_notebook(page)
        return page

    return guest_by


def use(server, url):
    """Use a link where nobody looks at the page it leads to."""
    with server.stranger() as somebody:
        assert redeem(somebody, {"url": url}).status_code == 200


def clear(page):
    """Leave the sidebar as somebody finds it who has just come; no link is left."""
    start(page, "nb-presign:reload-panel")
    page.evaluate(CLEAR_PANEL, PANEL)
    expect(page.locator(f"{PANEL} {LINK}")).to_have_count(0)
    expect(page.locator(".jp-PresignGuestsHere")).to_contain_text("Nobody.")
    page.evaluate(HIDE_PANEL)


def row(page, kind, text):
    return page.locator(f"{PANEL} {kind}").filter(has_text=text)


def server_row(page, name):
    return row(page, TARGET, name).filter(has=page.locator(f'[title="jupyter:{name}"]'))


def press(row, act):
    row.locator(f"[data-act={act}]").click()


def copied(page):
    return page.evaluate("navigator.clipboard.readText()")


@pytest.mark.parametrize("front", PAGES)
def test_a_target_is_opened_with_the_owners_rights(servers, panel_at, front):
    page = panel_at(front)
    target = server_row(page, "there")
    expect(target.locator(".jp-PresignBadge")).to_have_text("ready")
    with page.context.expect_page() as opened:
        press(target, "open")
    opened.value.wait_for_url(f"{servers.there.url}lab**", wait_until="commit")
    leave_tab(opened.value)
    expect(page.locator(f".jp-PresignTargets {NOTICE}")).to_have_text("Opened there.")
    # An owner's own click is nothing to list.
    expect(page.locator(f"{PANEL} {LINK}")).to_have_count(0)
    (session,) = servers.sessions(servers.there).values()
    assert session["scope"] == "full"


@pytest.mark.parametrize("front", PAGES)
def test_a_link_is_made_copied_refreshed_and_revoked(servers, panel_at, guest_by, front):
    before = set(servers.links())

    def made():
        return [link for link_id, link in servers.links().items() if link_id not in before]

    page = panel_at(front)
    press(row(page, TARGET, "training.ipynb"), "share")
    form = page.get_by_role("form", name="New link")
    expect(form.get_by_label("To")).to_have_value(re.compile(r"^session:.+@there"))
    form.get_by_label("Note").fill("for Ada")
    form.get_by_role("button", name="Make link").click()
    box = page.locator(".jp-PresignForm").get_by_role("group", name="New link")
    expect(box.get_by_role("button", name="Copy")).to_be_focused()
    (link,) = made()
    assert (link["scope"], link["session_seconds"], link["note"]) == ("read", 43_200, "for Ada")
    assert "redeem#" not in page.content()
    box.get_by_role("button", name="Show").click()
    shown = box.get_by_label("URL").input_value()
    box.get_by_role("button", name="Copy").click()
    expect(box).to_contain_text("Copied.")
    assert copied(page) == shown
    box.get_by_role("button", name="Done").click()
    one = row(page, LINK, "for Ada")
    expect(one).to_contain_text(re.compile(r"[45]:\d\d"))
    expect(one).to_contain_text("read-only")
    screenshot(page, f"screenshots/sidebar-{front}")

    press(one, "copy")
    expect(page.locator(NOTICE).filter(has_text="Copied a URL")).to_be_visible()
    assert "/nb-presign/redeem#" in copied(page)
    assert copied(page) != shown
    # What a guest sees is the same, wherever the link was made.
    if front == "lab":
        guest = guest_by(copied(page))
    else:
        use(servers.there, copied(page))
    # Uses over there are asked for every half a minute.
    page.clock.fast_forward(31_000)
    expect(one).to_contain_text("used once")

    press(one, "refresh")
    again = page.locator(".jp-PresignLinks").get_by_role("group", name="New link")
    again.get_by_role("button", name="Copy").click()
    expect(again).to_contain_text("Copied.")
    assert len({shown, copied(page)}) == 2
    again.get_by_role("button", name="Done").click()
    assert len({link["family"] for link in made()}) == 1

    press(one, "revoke")
    expect(one).to_have_count(0)
    if front == "lab":
        expect(guest.locator(ENDED)).to_be_visible(timeout=2000)
    assert {link["state"] for link in made()} == {"revoked"}
    assert servers.sessions(servers.there) == {}


def test_a_page_loaded_again_knows_no_url_and_leaves_the_focus_alone(servers, panel_at):
    page = panel_at()
    sent = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    start(page, "nb-presign:mint-link", target="jupyter:there")
    page.get_by_role("button", name="Make link").click()
    box = page.locator(".jp-PresignForm").get_by_role("group", name="New link")
    box.get_by_role("button", name="Show").click()
    url = box.get_by_label("URL").input_value()
    token = url.partition("#")[2]
    box.get_by_role("button", name="Done").click()
    assert token not in page.content()
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, history.state])")
    assert token not in kept
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.add_init_script(TELL_OF_FOCUS)
    page.reload()
    page.wait_for_selector(f"{PANEL}:visible")
    expect(row(page, LINK, "jupyter:there")).to_be_visible()
    # JupyterLab (4.6) activates the panel that was open, beside the notebook somebody is in.
    assert page.evaluate("window.isPanelEntered") is False
    assert token not in page.content()
    assert not any(token in body for body in sent)
    assert token not in servers.here.logged()


def test_a_link_refreshes_itself(servers, panel_at):
    minted = servers.mint("jupyter:there", expires_in=20, note="short")
    page = panel_at()
    one = row(page, LINK, "short")
    one.get_by_role("switch").check()
    expect(one.get_by_role("switch")).to_be_checked()

    def family():
        return [each for each in servers.links().values() if each["family"] == minted["family"]]

    # The third is made for no other reason than the time.
    for _ in range(40):
        if len(family()) >= 3:
            break
        page.clock.fast_forward(2000)
        page.wait_for_timeout(500)
    assert len(family()) >= 3
    expect(one).to_contain_text(re.compile(r"0:\d\d"))
    one.get_by_role("switch").uncheck()


def test_the_url_of_a_link_that_refreshes_itself_is_at_hand(servers, panel_at):
    minted = servers.mint("jupyter:there", note="long")
    page = panel_at()
    one = row(page, LINK, "long")
    one.get_by_role("switch").check()
    expect(page.locator(NOTICE).filter(has_text="refreshed by itself")).to_be_visible()
    for _ in range(2):
        press(one, "copy")
        expect(page.locator(NOTICE).filter(has_text="Copied a URL")).to_be_visible()
    family = [link for link in servers.links().values() if link["family"] == minted["family"]]
    assert len(family) == 2
    one.get_by_role("switch").uncheck()


@pytest.mark.parametrize("front", PAGES)
def test_a_guest_is_seen_at_once_and_ended(servers, panel_at, guest_by, front):
    page = panel_at(front)
    guests = page.locator(".jp-PresignGuestsHere")
    expect(guests).to_contain_text("Nobody.")
    minted = servers.mint("jupyter:./lab/tree/work.ipynb", scope="execute", note="with Bob")
    # What a guest sees is the same, wherever the owner looks.
    if front == "lab":
        guest = guest_by(minted["url"])
    else:
        use(servers.here, minted["url"])
    # The server's events tell of it, sooner than anybody would ask again.
    one = guests.get_by_role("listitem").filter(has_text="with Bob")
    facts = re.compile(r"can run · whole server · 11 h 5[89] min left · from 127\.0\.0\.1")
    expect(one).to_contain_text(facts, timeout=5000)
    one.get_by_role("button", name="End").click()
    if front == "lab":
        expect(guest.locator(ENDED)).to_be_visible(timeout=2000)
    expect(guests).to_contain_text("Nobody.")
    assert servers.sessions(servers.here) == {}


def test_empty_lists_teach(panel_at):
    page = panel_at()
    expect(page.locator(".jp-PresignLinks")).to_contain_text("No links.")
    expect(page.locator(".jp-PresignGuestsHere")).to_contain_text("Nobody.")
    page.get_by_role("searchbox").fill("no such thing")
    expect(page.locator(".jp-PresignGroup").first).to_contain_text("No match.")
    assert violations(page, PANEL) == []


def test_what_is_said_moves_no_row_and_goes(servers, panel_at):
    page = panel_at()
    # Nobody looks at it there, and a tab that is still loading may not close.
    page.context.route(f"{servers.there.url}**", lambda route: route.fulfill(body="There."))
    target = server_row(page, "there")
    before = target.bounding_box()
    with page.context.expect_page() as opened:
        press(target, "open")
    notice = page.locator(f".jp-PresignTargets {NOTICE}")
    expect(notice).to_have_text("Opened there.")
    assert target.bounding_box() == before
    opened.value.get_by_text("There.").wait_for()
    # The clock is turned in all tabs.
    opened.value.close()
    page.context.unroute_all()
    page.clock.fast_forward(11_000)
    expect(notice).to_be_empty()


def test_the_focus_goes_on_from_where_it_was(servers, panel_at):
    servers.mint("jupyter:there", note="only")
    page = panel_at()
    # The panel was asked for by its command, as by its shortcut.
    expect(page.get_by_role("searchbox")).to_be_focused()
    one = row(page, LINK, "only")
    press(one, "refresh")
    box = one.get_by_role("group", name="New link")
    expect(box.get_by_role("button", name="Copy")).to_be_focused()
    box.get_by_role("button", name="Done").click()
    expect(one.locator("[data-act=refresh]")).to_be_focused()
    press(one, "revoke")
    expect(one).to_have_count(0)
    expect(page.locator(f".jp-PresignLinks {NOTICE}")).to_be_focused()


def test_what_goes_wrong_stands_where_it_happened(panel_at):
    page = panel_at()
    start(page, "nb-presign:mint-link", target="jupyter:nowhere")
    page.get_by_role("button", name="Make link").click()
    form = page.get_by_role("form", name="New link")
    expect(form.locator(".jp-PresignTrouble")).to_contain_text("nowhere")
    expect(form.locator(".jp-PresignHint")).to_contain_text("here")
    page.keyboard.press("Escape")
    expect(form).to_be_hidden()
    others = page.locator(".jp-PresignOthers")
    others.get_by_text("kinds of places not set up").click()
    expect(others).to_contain_text("There are no AWS credentials")
    expect(others.locator("code").first).to_have_text("aws sso login")


def test_everything_is_reached_by_keyboard(servers, panel_at):
    servers.mint("jupyter:there", note="first")
    servers.mint("jupyter:here", note="second")
    page = panel_at()
    expect(page.locator(f"{PANEL} {LINK}")).to_have_count(2)
    page.get_by_role("searchbox").focus()
    acts = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        acts.add(page.evaluate("document.activeElement.dataset.act"))
    assert acts >= {"open", "share", "copy", "refresh", "revoke", "auto"}
    row(page, LINK, "second").locator("[data-act=revoke]").focus()
    page.keyboard.press("ArrowDown")
    expect(row(page, LINK, "first").locator("[data-act=revoke]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row(page, LINK, "first")).to_have_count(0)
    page.get_by_role("searchbox").fill("second")
    expect(page.locator(f"{PANEL} {LINK}")).to_have_count(1)
    expect(page.locator(f"{PANEL} {TARGET}")).to_have_count(0)


def test_nothing_is_asked_while_the_panel_is_hidden(servers, panel_at):
    servers.mint("jupyter:there", note="seen")
    page = panel_at()
    expect(row(page, LINK, "seen")).to_be_visible()
    asked = []
    listing = re.compile(r"/nb-presign/api/(links|targets|providers)")
    page.on("request", lambda request: listing.search(request.url) and asked.append(request.url))
    start(page, "application:toggle-left-area")
    expect(page.locator(PANEL)).to_be_hidden()
    # What was on its way then is none of this.
    page.wait_for_timeout(500)
    asked.clear()
    servers.mint("jupyter:there", note="unseen")
    # Longer than anything waits before it asks again.
    page.clock.fast_forward(61_000)
    page.wait_for_timeout(500)
    assert asked == []
    start(page, "nb-presign:show-panel")
    expect(row(page, LINK, "unseen")).to_be_visible()


def test_a_guest_has_no_sidebar(servers, panel_at):
    """Not even who has all rights, as owners have who come to a server of theirs by a link."""
    page = panel_at()
    with page.context.expect_page() as opened:
        press(server_row(page, "there"), "open")
    tab = opened.value
    tab.wait_for_url(f"{servers.there.url}lab**")
    tab.wait_for_selector("#jp-main-dock-panel")
    tab.wait_for_function("window.jupyterapp.restored.then(() => true)")
    (session,) = servers.sessions(servers.there).values()
    assert session["scope"] == "full"
    assert tab.evaluate("window.jupyterapp.hasPlugin('nb_presign:panel')")
    expect(tab.locator(PANEL)).to_have_count(0)
    assert not tab.evaluate("window.jupyterapp.commands.hasCommand('nb-presign:show-panel')")
