"""The page's half of the countdown for links of clouds: three clocks, tokens, no taking back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from support.browser import screenshot
from support.countdown_page import answer, clock, mount, open_tab, root, sent, wait_for_look

CLOUD = """target: 'sagemaker:my-instance/lab/tree/analysis.ipynb?region=us-west-2', scope: 'full',
    only: '', revocable: false"""
URL = "http://127.0.0.1:9/followed?authToken=canary"
FACES = {
    "the link first": "credentials_expire_at: Date.now() + 3 * 3600000",
    "credentials first": "credentials_expire_at: Date.now() + 95000",
    "no end known": "note: 'for the review on Friday'",
    "athena": """target: 'athena:0123-session', session_seconds: 0, has_token: true,
        expires_at: Date.now() + 3300000, renew_by: Date.now() + 512000""",
    "credentials ended": "credentials_expire_at: Date.now() - 1000, state: 'expired'",
    "not renewed": """credentials_expire_at: Date.now() - 1000, state: 'failed',
        hint: "Not refreshed. The SSO session of profile 'ml' has ended. Run: aws sso login" """,
    "not taken back": """auto: false, next_refresh_at: null,
        hint: 'Nobody can take it back. It ends by itself at 03:09:05 UTC.'""",
}

pytestmark = pytest.mark.browser


def cloud(more=""):
    return f"{{{CLOUD}, {more}}}"


def firsts(page, view=0):
    return (
        root(page, view)
        .locator(".jp-PresignClock")
        .evaluate_all(
            "all => all.filter((one) => one.innerText.includes('first to end'))"
            ".map((one) => one.dataset.clock)"
        )
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_face_shows_in_both_themes(page, theme):
    page.evaluate("theme => document.body.className = theme", theme)
    for face in FACES.values():
        mount(page, cloud(face), url=URL)
    screenshot(page, f"countdown-clouds-{theme}", selector="#cells")
    states = page.eval_on_selector_all(
        ".jp-PresignCountdown", "all => all.map((one) => one.dataset.state)"
    )
    assert states == ["live", "live", "live", "live", "expired", "expired", "live"]


def test_what_ends_first_counts_and_is_named(page):
    mount(page, cloud("credentials_expire_at: Date.now() + 3 * 3600000"))
    timer = root(page).get_by_role("timer")
    expect(timer).to_have_text("4:33")
    expect(timer).to_have_attribute("aria-label", "Time left 4:33. The link ends first")
    assert firsts(page) == ["link"]
    expect(clock(page, "link")).to_have_text("4:33")
    expect(clock(page, "session")).to_have_text("12 h once opened")
    expect(clock(page, "credentials")).to_have_text("3:00:00")
    page.evaluate("views[0].model.show({credentials_expire_at: Date.now() + 65000})")
    expect(timer).to_have_text("1:05")
    expect(timer).to_have_attribute("aria-label", "Time left 1:05. The credentials end first")
    assert firsts(page) == ["credentials"]
    expect(clock(page, "link")).to_have_text("4:33")


def test_the_end_of_the_credentials_ends_it(page):
    mount(page, cloud("credentials_expire_at: Date.now() + 5000, auto: false"))
    wait_for_look(page)
    page.clock.run_for(6000)
    expect(root(page)).to_have_attribute("data-state", "expired")
    expect(clock(page, "credentials")).to_have_text("ended")
    expect(root(page).get_by_role("status")).to_have_text(
        "The credentials that signed it have ended. Renew them, then refresh it."
    )
    assert firsts(page) == []


def test_a_link_of_our_own_has_no_credentials(page):
    mount(page)
    expect(root(page).locator("[data-clock=credentials]")).to_be_hidden()
    expect(root(page).get_by_role("timer")).to_have_attribute("aria-label", "Time left 4:33")
    expect(root(page).get_by_role("button", name="Copy token")).to_have_count(0)


def test_what_is_not_known_is_said(page):
    mount(page, cloud("session_seconds: 0"))
    expect(clock(page, "session")).to_have_text("as its service decides")
    expect(clock(page, "credentials")).to_have_text("no end known")
    assert firsts(page) == []


def test_the_upstreams_own_date_is_shown_until_it_is_past(page):
    mount(page, cloud("expires_at: Date.now() + 3600000, renew_by: Date.now() + 65000"))
    wait_for_look(page)
    expect(clock(page, "link")).to_have_text("1:00:00 · new one due in 1:05")
    page.clock.run_for(70_000)
    expect(clock(page, "link")).to_have_text("58:50 · new one due")


def test_what_cannot_be_taken_back_has_no_such_button(page):
    mount(page, cloud())
    expect(root(page).get_by_role("button", name="Revoke")).to_have_count(0)
    expect(root(page)).to_contain_text("cannot be taken back, ends by itself")
    page.evaluate("views[0].model.show({revocable: true})")
    expect(root(page).get_by_role("button", name="Revoke", exact=True)).to_have_count(1)


def test_each_copy_is_a_link_of_its_own(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    mount(page, cloud(), url=URL)
    wait_for_look(page)
    answer(page, "copy", ["http://b/?authToken=canary-1", "http://b/?authToken=canary-2"])
    status = root(page).get_by_role("status")
    for number in (1, 2):
        page.evaluate("document.querySelector('[role=status]').textContent = ''")
        root(page).get_by_role("button", name="Copy", exact=True).click()
        expect(status).to_have_text("Copied. Whoever has the link can use it.")
        assert page.evaluate("navigator.clipboard.readText()").endswith(f"canary-{number}")
    assert "canary" not in page.content()


def test_the_followed_link_is_given_out_once_while_the_kernel_computes(page, site):
    mount(page, cloud(), url=site.url + "followed?authToken=canary")
    wait_for_look(page)
    page.evaluate("views[0].model.kernel = undefined")
    tab = open_tab(page)
    page.clock.run_for(1600)
    tab.wait_for_url("**/followed*")
    again = open_tab(page)
    page.clock.run_for(1600)
    if not again.is_closed():
        again.wait_for_event("close")
    expect(root(page).get_by_role("status")).to_contain_text("The kernel is busy")
    root(page).get_by_role("button", name="Copy", exact=True).click()
    page.clock.run_for(1600)
    expect(root(page).get_by_role("status")).to_contain_text("has not arrived yet")
    # A successor is another.
    page.evaluate("""url => {
        const { model } = views[0];
        model.show({id: 'lnk_2'});
        model.tell({tell: 'url', view: model.sent[0].view, id: 'lnk_2', url});
    }""", site.url + "successor?authToken=canary")  # fmt: skip
    tab = open_tab(page)
    page.clock.run_for(1600)
    tab.wait_for_url("**/successor*")
    assert len(site.reached) == 2


def test_an_upstream_that_takes_its_time_is_waited_for(page, site):
    mount(page, cloud(), url=site.url + "followed?authToken=canary")
    wait_for_look(page)
    page.evaluate("""() => {
        const { model } = views[0];
        model.kernel = ({ view, click }) => model.tell({tell: 'heard', view, click});
    }""")
    tab = open_tab(page)
    page.clock.run_for(30_000)
    expect(root(page).get_by_role("status")).to_have_text("Waiting for an answer…")
    assert site.reached == []
    page.evaluate("""url => {
        const { model } = views[0];
        const { view, click } = model.sent.at(-1);
        model.tell({tell: 'secret', view, click, secret: url});
    }""", site.url + "own?authToken=canary")  # fmt: skip
    tab.wait_for_url("**/own*")
    # One that died on the way is given up.
    tab = open_tab(page)
    page.clock.run_for(70_000)
    tab.wait_for_url("**/followed*")


def test_a_token_is_asked_for_by_a_click_and_not_kept(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    mount(page, cloud("has_token: true"), url=URL)
    wait_for_look(page)
    answer(page, "token", ["tok-canary"])
    root(page).get_by_role("button", name="Copy token").focus()
    page.keyboard.press("Enter")
    expect(root(page).get_by_role("status")).to_have_text(
        "Token copied. Whoever has it can use the session."
    )
    assert page.evaluate("navigator.clipboard.readText()") == "tok-canary"
    assert [m["do"] for m in sent(page)] == ["look", "token"]
    assert "canary" not in page.content()


def test_a_token_without_clipboard_is_offered_in_a_field(page):
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    mount(page, cloud("has_token: true"), url=URL)
    wait_for_look(page)
    answer(page, "token", ["tok-canary"])
    root(page).get_by_role("button", name="Copy token").click()
    field = root(page).get_by_role("textbox")
    expect(field).to_be_focused()
    assert field.input_value() == "tok-canary"
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    expect(root(page).get_by_role("button", name="Copy token")).to_be_focused()


def test_a_token_that_does_not_come_is_said(page):
    mount(page, cloud("has_token: true"), url=URL)
    wait_for_look(page)
    root(page).get_by_role("button", name="Copy token").click()
    page.clock.run_for(1600)
    expect(root(page).get_by_role("status")).to_contain_text("the token has not arrived yet")


def test_the_clocks_stand_in_one_line_where_there_is_room(page):
    mount(page, cloud("credentials_expire_at: Date.now() + 3 * 3600000"))
    tops = root(page).locator(".jp-PresignClock").evaluate_all(
        "all => all.map((one) => Math.round(one.getBoundingClientRect().bottom))"
    )  # fmt: skip
    assert len(tops) == 3
    assert max(tops) - min(tops) < 10


def test_a_narrow_cell_wraps_the_clocks(page):
    mount(page, cloud("has_token: true, credentials_expire_at: Date.now() + 95000"), width="230px")
    assert root(page).evaluate("(one) => one.scrollWidth <= one.clientWidth")
    screenshot(page, "countdown-clouds-narrow", selector="#cells")
