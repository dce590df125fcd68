"""How steps look on standard error: in a file, at a terminal, with rich and without."""

from __future__ import annotations

import sys
from io import StringIO

import pytest

from nb_presign.commands.progress import ASKING, Step
from nb_presign.commands.showing.terminal import TerminalScreen

FIRST, SECOND = Step("Starting.", "0 s so far"), Step("Starting.", "5 s so far")
LAST = Step("It is ready.", lasting=True)


class Terminal(StringIO):
    def isatty(self):
        return True


def shown(stream, *steps, quiet=False):
    screen = TerminalScreen(stream, quiet=quiet)
    for step in steps:
        screen.show(step)
    screen.clear()
    return stream.getvalue()


def test_a_file_gets_a_line_for_each_sentence():
    assert shown(StringIO(), ASKING, FIRST, SECOND, LAST) == "Starting.\nIt is ready.\n"


def test_quiet_leaves_nothing():
    assert shown(StringIO(), ASKING, FIRST, SECOND, LAST, quiet=True) == ""


@pytest.fixture
def without_rich(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "rich"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "rich", None)


@pytest.mark.usefixtures("without_rich")
def test_a_terminal_has_one_line_and_what_lasts():
    erase = "\r\x1b[K"
    assert shown(Terminal(), FIRST, SECOND, LAST) == (
        f"{erase}Starting. 0 s so far{erase}Starting. 5 s so far{erase}It is ready.\n"
    )
    assert shown(Terminal(), FIRST) == f"{erase}Starting. 0 s so far{erase}"


@pytest.mark.usefixtures("without_rich")
def test_a_line_never_wraps(monkeypatch):
    monkeypatch.setenv("COLUMNS", "10")
    assert "Starting." in shown(Terminal(), FIRST)
    assert "Starting. " not in shown(Terminal(), FIRST)


def test_nothing_drives_the_terminal():
    evil = Step("\x1b[2Jevil", lasting=True)
    assert shown(StringIO(), evil) == "\N{REPLACEMENT CHARACTER}[2Jevil\n"


def test_brackets_are_no_markup_of_rich(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    assert "[red]x[/red]" in shown(Terminal(), Step("[red]x[/red]"))


@pytest.mark.usefixtures("without_rich")
def test_a_line_that_was_interrupted_is_taken_away():
    class Interrupted(Terminal):
        def flush(self):
            if self.getvalue().endswith("so far"):
                raise KeyboardInterrupt

    screen = TerminalScreen(stream := Interrupted())
    with pytest.raises(KeyboardInterrupt):
        screen.show(FIRST)
    screen.clear()
    assert stream.getvalue().endswith("so far\r\x1b[K")
