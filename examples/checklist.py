"""Steps with checks, printed as they happen."""

from __future__ import annotations

import os
import sys


class Checklist:
    """Print steps and checks; remember what did not hold."""

    def __init__(self) -> None:
        self.held = 0
        self.failed: list[str] = []
        self._colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._steps = 0

    def step(self, title: str) -> None:
        """Begin a step."""
        self._steps += 1
        print(f"\n{self._paint('1', f'{self._steps}. {title}')}")

    def tell(self, text: str) -> None:
        """Print something that is not a check, line by line."""
        for line in text.rstrip().splitlines():
            print(self._paint("2", f"     {line}"))

    def check(self, what: str, holds: object, seen: object = "") -> bool:
        """Print what was checked and whether it holds; `seen` is shown only where it does not."""
        if holds:
            self.held += 1
            print(f"   {self._paint('32', '✓')} {what}")
        else:
            self.failed.append(what)
            print(f"   {self._paint('31', '✗')} {what}" + (f"  (seen: {seen})" if seen else ""))
        sys.stdout.flush()
        return bool(holds)

    def close(self) -> int:
        """Print the sum; returns the exit code."""
        if self.failed:
            print(f"\n{self._paint('31', f'{len(self.failed)} of {self._total} checks failed:')}")
            for what in self.failed:
                print(f"   ✗ {what}")
            return 1
        print(f"\n{self._paint('32', f'All {self.held} checks hold.')}")
        return 0

    @property
    def _total(self) -> int:
        return self.held + len(self.failed)

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text
