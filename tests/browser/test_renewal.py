"""Before a session ends: the warning where it was opened, and tabs that go on after a renewal."""

import re
from datetime import timedelta

import pytest
from playground import write_notebook
from playwright.sync_api import expect
from support.browser import screenshot
from support.front_ends import (
    NOTEBOOK,
    PAGES,
    SIZE,
    front_ends,
    type_into_notebook,
    wait_for_kernel,
    wait_for_notebook,
)
from support.neighbours import neighbours
from support.visit import Visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

STATUS = ".jp-PresignGuestStatus-line"
NOTICE = ".jp-PresignEnd"
LINK = "[the training](presign:jupyter:training/lab/tree/training.ipynb)"


def channels(visit):
    """The sockets to kernels that a page has opened so far."""
    return [socket for socket in visit.sockets if "/channels" in socket.url]


def test_after_a_renewal_the_first_tab_goes_on(tmp_path, browser):
    with front_ends(tmp_path, everything=False) as place:
        context = place.visitor(browser, place.guest("execute", left=timedelta(seconds=40)))
        visit = Visit.begin(context)
        first = visit.page
        first.goto(place.server.url + PAGES["lab"] + NOTEBOOK)
        wait_for_kernel(first)
        type_into_notebook(first, "# Typed before the end")
        renewed = place.guest("execute")
        cookie = {"name": renewed.cookie_name, "value": renewed.cookie, "url": place.server.url}
        context.add_cookies([cookie])
        second = Visit.begin(context).page
        second.goto(place.server.url + PAGES["lab"] + NOTEBOOK)
        expect(first.locator(STATUS)).to_have_text(re.compile("5[0-9] min left"), timeout=30_000)
        first.bring_to_front()
        # The first session ends now: the server cuts its sockets, and the page connects again.
        (cut,) = channels(visit)
        for _ in range(60):
            if len(channels(visit)) > 1:
                break
            first.wait_for_timeout(1000)
        assert cut.is_closed()
        kernel = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        first.wait_for_function(f"{kernel}.connectionStatus === 'connected'")
        assert first.evaluate(f"{kernel}.id") == place.kernel_id
        expect(first.locator(NOTICE)).to_have_count(0)
        first.evaluate("window.jupyterapp.shell.currentWidget.context.save()")
        assert "# Typed before the end" in (place.server.root / NOTEBOOK).read_text()
        context.close()


def test_the_end_is_announced_where_it_was_opened_and_renewed(tmp_path, browser):
    with neighbours(tmp_path) as place:
        write_notebook(place.analysis.root / "a.ipynb", [("markdown", LINK)])
        context = browser.new_context(viewport=SIZE)
        page = Visit.begin(context).page
        page.clock.install()
        page.goto(f"{place.analysis.url}lab/tree/a.ipynb?token={place.analysis.token}")
        wait_for_notebook(page)
        with context.expect_page() as opened:
            page.get_by_role("link", name="the training").click()
        opened.value.wait_for_url(re.compile("/lab/tree/training.ipynb"))
        page.clock.fast_forward("11:56:00")
        warning = page.get_by_text("Your session on jupyter:training ends at")
        expect(warning).to_be_visible()
        screenshot(page, "screenshots/session-ends")
        with context.expect_page() as renewed:
            page.get_by_role("button", name="Renew").click()
        renewed.value.wait_for_url(re.compile("/lab/tree/training.ipynb"))
        expect(warning).to_have_count(0)
        # Not closed here: half a day at once keeps its pages busy for long, and closing would wait.
