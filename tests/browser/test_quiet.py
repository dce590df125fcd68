"""Front ends stay quiet for guests: nothing is refused, complained about, or put in their way.

All visits of an environment happen at the same time, so that looking on for long costs little.
"""

import hashlib
import json
import re
import time
from dataclasses import dataclass

import pytest
from playground import TRAINING, open_notebook, write_notebook
from playwright.sync_api import TimeoutError  # noqa: A004  # of the browser, and not Python's
from support.browser import screenshot
from support.front_ends import (
    PAGES,
    SIZE,
    front_ends,
    start,
    wait_for_kernel,
    wait_for_notebook,
)
from support.visit import Visit

from nb_presign.model import Narrowing

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

#: What front ends say to their owner as well is no concern of ours.
OWNER = "owner"
#: What others report in a guest's page, and why.
KNOWN = {
    "uncaught: Cannot read properties of null (reading 'kernel')": (
        "jupyterlab_widgets 3.0 looks for the kernel of a notebook that has none"
    ),
    "uncaught: Command 'filebrowser:open-path' not registered.": (
        "Notebook 7.6 restores its file browser before it has one, now and then"
    ),
    "uncaught: Cannot read properties of undefined (reading 'schema')": (
        "Notebook 7.6 looks for shortcuts in settings that it has not read, also without us"
    ),
}
STATUS = ".jp-PresignGuestStatus-line"
_CONTEXT = "window.jupyterapp.shell.currentWidget.context"
#: Whether the notebook is edited in a room, and what the page takes its file's SHA-256 to be.
SHARED = f"{_CONTEXT}.model.collaborative"
HASH = f"{_CONTEXT}.contentsModel?.hash"


@dataclass(frozen=True)
class Kind:
    """Who visits what."""

    scope: str
    front: str
    #: Whether the session is for the one notebook and its kernel.
    narrowed: bool = False

    def __str__(self):
        return "-".join([self.scope, *(["narrowed"] if self.narrowed else []), self.front])


SHORT = [
    Kind("read", "lab"),
    Kind("read", "notebook"),
    Kind("execute", "lab"),
    Kind("execute", "notebook", narrowed=True),
]
SCOPES = ("read", "execute", "full")
ALL = [
    Kind(scope, front, narrowed)
    for scope in SCOPES
    for front in PAGES
    for narrowed in (False, True)
]
PLAIN = [kind for kind in ALL if kind.front == "lab"]


def all_visits(place, browser, kinds, seconds):
    """Have everybody come, work and stay; returns their visits by kind, closed.

    The owner comes where something is said to guests which may be said to anybody: mostly nothing.
    """
    visits = visits_of(kinds, place, browser, seconds)
    fronts = {kind.front for kind, visit in visits.items() if unknown(visit.errors)}
    return visits | visits_of([Kind(OWNER, each) for each in fronts], place, browser, seconds)


def visits_of(kinds, place, browser, seconds):
    visits = {kind: come(place, browser, kind) for kind in kinds}
    for kind, visit in visits.items():
        if kind.scope != "read":
            work(visit, place.server.root / f"{kind}.ipynb")
    for _ in range(seconds if visits else 0):
        next(iter(visits.values())).page.wait_for_timeout(1000)
        for visit in visits.values():
            visit.look()
    for kind, visit in visits.items():
        visit.said = visit.page.locator(STATUS).all_inner_texts()
        screenshot(visit.page, f"screenshots/quiet-{kind}")
        visit.page.context.close()
        if visit.refused:
            visit.logged = on_refusals(place.server)
    return visits


def on_refusals(server):
    lines = server.logged().splitlines()
    return [line for line in lines if re.search(r" (?:403|503) [A-Z]+ /|[Gg]uests? ", line)][-40:]


def come(place, browser, kind):
    """Open a notebook that nobody else has open: who saves over others is asked about it."""
    name = f"{kind}.ipynb"
    write_notebook(place.server.root / name, TRAINING)
    if kind.scope == OWNER:
        context, query = browser.new_context(viewport=SIZE), f"?token={place.server.token}"
    else:
        terms = {"narrowing": narrowing(place, name)} if kind.narrowed else {}
        context, query = place.visitor(browser, place.guest(kind.scope, **terms)), ""
    visit = Visit.begin(context)
    visit.page.goto(f"{place.server.url}{PAGES[kind.front]}{name}{query}")
    wait_for_notebook(visit.page)
    return visit


def narrowing(place, name):
    session = open_notebook(place.server, name)
    return Narrowing(name, kernel_id=session["kernel"]["id"], session_id=session["id"])


def work(visit, file):
    """Run and save; where that cannot be done, it is an error of this visit only."""
    page = visit.page
    try:
        wait_for_kernel(page)
    except TimeoutError:
        visit.errors.append("there is no kernel to run it")
        return
    start(page, "notebook:run-all-cells")
    page.wait_for_selector(".jp-OutputArea-output:visible")
    if page.evaluate(SHARED) and not settled(page, file):
        visit.errors.append("what was run has not been saved by the room")
        return
    start(page, "docmanager:save")


def settled(page, file):
    """Wait until the room has saved what was run, and the page knows.

    Rooms save by themselves a second after a change (jupyter-server-ydoc 3.0). Who saves amid that
    is asked what to do about a file that has changed on disk, whoever they are.
    """
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = file.read_bytes()
        if ran(found) and page.evaluate(HASH) == hashlib.sha256(found).hexdigest():
            return True
        page.wait_for_timeout(50)
    return False


def ran(notebook):
    """Tell whether all its code has been run; no for one that is being written."""
    try:
        cells = json.loads(notebook)["cells"]
    except ValueError:
        return False
    return all(c["outputs"] and c["execution_count"] for c in cells if c["cell_type"] == "code")


def unknown(errors):
    return [each for each in errors if each not in KNOWN]


def quiet(visits, kind):
    visit = visits[kind]
    assert visit.refused == [], visit.logged
    if strange := unknown(visit.errors):
        to_owner = visits[Kind(OWNER, kind.front)].errors
        assert [each for each in strange if each not in to_owner] == [], f"owner: {to_owner}"
    assert visit.intrusions == []
    (said,) = visit.said
    assert said.startswith("Guest · ")


@pytest.fixture(scope="module")
def short(tmp_path_factory, browser):
    with front_ends(tmp_path_factory.mktemp("quiet"), everything=True) as place:
        yield all_visits(place, browser, SHORT, 6)
        saved = (place.server.root / "execute-lab.ipynb").read_text()
        assert '"0.22"' in saved


@pytest.mark.parametrize("kind", SHORT, ids=str)
def test_with_everything_for_a_moment(short, kind):
    quiet(short, kind)


@pytest.fixture(scope="module")
def long(tmp_path_factory, browser):
    """Visits by scope, made when they are asked for: all at once are too many for one machine."""
    found = {}

    def long(scope):
        if scope not in found:
            kinds = [kind for kind in ALL if kind.scope == scope]
            with front_ends(tmp_path_factory.mktemp(f"quiet-{scope}"), everything=True) as place:
                found[scope] = all_visits(place, browser, kinds, 30)
        return found[scope]

    return long


@pytest.mark.faults
@pytest.mark.parametrize("kind", ALL, ids=str)
def test_with_everything(long, kind):
    quiet(long(kind.scope), kind)


@pytest.fixture(scope="module")
def plain(tmp_path_factory, browser):
    with front_ends(tmp_path_factory.mktemp("quiet-plain"), everything=False) as place:
        yield all_visits(place, browser, PLAIN, 30)


@pytest.mark.faults
@pytest.mark.parametrize("kind", PLAIN, ids=str)
def test_with_jupyterlab_alone(plain, kind):
    quiet(plain, kind)
