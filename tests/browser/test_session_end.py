"""A guest's last minutes, the end, and what is there afterwards, in JupyterLab and Notebook 7."""

import json
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from support.browser import screenshot
from support.front_ends import (
    NOTEBOOK,
    PAGES,
    front_ends,
    type_into_notebook,
    wait_for_kernel,
    wait_for_notebook,
)
from support.visit import Visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

STATUS = ".jp-PresignGuestStatus-line"
NOTICE = ".jp-PresignEnd"
WARNING = ".jp-PresignLastMinutes"
#: A machine whose clock is two hours fast.
TWO_HOURS_AHEAD = """
  const [now, origin, ahead] = [Date.now, performance.timeOrigin, 2 * 3600e3];
  Date.now = () => now() + ahead;
  Object.defineProperty(performance, 'timeOrigin', { value: origin + ahead });
"""
SOON = timedelta(minutes=3, seconds=30)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with front_ends(tmp_path_factory.mktemp("end"), everything=True) as place:
        yield place


@pytest.fixture
def come(place, browser):
    """Let a guest come to a front end; returns the visit."""
    contexts = []

    def come(guest, front="lab", script="", **options):
        context = place.visitor(browser, guest, **options)
        contexts.append(context)
        context.add_init_script(script)
        visit = Visit.begin(context)
        visit.page.goto(place.server.url + PAGES[front] + NOTEBOOK)
        wait_for_notebook(visit.page)
        return visit

    yield come
    for context in contexts:
        context.close()


@pytest.mark.parametrize("front", PAGES)
def test_the_end_is_said_once_and_nothing_is_lost(place, come, front):
    guest = place.guest("execute")
    visit = come(guest, front)
    page = visit.page
    wait_for_kernel(page)
    expect(page.locator(STATUS)).to_have_text("Guest · can run · 59 min left")
    type_into_notebook(page, "# Not saved anywhere")
    place.host.revoke(guest)
    expect(page.locator(NOTICE)).to_be_visible(timeout=2000)
    expect(page.locator(NOTICE)).to_contain_text("The server has ended it before its time.")
    screenshot(page, f"screenshots/end-{front}")
    with page.expect_download() as kept:
        page.get_by_role("button", name=f"Download {NOTEBOOK}").click()
    content = json.loads(kept.value.path().read_text())
    assert content["cells"][0]["source"] == "# Not saved anywhere"
    assert kept.value.suggested_filename == NOTEBOOK
    stay_quiet(visit)
    page.get_by_role("button", name="Look at the page").click()
    expect(page.locator(NOTICE)).not_to_be_visible()
    expect(page.locator(STATUS)).to_have_text("Guest · can run · session ended")
    page.locator(STATUS).click()
    expect(page.locator(NOTICE)).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    page.remove_listener("dialog", visit.hear_dialog)
    page.get_by_role("button", name="Try again").click()
    expect(page).to_have_title("Your guest session has ended")


def stay_quiet(visit, seconds=6):
    """Look on: nothing more is asked of the server, and nothing but our notice is in the way."""
    asked = []
    visit.page.on("request", lambda request: asked.append(request.url))
    sockets = len(visit.sockets)
    visit.stay(seconds)
    assert [url for url in asked if not url.startswith("blob:")] == []
    assert len(visit.sockets) == sockets
    assert visit.intrusions == []


def test_time_runs_out_without_the_server(place, come):
    visit = come(place.guest(left=timedelta(seconds=12)), script=TWO_HOURS_AHEAD)
    page = visit.page
    expect(page.locator(NOTICE)).to_contain_text("Its time is over.", timeout=15_000)
    expect(page.locator(NOTICE)).to_contain_text("Nothing on this page is unsaved.")
    stay_quiet(visit, 3)
    page.reload()
    expect(page).to_have_title("Your guest session has ended")
    assert "/nb-presign/ended" in page.url


@pytest.mark.parametrize("front", ["lab", pytest.param("notebook", marks=pytest.mark.faults)])
def test_the_last_minutes_are_announced_and_what_is_unsaved_is_saved(place, come, front):
    visit = come(place.guest("execute", left=SOON), front)
    page = visit.page
    warning = page.locator(WARNING)
    expect(warning).to_contain_text("Your guest session ends at ")
    expect(page.locator(STATUS)).to_have_text("Guest · can run · 3 min left")
    screenshot(page, f"screenshots/last-minutes-{front}")
    warning.get_by_role("button", name="Dismiss").click()
    expect(warning).not_to_be_visible()
    wait_for_kernel(page)
    words = f"# Saved in the last minutes from {front}"
    type_into_notebook(page, words)
    page.locator(STATUS).click()
    if page.evaluate("window.jupyterapp.shell.currentWidget.context.model.dirty"):
        warning.get_by_role("button", name="Save").click()
        expect(warning).to_contain_text("Saved.")
    page.wait_for_timeout(1500)
    assert words in (place.server.root / NOTEBOOK).read_text()


@pytest.mark.faults
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures(place, come, theme):
    guest = place.guest("execute", left=SOON)
    page = come(guest, color_scheme=theme).page
    is_light = str(theme == "light").lower()
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", is_light)
    wait_for_kernel(page)
    screenshot(page, f"screenshots/guest-last-minutes-{theme}")
    place.host.revoke(guest)
    expect(page.locator(NOTICE)).to_be_visible(timeout=2000)
    screenshot(page, f"screenshots/guest-end-{theme}")
