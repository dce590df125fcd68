"""The owner sees who is a guest, in JupyterLab and Notebook 7, and ends their sessions."""

import re
import secrets
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect
from support.browser import screenshot
from support.front_ends import NOTEBOOK, PAGES, SIZE, front_ends, wait_for_notebook
from support.visit import Visit, mint

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

COUNT = ".jp-PresignGuestCount-line"
LIST = ".jp-PresignGuests"
NOTICE = ".jp-PresignEnd"
SESSIONS = re.compile(r"/nb-presign/api/sessions\b")
#: Milliseconds in which an end is said that the server tells of: long before JupyterLab asks for
#: anything by itself, ten seconds after the last time.
AT_ONCE = 5_000


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with front_ends(tmp_path_factory.mktemp("owner"), notebook=True) as place:
        yield place


@pytest.fixture
def contexts(place):
    """Browsers that are closed at the end, when nobody is a guest any more."""
    contexts = []
    yield contexts
    for context in contexts:
        context.close()
    with place.server.owner() as owner:
        assert owner.delete("nb-presign/api/sessions").is_success


@pytest.fixture
def owner_at(place, browser, contexts):
    """Let the owner come to a front end in a browser of their own; returns the page."""

    def owner_at(front, **options):
        contexts.append(browser.new_context(viewport=SIZE, **options))
        return come(place, contexts[-1], front)

    return owner_at


@pytest.fixture(scope="module")
def in_lab(place, browser):
    """The owner's page of JupyterLab."""
    context = browser.new_context(viewport=SIZE)
    yield come(place, context, "lab")
    context.close()


def come(place, context, front):
    page = Visit.begin(context).page
    page.goto(f"{place.server.url}{PAGES[front]}{NOTEBOOK}?token={place.server.token}")
    wait_for_notebook(page)
    return page


@pytest.fixture
def guest_at(place, browser, contexts):
    """Let a guest come to JupyterLab; returns the page."""

    def guest_at(guest):
        contexts.append(place.visitor(browser, guest))
        page = contexts[-1].new_page()
        page.goto(place.server.url + PAGES["lab"] + NOTEBOOK)
        wait_for_notebook(page)
        return page

    return guest_at


@dataclass(frozen=True)
class Guest:
    """Who has redeemed a link at the server itself, which tells its owner so."""

    cookie_name: str
    cookie: str


def a_guest(place, scope="read", **terms):
    """Mint a link that is noted with its scope, and redeem it as its landing page does."""
    url = mint(place.server, "jupyter:.", scope=scope, note=scope, session_seconds=3600, **terms)
    body = {"token": url.partition("#")[2], "nonce": secrets.token_urlsafe(16)}
    with place.server.stranger() as stranger:
        origin = {"Origin": place.server.url.rstrip("/")}
        answer = stranger.post("nb-presign/redeem", json=body, headers=origin)
    assert answer.status_code == 200, answer.text
    return Guest(*answer.cookies.popitem())


def live(place):
    """List the notes of those who are guests now."""
    with place.server.owner() as owner:
        sessions = owner.get("nb-presign/api/sessions").json()
    return sorted(session["note"] for session in sessions if session["state"] == "live")


def is_let_in(place, guest):
    """Tell whether the server still knows a guest."""
    cookies = {guest.cookie_name: guest.cookie}
    with place.server.stranger(cookies=cookies) as client:
        return client.get("api/me").is_success


def test_a_guest_is_seen_and_ended(place, in_lab, guest_at):
    expect(in_lab.locator(COUNT)).to_be_hidden()
    guest = a_guest(place, "execute", within=NOTEBOOK)
    page = guest_at(guest)
    see_and_end(place, in_lab, guest, "screenshots/owner-guests-lab")
    expect(page.locator(NOTICE)).to_be_visible(timeout=AT_ONCE)


def test_a_guest_is_seen_and_ended_in_notebook_7(place, owner_at):
    page = owner_at("notebook")
    expect(page.locator(COUNT)).to_be_hidden()
    guest = a_guest(place, "execute", within=NOTEBOOK)
    see_and_end(place, page, guest, "screenshots/owner-guests-notebook")


def see_and_end(place, page, guest, picture):
    """Look at two guests as their owner, and end the stay of the one who may run."""
    expect(page.locator(COUNT)).to_have_text("1 guest")
    other = a_guest(place)
    expect(page.locator(COUNT)).to_have_text("2 guests")
    page.locator(COUNT).click()
    card = page.locator(LIST)
    expect(card.get_by_role("heading")).to_be_focused()
    row = card.get_by_role("listitem").filter(has_text=NOTEBOOK)
    expect(row).to_contain_text("can run · 59 min left · from 127.0.0.1")
    screenshot(page, picture)
    row.get_by_role("button", name="End").click()
    expect(page.locator(COUNT)).to_have_text("1 guest")
    expect(card).to_contain_text("Ended.")
    assert live(place) == ["read"]
    assert not is_let_in(place, guest)
    assert is_let_in(place, other)
    page.keyboard.press("Escape")
    expect(card).not_to_be_visible()


def test_all_guests_are_ended_by_keyboard(place, in_lab, guest_at):
    page = in_lab
    reader = a_guest(place)
    guest = guest_at(a_guest(place, "full"))
    expect(page.locator(COUNT)).to_have_text("2 guests")
    page.locator(COUNT).focus()
    page.keyboard.press("Enter")
    expect(page.locator(LIST)).to_be_visible()
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Really end all?")).to_be_focused()
    assert live(place) == ["full", "read"]
    page.keyboard.press("Enter")
    expect(guest.locator(NOTICE)).to_be_visible(timeout=AT_ONCE)
    assert live(place) == []
    assert not is_let_in(place, reader)
    expect(page.locator(COUNT)).to_be_hidden()
    expect(page.locator(LIST)).to_contain_text("No guests")
    page.keyboard.press("Escape")
    expect(page.locator(LIST)).not_to_be_visible()


@pytest.mark.faults
def test_nothing_is_asked_while_nobody_looks(place, owner_at):
    page = owner_at("lab")
    a_guest(place)
    expect(page.locator(COUNT)).to_have_text("1 guest")
    asked = []
    page.on("request", lambda request: SESSIONS.search(request.url) and asked.append(request.url))
    page.evaluate("""() => {
      const hidden = { value: 'hidden', configurable: true };
      Object.defineProperty(document, 'visibilityState', hidden);
      document.dispatchEvent(new Event('visibilitychange'));
    }""")
    page.wait_for_timeout(12_000)
    assert asked == []
    page.evaluate("""() => {
      delete document.visibilityState;
      document.dispatchEvent(new Event('visibilitychange'));
    }""")
    a_guest(place)
    expect(page.locator(COUNT)).to_have_text("2 guests")


@pytest.mark.faults
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures(place, owner_at, theme):
    a_guest(place)
    a_guest(place, "execute", within=NOTEBOOK)
    page = owner_at("lab", color_scheme=theme)
    expect(page.locator(COUNT)).to_have_text("2 guests")
    page.locator(COUNT).click()
    expect(page.locator(LIST).get_by_role("listitem")).to_have_count(2)
    screenshot(page, f"screenshots/owner-guests-{theme}")
