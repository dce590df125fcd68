"""What is started and stopped."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timezone

#: When everything was made that says so.
BORN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


def random_id(length: int, letters: str = string.ascii_lowercase + string.digits) -> str:
    """Make an id as AWS's look."""
    return "".join(secrets.choice(letters) for _ in range(length))


@dataclass
class Life:
    """A status that changes by starts and stops; each look at it brings it nearer.

    Nothing here takes time: `looks` says how often it is described before it arrives, and None
    leaves it on its way until a test calls `arrive`.
    """

    status: str
    looks: int | None = 2
    #: Where a start ends, if not where it should.
    ends_in: str = ""
    _heading: str = ""
    _left: int | None = None

    def head(self, through: str, to: str) -> None:
        """Set out for a status."""
        self.status, self._heading, self._left = through, self.ends_in or to, self.looks

    def look(self) -> None:
        """Be described once more."""
        if self._heading and self._left is not None:
            if self._left == 0:
                self.arrive()
            else:
                self._left -= 1

    def arrive(self) -> None:
        """Get there now."""
        if self._heading:
            self.become(self._heading)

    def become(self, status: str) -> None:
        """Have this status from now on."""
        self.status, self._heading = status, ""
