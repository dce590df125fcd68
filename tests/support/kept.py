"""A page that one test after another comes to, since a front end takes seconds to load."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from playwright.sync_api import Error, Page

from support.front_ends import start, wait_for_kernel, wait_for_notebook

#: Cards and notices are gone, and with them the focus and what was copied.
_TIDY = """async () => {
  for (const card of document.querySelectorAll(':popover-open')) {
    card.hidePopover();
  }
  await window.jupyterapp.commands.execute('apputils:dismiss-notification', {});
  document.activeElement?.blur();
  await navigator.clipboard.writeText('');
}"""
#: Without a question whether to save them.
_CLOSE = """async () => {
  const { commands, shell } = window.jupyterapp;
  const isLauncher = ({ id }) => id.startsWith('launcher');
  const open = [...shell.widgets('main')];
  if (!open.some(isLauncher)) {
    // JupyterLab makes one where nothing is left, which would come before what is opened next.
    await commands.execute('launcher:create', { activate: false });
  }
  for (const document of open.filter(one => !isLauncher(one))) {
    document.dispose();
  }
}"""
_READ_AGAIN = """async () => {
  const { context } = window.jupyterapp.shell.currentWidget;
  await context.revert();
  await context.ready;
}"""
#: When the notebook has the focus, it takes it from nobody any more.
_HAS_FOCUS = "document.activeElement?.closest('.jp-NotebookPanel:not(.lm-mod-hidden)') != null"
_DIALOG = ".jp-Dialog"


@dataclass
class KeptPage:
    """One page for a module's tests: each finds it as if it had just come.

    `load` makes it, in a browser context of its own that may use the clipboard.
    """

    load: Callable[[], Page]
    #: Takes away more than other tabs, cards and notices.
    clear: Callable[[Page], None] = lambda _: None
    _page: Page | None = field(default=None, init=False)
    _is_visited: bool = field(default=False, init=False)

    @property
    def page(self) -> Page:
        """Come to it."""
        if self._page is None:
            self._page = self.load()
        self._is_visited = True
        return self._page

    def leave(self, *, is_spoilt: bool) -> None:
        """Bring it back to how it was, or drop it: after what failed, it may be in any state."""
        if self._page is None or not self._is_visited:
            return
        self._is_visited = False
        if is_spoilt or self._page.locator(_DIALOG).count() > 0:
            self.close()
            return
        for tab in self._page.context.pages:
            if tab is not self._page:
                leave_tab(tab)
        if not self._is_alone(self._page):
            self.close()
            return
        self._page.unroute_all()
        self._page.mouse.move(0, 0)
        self._page.emulate_media(color_scheme="light")
        self.clear(self._page)
        self._page.evaluate(_TIDY)

    def _is_alone(self, page: Page) -> bool:
        """Wait for the other tabs to be gone: the clock is turned in all of them."""
        for _ in range(100):
            if page.context.pages == [page]:
                return True
            page.wait_for_timeout(100)
        return False

    def close(self) -> None:
        """Drop it; who comes next gets another."""
        if self._page is not None:
            self._page.context.close()
            self._page = None


def leave_tab(tab: Page) -> None:
    """Close a tab without waiting for it, which may take for ever where it is being loaded."""
    with suppress(Error):  # it has closed meanwhile
        tab.close(run_before_unload=True)


def open_document(page: Page, path: str) -> None:
    """Open a notebook in JupyterLab, and wait until it has a kernel and the focus."""
    start(page, "docmanager:open", path=path)
    wait_for_kernel(page)
    page.wait_for_function(_HAS_FOCUS)


def close_documents(page: Page) -> None:
    """Close whatever is open in JupyterLab, and forget what was changed in it."""
    page.evaluate(_CLOSE)


def read_again(page: Page) -> None:
    """Show what the file of the notebook on the page holds now."""
    page.evaluate(_READ_AGAIN)
    wait_for_notebook(page)
