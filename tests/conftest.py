"""What all tests share: the tallies of a run are told at its end."""

from __future__ import annotations

import pytest
from support import tally

pytest_plugins = ["support.aws.fixtures"]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Forget the tallies of earlier runs; processes that xdist starts leave it to the first."""
    if not hasattr(session.config, "workerinput"):
        for path in tally.DIRECTORY.glob("*.json"):
            path.unlink()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell them."""
    found = tally.recorded()
    if found:
        terminalreporter.section("what must not happen, and did not")
        for each in found:
            terminalreporter.line(each.line())
