"""The page's half of the countdown in a real browser, with the kernel's half played by the test."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from support.browser import screenshot
from support.countdown_page import URL, clock, mount, open_tab, root, sent, wait_for_look

NO_TIME = "\N{EN DASH}"
FACES = {
    "live": "{note: 'for the review on Friday', max_uses: 3}",
    "soon": "{created_at: Date.now() - 269000, expires_at: Date.now() + 31000}",
    "refreshing": "{state: 'refreshing', expires_at: Date.now() + 60000}",
    "expired": "{state: 'expired', expires_at: Date.now() - 1000, auto: false}",
    "revoked": "{state: 'revoked', auto: false}",
    "failed": "{state: 'failed', hint: 'Not refreshed. gpu-box does not answer. Start it.'}",
    "stale": "{}",
}

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_state_shows_in_both_themes(page, theme):
    page.evaluate("theme => document.body.className = theme", theme)
    for number, (name, face) in enumerate(FACES.items()):
        mount(page, face)
        if name in ("expired", "failed"):  # as it happens, with the hint that comes with it
            page.evaluate(f"views[{number}].model.show({{state: 'live', hint: ''}})")
            page.evaluate(f"views[{number}].model.show(face({face}))")
        if name == "stale":
            page.evaluate(f"views[{number}].model.disconnect()")
    states = page.eval_on_selector_all(
        ".jp-PresignCountdown", "all => all.map((one) => one.dataset.state)"
    )
    assert states == ["live", "live", "refreshing", "expired", "revoked", "failed", "stale"]
    screenshot(page, f"countdown-states-{theme}", selector="#cells")
    for button in ("Open", "Copy", "Refresh", "Revoke"):
        assert (
            page.get_by_role("button", name=button, exact=True).count() == 5
        )  # not where it is over


def test_it_says_where_it_leads_and_what_it_allows(page):
    mount(page, "{note: 'for Ada', max_uses: 1, addresses: 2}")
    expect(root(page)).to_contain_text("jupyter:gpu-box/lab/tree/analysis.ipynb")
    expect(root(page)).to_contain_text(
        "Whoever opens it can read and run this notebook · works once · from 2 address blocks only"
    )
    expect(clock(page, "session")).to_have_text("12 h once opened")
    expect(root(page)).to_contain_text("Note: for Ada")
    expect(root(page)).to_contain_text("lnk_3f9a1c2b4d5e6f70")


def test_text_of_the_kernel_is_never_html(page):
    evil = "'<img src=x onerror=alert(1)>'"
    mount(page, f"{{note: {evil}, target: {evil}, hint: {evil}, id: {evil}, scope: {evil}}}")
    assert page.locator(".jp-PresignCountdown img").count() == 0


def test_the_time_counts_down_and_expires_by_itself(page):
    mount(page, "{expires_at: Date.now() + 65000}")
    wait_for_look(page)
    timer = root(page).get_by_role("timer")
    expect(timer).to_have_text("1:05")
    page.clock.run_for(5000)
    expect(timer).to_have_text("1:00")
    page.clock.run_for(61_000)
    expect(timer).to_have_text(NO_TIME)
    expect(root(page)).to_have_attribute("data-state", "expired")
    expect(root(page).get_by_role("status")).to_contain_text("Waiting for the kernel.")
    page.evaluate("views[0].model.show({state: 'expired', auto: false})")
    expect(root(page).get_by_role("status")).to_have_text("Refresh it to use it again.")
    assert root(page).get_by_role("button", name="Copy").is_disabled()


def test_the_kernels_clock_counts_and_not_the_browsers(page):
    mount(
        page, "{now: Date.now() + 3600000, expires_at: Date.now() + 3600000 + 65000}", kernel=False
    )
    expect(root(page).get_by_role("timer")).to_have_text("1:05")


def test_a_late_first_message_is_corrected_by_the_answer_to_a_look(page):
    # Sent a minute before the page came to it, as after a sleep.
    mount(page, "{now: Date.now() - 60000, expires_at: Date.now() + 65000}")
    wait_for_look(page)
    expect(root(page).get_by_role("timer")).to_have_text("1:05")


def test_a_jump_of_time_shows_the_right_time_at_the_next_tick(page):
    mount(page, "{expires_at: Date.now() + 200000}")
    wait_for_look(page)
    page.clock.fast_forward(100_000)  # timers fire at most once, as after a sleep
    expect(root(page).get_by_role("timer")).to_have_text("1:40")


def test_the_timer_is_one_for_all_and_stops_when_hidden(page):
    for _ in range(5):
        mount(page)
    wait_for_look(page, 4)
    ticker = "globalThis[Symbol.for('nb_presign.ticker.1')].running"
    assert page.evaluate(ticker) is True
    hide = """(state) => {
        Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    page.evaluate(hide, "hidden")
    assert page.evaluate(ticker) is False
    assert [m["visible"] for m in sent(page) if m["do"] == "look"] == [True, False]
    page.clock.fast_forward(30_000)
    page.evaluate(hide, "visible")
    expect(root(page).get_by_role("timer")).to_have_text("4:03")
    assert [m["visible"] for m in sent(page) if m["do"] == "look"] == [True, False, True]
    page.evaluate("views.forEach((view) => view.close())")
    assert page.evaluate(ticker) is False
    assert sent(page)[-1]["visible"] is False
    assert page.locator(".jp-PresignCountdown").count() == 0


def test_a_view_out_of_sight_is_reported(page):
    mount(page)
    wait_for_look(page)
    page.evaluate("views[0].el.style.display = 'none'")
    page.wait_for_function("views[0].model.sent.at(-1).visible === false")


def test_the_url_is_nowhere_in_the_document(page):
    mount(page)
    page.wait_for_function("views[0].model.sent.length")
    assert "canary" not in page.content()
    assert "canary" not in page.evaluate("JSON.stringify([views[0].model.face, {...localStorage}])")


def test_copy_puts_the_url_into_the_clipboard(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    mount(page)
    wait_for_look(page)
    root(page).get_by_role("button", name="Copy").click()
    expect(root(page).get_by_role("status")).to_contain_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == URL


def test_copy_without_clipboard_offers_a_field_that_goes_away(page):
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    mount(page)
    wait_for_look(page)
    root(page).get_by_role("button", name="Copy").click()
    field = root(page).get_by_role("textbox")
    expect(field).to_be_focused()
    assert field.input_value() == URL
    assert page.evaluate("document.getSelection().toString()") == URL
    assert "canary" not in page.content()
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    expect(root(page).get_by_role("button", name="Copy")).to_be_focused()


def test_copy_works_while_the_kernel_computes(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    mount(page)
    wait_for_look(page)
    page.evaluate("views[0].model.kernel = undefined")
    root(page).get_by_role("button", name="Copy").click()
    expect(root(page).get_by_role("status")).to_contain_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == URL


def test_copy_without_a_url_yet_says_that_the_kernel_is_busy(page):
    mount(page, kernel=False)
    wait_for_look(page)
    root(page).get_by_role("button", name="Copy").click()
    page.clock.run_for(1600)
    expect(root(page).get_by_role("status")).to_contain_text("The kernel is busy")


def test_open_leads_a_new_tab_to_a_link_of_its_own(page, site):
    mount(page)
    page.evaluate("""url => {
        const { model } = views[0];
        model.kernel = ({ do: wish, view, click }) =>
            wish === 'open' && model.tell({tell: 'secret', view, click, secret: url});
    }""", site.url + "fresh#nbo1.canary")  # fmt: skip
    tab = open_tab(page)
    tab.wait_for_url("**/fresh*")
    assert tab.evaluate("window.opener") is None
    assert tab.evaluate("location.hash") == "#nbo1.canary"
    assert site.reached == [{"path": "/fresh", "referer": None}]
    assert "canary" not in page.content()


def test_open_falls_back_to_the_followed_link_while_the_kernel_computes(page, site):
    mount(page, url=site.url + "followed#nbp1.canary")
    wait_for_look(page)
    page.evaluate("views[0].model.kernel = undefined")
    tab = open_tab(page)
    page.clock.run_for(1600)
    tab.wait_for_url("**/followed*")
    assert [hit["path"] for hit in site.reached] == ["/followed"]


def test_open_without_any_url_closes_the_tab_and_says_why(page):
    mount(page, kernel=False)
    tab = open_tab(page)
    with tab.expect_event("close"):
        page.clock.run_for(1600)
    expect(root(page).get_by_role("status")).to_contain_text("The kernel is busy")


def test_open_refused_by_the_kernel_says_why_where_the_link_is_over(page):
    mount(page, "{expires_at: Date.now() - 1}")
    page.evaluate("""() => {
        const { model } = views[0];
        model.kernel = (m) => m.do === 'open' && model.tell(
            {tell: 'trouble', view: m.view, click: m.click, text: 'gpu-box does not answer.'});
    }""")  # fmt: skip
    tab = open_tab(page)
    if not tab.is_closed():
        tab.wait_for_event("close")
    expect(root(page).get_by_role("status")).to_have_text("gpu-box does not answer.")


def test_an_address_that_is_no_web_page_is_not_opened(page):
    mount(page)
    page.evaluate("""() => {
        const { model } = views[0];
        model.kernel = (m) => m.do === 'open' && model.tell(
            {tell: 'secret', view: m.view, click: m.click, secret: 'javascript:alert(1)'});
    }""")  # fmt: skip
    tab = open_tab(page)
    if not tab.is_closed():
        tab.wait_for_event("close")


def test_messages_for_another_view_are_passed_over(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    mount(page)
    wait_for_look(page)
    page.evaluate(
        "views[0].model.tell({tell: 'url', view: 'other', id: 'lnk', url: 'http://wrong/'})"
    )
    root(page).get_by_role("button", name="Copy").click()
    expect(root(page).get_by_role("status")).to_contain_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == URL


def test_a_revoked_link_is_forgotten(page):
    mount(page)
    wait_for_look(page)
    page.evaluate("views[0].model.show({state: 'revoked'})")
    expect(root(page)).to_have_attribute("data-state", "revoked")
    expect(root(page).get_by_role("status")).to_contain_text("its sessions have ended")
    assert root(page).get_by_role("button").count() == 0


def test_revoke_asks_in_place_and_works_by_keyboard(page):
    mount(page)
    wait_for_look(page)
    revoke = root(page).get_by_role("button", name="Revoke", exact=True)
    revoke.focus()
    page.keyboard.press("Enter")
    expect(root(page).get_by_role("button", name="Keep")).to_be_focused()
    screenshot(page, "countdown-revoke", selector="#cells")
    page.keyboard.press("Escape")
    expect(revoke).to_be_focused()
    assert not [m for m in sent(page) if m["do"] == "revoke"]
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert [m["do"] for m in sent(page)][-1] == "revoke"
    page.clock.run_for(1600)
    expect(root(page).get_by_role("status")).to_contain_text("The kernel is busy")


def test_tab_goes_through_all_controls_in_order_with_a_visible_focus(page):
    mount(page)
    wait_for_look(page)
    names, outlines = [], []
    for _ in range(5):
        page.keyboard.press("Tab")
        names.append(
            page.evaluate("document.activeElement.textContent || document.activeElement.type")
        )
        outlines.append(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
    assert names == ["Open", "Copy", "Refresh", "Revoke", "checkbox"]
    assert set(outlines) == {"solid"}


def test_no_control_gives_its_keys_to_the_notebooks_shortcuts(page):
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    mount(page)
    wait_for_look(page)
    root(page).get_by_role("button", name="Copy").click()
    controls = root(page).locator("button, input")
    assert controls.count() == 9
    for control in controls.all():
        assert control.get_attribute("data-lm-suppress-shortcuts") == "true"


def test_the_switch_and_refresh_are_asked_of_the_kernel(page):
    mount(page)
    wait_for_look(page)
    root(page).get_by_role("checkbox", name="Refresh automatically").uncheck()
    assert (sent(page)[-1]["do"], sent(page)[-1]["on"]) == ("auto", False)
    root(page).get_by_role("button", name="Refresh").click()
    assert sent(page)[-1]["do"] == "refresh"
    page.evaluate("""() => {
        const { model } = views[0];
        const { view, click } = model.sent.at(-1);
        model.tell({tell: 'trouble', view, click, text: 'Not now.'});
    }""")  # fmt: skip
    expect(root(page).get_by_role("status")).to_have_text("Not now.")


def test_only_changes_of_state_are_announced(page):
    mount(page)
    wait_for_look(page)
    expect(root(page).get_by_role("timer")).to_have_attribute("aria-live", "off")
    page.evaluate("""() => {
        window.said = [];
        const status = document.querySelector('[role=status]');
        const note = () => said.push(status.textContent);
        new MutationObserver(note).observe(status, {childList: true});
    }""")  # fmt: skip
    page.clock.run_for(20_000)
    assert page.evaluate("said") == []
    page.evaluate("views[0].model.show({state: 'failed', hint: 'b does not answer.'})")
    assert page.evaluate("said") == ["b does not answer."]


def test_a_notebook_without_its_kernel_asks_to_run_the_cell_again(page):
    page.evaluate("""() => {
        const model = new FakeModel(face());
        model.comm_live = undefined; // anywidget's proxy does not tell
        const cell = document.createElement('div');
        cell.className = 'jupyter-widgets-disconnected';
        document.querySelector('#cells').append(cell);
        mount(model);
        cell.append(views[0].el);
    }""")  # fmt: skip
    page.clock.run_for(400_000)  # by now the saved times are long past
    page.evaluate("views[0].model.trigger('comm_live_update')")
    expect(root(page)).to_have_attribute("data-state", "stale")
    expect(root(page).get_by_role("status")).to_have_text("Run the cell again to get a link.")
    expect(root(page).get_by_role("timer")).to_have_text(NO_TIME)
    assert root(page).get_by_role("button").count() == 0


def test_a_kernel_that_does_not_answer_is_waited_for(page):
    mount(page, kernel=False)
    wait_for_look(page)
    page.clock.run_for(4100)
    expect(root(page).get_by_role("status")).to_contain_text("Waiting for the kernel.")
    page.evaluate(
        "views[0].model.tell({tell: 'url', view: views[0].model.sent[0].view, id: 'x', url: ''})"
    )
    expect(root(page).get_by_role("status")).to_have_text("")


def test_a_refresh_that_does_not_come_shows_that_the_kernel_is_gone(page):
    mount(page)
    wait_for_look(page)
    page.clock.run_for(182_000)
    expect(root(page).get_by_role("status")).to_have_text("")
    page.clock.run_for(15_000)
    expect(root(page).get_by_role("status")).to_contain_text("If it was shut down, run the cell")
    page.evaluate("views[0].model.show({next_refresh_at: Date.now() + 60000})")
    expect(root(page).get_by_role("status")).to_have_text("")


def test_a_narrow_cell_wraps(page):
    mount(page, "{note: 'a'.repeat(200)}", width="230px")
    fits = "(one) => one.scrollWidth <= one.clientWidth"
    assert root(page).evaluate(fits)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    screenshot(page, "countdown-narrow", selector="#cells")


def test_reduced_motion_holds_still(page):
    page.emulate_media(reduced_motion="reduce")
    mount(page, "{state: 'refreshing'}")
    hand = page.locator(".jp-PresignRing-hand")
    assert hand.evaluate("(one) => getComputedStyle(one).animationName") == "none"
    assert hand.evaluate("(one) => getComputedStyle(one).transitionDuration") == "0s"


def test_strings_can_be_translated(page):
    page.evaluate("countdown.setText({open: 'Öffnen', live: 'Gültig'})")
    mount(page)
    expect(root(page)).to_contain_text("Öffnen")
    expect(root(page)).to_contain_text("Gültig")
