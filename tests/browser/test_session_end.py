"""A guest's last minutes, the end, what is there afterwards, and how a renewal puts it off."""

import json
import re
from datetime import datetime, timedelta, timezone

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
from support.servers import World, jupyter_server
from support.visit import Visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

STATUS = ".jp-PresignGuestStatus-line"
NOTICE = ".jp-PresignEnd"
WARNING = ".jp-PresignLastMinutes"
SOON = timedelta(minutes=3, seconds=50)
#: Milliseconds in which an end is said that the server tells of: long before JupyterLab asks for
#: anything by itself, ten seconds after the last time.
AT_ONCE = 5_000
LINK = "[the training](presign:jupyter:training/lab/tree/training.ipynb)"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("end")


@pytest.fixture(scope="module")
def place(home):
    with front_ends(home, notebook=True) as place:
        yield place


@pytest.fixture
def come(place, browser):
    """Let a guest come to a front end; returns the visit, whose clock can be turned."""
    contexts = []

    def come(guest, front="lab", *, ahead=timedelta(), **options):
        context = place.visitor(browser, guest, **options)
        contexts.append(context)
        context.clock.install(time=datetime.now(timezone.utc) + ahead)
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
    expect(page.locator(STATUS)).to_have_text(re.compile("^Guest · can run · 5[89] min left$"))
    type_into_notebook(page, "# Not saved anywhere")
    place.host.revoke(guest)
    expect(page.locator(NOTICE)).to_be_visible(timeout=AT_ONCE)
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


def stay_quiet(visit):
    """Look on: nothing more is asked of the server, and nothing but our notice is in the way."""
    asked = []
    visit.page.on("request", lambda request: asked.append(request.url))
    sockets = len(visit.sockets)
    # What would be asked now and then is asked when its time has come, which is turned on.
    for _ in range(3):
        visit.stay(1)
        visit.page.clock.fast_forward("00:20")
    visit.look()
    assert [url for url in asked if not url.startswith("blob:")] == []
    assert len(visit.sockets) == sockets
    assert visit.intrusions == []


@pytest.mark.parametrize("front", ["lab", pytest.param("notebook", marks=pytest.mark.faults)])
def test_the_last_minutes_are_announced_what_is_unsaved_is_saved_and_time_runs_out(
    place, come, front
):
    guest = place.guest("execute", left=SOON)
    # This machine's clock is two hours fast.
    visit = come(guest, front, ahead=timedelta(hours=2))
    page = visit.page
    warning = page.locator(WARNING)
    expect(warning).to_contain_text("Your guest session ends at ")
    expect(page.locator(STATUS)).to_have_text(re.compile("^Guest · can run · [23] min left$"))
    screenshot(page, f"screenshots/last-minutes-{front}")
    warning.get_by_role("button", name="Dismiss").click()
    expect(warning).not_to_be_visible()
    wait_for_kernel(page)
    words = f"# Saved in the last minutes from {front}"
    type_into_notebook(page, words)
    page.locator(STATUS).click()
    warning.get_by_role("button", name="Save").click()
    expect(warning).to_contain_text("Saved.")
    assert words in (place.server.root / NOTEBOOK).read_text()
    # The page knows when it is over, whatever the server says.
    page.clock.fast_forward("04:00")
    expect(page.locator(NOTICE)).to_contain_text("Its time is over.")
    expect(page.locator(NOTICE)).to_contain_text("Nothing on this page is unsaved.")
    stay_quiet(visit)
    place.host.run_out(guest)
    page.reload()
    expect(page).to_have_title("Your guest session has ended")
    assert "/nb-presign/ended" in page.url


def channels(visit):
    """The sockets to kernels that a page has opened so far."""
    return [socket for socket in visit.sockets if "/channels" in socket.url]


def test_after_a_renewal_the_first_tab_goes_on(place, come):
    guest = place.guest("execute", left=SOON)
    visit = come(guest)
    first = visit.page
    wait_for_kernel(first)
    expect(first.locator(STATUS)).to_have_text(re.compile("[23] min left"))
    type_into_notebook(first, "# Typed before the end")
    renewed = place.guest("execute")
    cookie = {"name": renewed.cookie_name, "value": renewed.cookie, "url": place.server.url}
    first.context.add_cookies([cookie])
    second = Visit.begin(first.context).page
    second.goto(place.server.url + PAGES["lab"] + NOTEBOOK, wait_until="commit")
    expect(first.locator(STATUS)).to_have_text(re.compile("5[0-9] min left"), timeout=60_000)
    second.close()
    first.bring_to_front()
    # The server cuts the sockets of the first session, and the page connects again.
    (cut,) = channels(visit)
    place.host.run_out(guest)
    for _ in range(60):
        if len(channels(visit)) > 1:
            break
        first.wait_for_timeout(500)
    assert cut.is_closed()
    kernel = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
    first.wait_for_function(f"{kernel}.connectionStatus === 'connected'")
    assert first.evaluate(f"{kernel}.id") == place.kernel_id
    expect(first.locator(NOTICE)).to_have_count(0)
    first.evaluate("window.jupyterapp.shell.currentWidget.context.save()")
    assert "# Typed before the end" in (place.server.root / NOTEBOOK).read_text()


@pytest.fixture
def training(home):
    """Another server of the same person."""
    config = {"NbPresign": {"server_name": "training"}}
    with jupyter_server(World(home / "home"), home / "training", config=config) as server:
        write_notebook(server.root / "training.ipynb", [])
        yield server


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
    expect(page.locator(NOTICE)).to_be_visible(timeout=AT_ONCE)
    screenshot(page, f"screenshots/guest-end-{theme}")


def test_the_end_is_announced_where_it_was_opened_and_renewed(place, training, browser):
    write_notebook(place.server.root / "a.ipynb", [("markdown", LINK)])
    context = browser.new_context(viewport=SIZE)
    # Where the link leads is all that counts there.
    page_there = f"{training.url}lab/tree/training.ipynb"
    context.route(f"{page_there}*", lambda route: route.fulfill(body="the training"))
    page = Visit.begin(context).page
    page.clock.install()
    page.goto(f"{place.server.url}lab/tree/a.ipynb?token={place.server.token}")
    wait_for_notebook(page)
    with context.expect_page() as opened:
        page.get_by_role("link", name="the training").click()
    opened.value.wait_for_url(re.compile("^" + re.escape(page_there)))
    page.clock.fast_forward("11:56:00")
    warning = page.get_by_text("Your session on jupyter:training ends at")
    expect(warning).to_be_visible()
    screenshot(page, "screenshots/session-ends")
    with context.expect_page() as renewed:
        page.get_by_role("button", name="Renew").click()
    renewed.value.wait_for_url(re.compile("^" + re.escape(page_there)))
    expect(warning).to_have_count(0)
    # Not closed here: half a day at once keeps its page busy for long, and closing would wait.
