"""A line that turns, where rich is installed."""

from __future__ import annotations

from typing import Protocol, TextIO


class Spinner(Protocol):
    """What of rich's `Status` is used."""

    def update(self, text: str, /) -> None:
        """Change the line."""
        ...

    def stop(self) -> None:
        """Take the line away."""
        ...


class _Turning:
    """Implements `Spinner`."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console  # noqa: PLC0415  # an extra
        from rich.status import Status  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        self._text = Text
        self._status = Status("", console=Console(file=stream))
        self._status.start()

    def update(self, text: str, /) -> None:
        # As Text: brackets in a name are no markup.
        self._status.update(self._text(text))

    def stop(self) -> None:
        self._status.stop()


def find_spinner(stream: TextIO) -> Spinner | None:
    """Make a spinner for a terminal; None without rich."""
    try:
        return _Turning(stream)
    except ImportError:
        return None
