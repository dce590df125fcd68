"""A page with countdown.js and a model whose kernel the test plays."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page
from support.browser import chromium

import nb_presign

STARTED = datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
STATIC = Path(nb_presign.__file__).parent / "widget" / "static"
FILES = {
    "/": (Path(__file__).parent / "page.html", "text/html"),
    "/countdown.js": (STATIC / "countdown.js", "text/javascript"),
    "/countdown.css": (STATIC / "countdown.css", "text/css"),
}


class Site(ThreadingHTTPServer):
    """Serves the page; whatever else is asked for is a target, remembered with its Referer."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reached: list[dict[str, Any]] = []
        self.url = f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        path, kind = FILES.get(self.path, (None, "text/html"))
        body = path.read_bytes() if path else b"<title>target</title>target"
        if path is None and self.path != "/favicon.ico":
            self.server.reached.append({"path": self.path, "referer": self.headers.get("Referer")})
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        del args


# Not of the session: while it is open, no other event loop can run on this thread.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def served() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield site
    site.shutdown()
    thread.join()
    site.server_close()


@pytest.fixture
def site(served: Site) -> Site:
    """The site, at which nobody has been yet."""
    served.reached.clear()
    return served


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """A tab in which one page after another is loaded: a new one would take twice the time."""
    context = browser.new_context(viewport={"width": 860, "height": 900}, device_scale_factor=2)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(tab: Page, site: Site) -> Iterator[Page]:
    problems: list[str] = []

    def hear(said: object) -> None:
        problems.append(said.text if isinstance(said, ConsoleMessage) else str(said))

    tab.on("pageerror", hear)
    tab.on("console", hear)
    tab.clock.install(time=STARTED)
    tab.goto(site.url)
    # From here, the page's time is turned by hand.
    tab.clock.pause_at(STARTED + timedelta(minutes=1))
    tab.wait_for_function("window.ready")
    yield tab
    for opened in tab.context.pages:
        if opened is not tab:
            opened.close()
    tab.context.clear_permissions()
    tab.emulate_media(reduced_motion="no-preference")
    tab.remove_listener("pageerror", hear)
    tab.remove_listener("console", hear)
    assert problems == []
