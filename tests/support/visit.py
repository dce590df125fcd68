"""A person's visit in a browser, and everything in it that was not quiet."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Response, WebSocket

from support.servers import RunningServer

#: What asks a person something, or tells them something they did not ask for.
INTRUSIONS = ".jp-Dialog, .jp-toast, .Toastify__toast, .modal.in"
_IDS = re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b(?:ses|lnk)_\w+|(?<=[?&])\d+")


@dataclass
class Visit:
    """A page, and what it was refused, complained about and put in the way of its reader."""

    page: Page
    refused: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    #: What the server's log has on what was refused.
    logged: list[str] = field(default_factory=list)
    intrusions: list[str] = field(default_factory=list)
    sockets: list[WebSocket] = field(default_factory=list)
    #: What our item said at the end.
    said: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, context: BrowserContext) -> Visit:
        """Open a page and listen."""
        page = context.new_page()
        page.set_default_timeout(60_000)
        visit = cls(page)
        page.on("response", visit._hear_answer)
        page.on("console", visit._hear_console)
        page.on("pageerror", lambda error: visit.errors.append(f"uncaught: {error}"))
        page.on("websocket", lambda socket: visit.sockets.append(socket))  # noqa: PLW0108  # playwright marks what it calls
        page.on("dialog", visit.hear_dialog)
        return visit

    def _hear_answer(self, answer: Response) -> None:
        if answer.status >= 400:
            path = urlsplit(answer.url).path
            self.refused.append(f"{answer.status} {answer.request.method} {_without_ids(path)}")

    def _hear_console(self, message: ConsoleMessage) -> None:
        # Chromium says every answer of 400 and more here too, in words of its own.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.errors.append(_without_ids(message.text))

    def hear_dialog(self, dialog: Dialog) -> None:
        """Note what the browser asks by itself, and say no."""
        self.intrusions.append("browser dialog")
        dialog.dismiss()

    def look(self) -> None:
        """Note what stands in the reader's way now."""
        found = self.page.locator(INTRUSIONS)
        self.intrusions += [found.nth(i).inner_text() for i in range(found.count())]

    def stay(self, seconds: float) -> None:
        """Look on, without doing anything."""
        for _ in range(int(seconds)):
            self.page.wait_for_timeout(1000)
            self.look()


def mint(server: RunningServer, target: str, **terms: object) -> str:
    """Mint a link as the owner; returns its URL."""
    with server.owner() as owner:
        answer = owner.post("nb-presign/api/links", json={"target": target, **terms})
    assert answer.status_code == 201, answer.text
    return answer.json()["url"]


def follow(page: Page, url: str) -> None:
    """Open a link as a guest does: look at its page, and press the button."""
    page.goto(url)
    page.get_by_role("button").first.click()
    page.wait_for_url(lambda now: "/nb-presign/redeem" not in now)


def _without_ids(text: str) -> str:
    return _IDS.sub("…", text)
