"""The landing page in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from support.browser import chromium, screenshot

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def tab(browser):
    """A tab for one page after another: a new one would take twice the time."""
    context = browser.new_context(viewport={"width": 900, "height": 640})
    yield context.new_page()
    context.close()


@pytest.fixture
def page(tab):
    """The page of somebody who was never here; a complaint in its console is a failure."""
    complaints = []

    def hear_error(error):
        complaints.append(str(error))

    def hear(message):
        if message.type in {"error", "warning"} and "Failed to load" not in message.text:
            complaints.append(message.text)

    tab.goto("about:blank")
    tab.context.clear_cookies()
    tab.on("pageerror", hear_error)
    tab.on("console", hear)
    yield tab
    tab.unroute_all()
    tab.remove_listener("pageerror", hear_error)
    tab.remove_listener("console", hear)
    tab.emulate_media(color_scheme="light")
    assert complaints == []


def posts_to(page, respond):
    """Let a function answer what the page posts."""
    page.route(
        "**/nb-presign/redeem",
        lambda route: respond(route) if route.request.method == "POST" else route.continue_(),
    )


def uses(owner, link):
    return owner.get(f"nb-presign/api/links/{link['id']}").json()["uses"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_waits_for_the_button_and_hides_the_token(page, mint, owner, server, theme):
    link = mint(max_uses=1, path="lab/tree/a.ipynb")
    page.emulate_media(color_scheme=theme)
    before = page.evaluate("history.length")
    page.goto(link["url"])
    expect(page.get_by_role("button", name="Open notebook")).to_be_visible()
    expect(page.get_by_text("starts a guest session")).to_be_visible()
    assert page.url == server.url + "nb-presign/redeem"
    # The address with the token is not among those that one can go back to.
    assert page.evaluate("history.length") <= before + 1
    assert link["url"].partition("#")[2] not in page.content()
    assert uses(owner, link) == 0
    screenshot(page, f"landing-ready-{theme}")


def test_the_keyboard_opens_the_notebook_for_a_guest(page, mint, owner, server):
    link = mint(max_uses=1, path="lab/tree/a.ipynb", scope="read")
    page.goto(link["url"])
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(server.url + "lab/tree/a.ipynb", wait_until="commit")
    assert uses(owner, link) == 1
    names = [c["name"] for c in page.context.cookies() if c["httpOnly"]]
    assert any(name.startswith("nb-presign-") for name in names)


def test_the_query_form_of_a_link_works_too(page, mint, server):
    base, _, token = mint(path="lab/tree/a.ipynb")["url"].partition("#")
    page.goto(f"{base}?authToken={token}")
    assert page.url == server.url + "nb-presign/redeem"
    page.get_by_role("button", name="Open notebook").click()
    page.wait_for_url(server.url + "lab/tree/a.ipynb", wait_until="commit")


def test_an_interactive_link_goes_on_by_itself(page, mint, server):
    page.goto(mint(interactive=True, path="lab/tree/a.ipynb")["url"], wait_until="commit")
    page.wait_for_url(server.url + "lab/tree/a.ipynb", wait_until="commit")


def test_a_lost_answer_is_asked_for_again_and_paid_for_once(page, mint, owner, server):
    link = mint(max_uses=1, path="lab/tree/a.ipynb")
    bodies = []

    def lose_the_first_answer(route):
        bodies.append(route.request.post_data_json)
        if len(bodies) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    posts_to(page, lose_the_first_answer)
    page.goto(link["url"])
    page.get_by_role("button", name="Open notebook").click()
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_focused()
    expect(page.get_by_role("heading")).to_have_text("No answer from the server")
    screenshot(page, "landing-away-light")
    again.click()
    page.wait_for_url(server.url + "lab/tree/a.ipynb", wait_until="commit")
    assert bodies[0] == bodies[1]
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", bodies[0]["nonce"])
    assert uses(owner, link) == 1


def test_pressing_twice_asks_once(page, mint):
    held = []
    posts_to(page, held.append)
    page.goto(mint()["url"])
    button = page.locator("#open")
    button.dblclick()
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_role("heading")).to_have_text("Opening the notebook…")
    assert len(held) == 1
    held[0].abort()


@pytest.mark.parametrize(
    ("code", "status", "title"),
    [
        ("link-expired", 410, "This link has expired"),
        ("link-used-up", 410, "This link has been used"),
        ("link-revoked", 410, "This link was taken back"),
        ("link-not-found", 404, "This link is not valid"),
        ("not-allowed", 403, "Not from here"),
        ("rate-limited", 429, "Too many attempts"),
        ("store-unavailable", 503, "The server cannot open links now"),
        ("self-hosting-off", 503, "This server opens no links"),
        ("constructor", 500, "The server cannot open links now"),
    ],
)
def test_each_refusal_is_told_in_words(page, mint, code, status, title):
    posts_to(page, lambda route: route.fulfill(status=status, json={"code": code}))
    page.goto(mint()["url"])
    page.get_by_role("button", name="Open notebook").click()
    expect(page.get_by_role("heading")).to_have_text(title)
    assert page.title() == title


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n\\evil.example",
        "//",
        "javascript:1",
        "lab",
        "",
        7,
        ["/lab"],
        None,
    ],
)
def test_the_page_goes_nowhere_but_to_this_server(page, mint, server, location):
    posts_to(page, lambda route: route.fulfill(json={"location": location}))
    page.goto(mint()["url"])
    page.get_by_role("button", name="Open notebook").click()
    expect(page.get_by_role("heading")).to_have_text("The server cannot open links now")
    assert page.url == server.url + "nb-presign/redeem"


def test_a_revoked_link_is_told_by_the_real_server(page, mint, owner):
    link = mint()
    page.goto(link["url"])
    owner.delete(f"nb-presign/api/links/{link['id']}")
    page.get_by_role("button", name="Open notebook").click()
    expect(page.get_by_role("heading")).to_have_text("This link was taken back")
    expect(page.get_by_role("button")).to_have_count(0)


def test_without_a_token_the_page_says_so(page, server):
    page.goto(server.url + "nb-presign/redeem")
    expect(page.get_by_role("heading")).to_have_text("There is no link here")


def test_another_link_in_the_same_tab_is_taken(page, mint, server):
    page.goto(server.url + "nb-presign/redeem")
    link = mint(path="lab/tree/a.ipynb")
    page.evaluate("url => { location.href = url }", link["url"])
    page.get_by_role("button", name="Open notebook").click()
    page.wait_for_url(server.url + "lab/tree/a.ipynb", wait_until="commit")


def test_without_javascript_the_page_says_what_is_needed(browser, mint):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(mint()["url"])
    assert "needs JavaScript" in page.content()
    expect(page.locator("button")).to_be_hidden()
    context.close()


def test_a_link_on_another_site_is_asked_about_and_then_opened(browser, server):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server.url}tree?token={server.token}")
    elsewhere = "http://elsewhere.example/"
    opening = server.url + "nb-presign/open?target=jupyter:./lab/tree/a.ipynb"
    page.route(
        elsewhere,
        lambda route: route.fulfill(content_type="text/html", body=f'<a href="{opening}">x</a>'),
    )
    page.goto(elsewhere)
    page.get_by_role("link").click()
    expect(page.get_by_role("heading")).to_have_text("Open this with your access?")
    screenshot(page, "opening-confirm-light")
    page.get_by_role("button", name="Open").click()
    page.wait_for_url(server.url + "lab/tree/a.ipynb", wait_until="commit")
    assert not [c for c in context.cookies() if c["name"].startswith("nb-presign-")]
    context.close()
