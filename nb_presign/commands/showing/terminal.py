"""Shows how a verb is going on standard error, which may be a terminal, a file or a pipe."""

from __future__ import annotations

import sys
from shutil import get_terminal_size
from typing import TextIO

from nb_presign.commands.progress import ASKING, Step
from nb_presign.commands.showing.spinner import Spinner, find_spinner
from nb_presign.commands.showing.table import one_line

#: Back to the line's start, and erase it (ECMA-48).
_ERASE = "\r\x1b[K"


class TerminalScreen:
    """One line that changes, with rich a turning one; elsewhere a line for each new sentence.

    Implements `progress.Screen`. `quiet` leaves no line behind.
    """

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._quiet = quiet
        self._spinner: Spinner | None = None
        #: What stands in the line that changes.
        self._line = ""
        #: The last sentence that got a line of its own.
        self._told = ASKING.text

    def show(self, step: Step) -> None:
        if self._live and not step.lasting:
            self._turn(one_line(str(step)))
        elif not self._quiet and step.text != self._told:
            self.clear()
            print(one_line(step.text), file=self._stream, flush=True)
            self._told = step.text

    def clear(self) -> None:
        if self._spinner is not None:
            self._spinner.stop()
            self._spinner = None
        elif self._line:
            print(_ERASE, end="", file=self._stream, flush=True)
        self._line = ""

    def _turn(self, text: str) -> None:
        if text == self._line:
            return
        if not self._line:
            self._spinner = find_spinner(self._stream)
        # Known before it is written: Ctrl-C between the two would leave a line that nobody erases.
        self._line = text
        if self._spinner is not None:
            self._spinner.update(text)
        else:
            # A line that wraps could not be erased.
            width = get_terminal_size().columns - 1
            print(f"{_ERASE}{text[:width]}", end="", file=self._stream, flush=True)
