"""Shows how a verb is going in the output of a notebook's cell."""

from __future__ import annotations

from typing import Any

from nb_presign.commands.progress import ASKING, Step
from nb_presign.commands.showing.table import one_line


class NotebookLine:
    """One line that is written over, and stays as it was last: it is saved with the notebook.

    Implements `progress.Screen`.
    """

    def __init__(self) -> None:
        #: IPython's display handle.
        self._handle: Any = None
        self._shown: dict[str, str] = {}

    def show(self, step: Step) -> None:
        if step is ASKING:  # the cell itself shows that it runs
            return
        from IPython.display import display  # noqa: PLC0415  # seldom

        shown = {"text/plain": one_line(str(step))}
        if shown == self._shown:
            return
        self._shown = shown
        if self._handle is None:
            self._handle = display(shown, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(shown, raw=True)

    def clear(self) -> None:
        self._handle = None
