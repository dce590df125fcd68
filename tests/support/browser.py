"""A real browser: Chromium's headless shell, Chromium of the system, or Playwright's own."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

#: Root cannot use Chromium's sandbox; the others keep it quiet where there is no network.
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
#: A page of a test is gone before what the optimizing compiler does for it has paid.
SHORT_LIVED = (*FLAGS, "--js-flags=--no-opt")
#: Where `.ci/chromium` unpacks Debian's.
UNPACKED = Path(sys.prefix) / "chromium/usr/lib/chromium/chromium-headless-shell"
#: Milliseconds in which what is expected of a page comes about, also on a busy machine; whoever
#: expects it sooner says so.
PATIENCE = 20_000
#: Screenshots and whatever else a run leaves behind; ignored by git, kept by CI.
OUTPUT = Path(__file__).parents[2] / "ci-output"


def executable() -> str | None:
    """Find the system's Chromium; None: Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    chosen = os.environ.get("CHROMIUM")
    return chosen or next((found for name in names if (found := shutil.which(name))), None)


def headless_shell() -> str | None:
    """Find the Chromium that has no window, no profile to speak of, and costs a third less."""
    if os.environ.get("CHROMIUM"):
        return None
    installed = shutil.which("chromium-headless-shell")
    return installed or (str(UNPACKED) if UNPACKED.exists() else None)


@contextmanager
def chromium(flags: Sequence[str] = SHORT_LIVED) -> Iterator[Browser]:
    """Run a browser until the block ends; each `new_context()` of it is a person of its own.

    Playwright keeps an event loop running on this thread meanwhile, so that tests which run one of
    their own must not share the block: make fixtures of it no wider than a module.
    """
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=headless_shell() or executable(), args=list(flags)
        )
        try:
            yield browser
        finally:
            browser.close()


def screenshot(page: Page, name: str, *, selector: str = "") -> Path:
    """Keep a picture of a page, or of one element of it, for people to look at."""
    OUTPUT.mkdir(exist_ok=True)
    path = OUTPUT / f"{name}.png"
    if selector:
        page.locator(selector).first.screenshot(path=path)
    else:
        page.screenshot(path=path)
    return path
