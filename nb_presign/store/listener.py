"""Hears at once that something was revoked or ended: PostgreSQL's LISTEN, on one connection.

As well as can be: what was missed is found by those who ask for the revision.
"""

from __future__ import annotations

import logging
import os
import random
import select
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

#: The channel, by its name on the whole database.
CHANNEL = "nb_presign"
#: Seconds between two tries to connect, at most: servers that lost one database all at once do not
#: all come back to it at once.
RETRY_SECONDS = 1.0

_log = logging.getLogger(__name__)


class Listener:
    """Listens in a thread of its own until it is closed."""

    def __init__(self, connect: Callable[[], Any], heard: Callable[[], None]) -> None:
        """`connect` gives a psycopg connection; `heard` is called in the thread."""
        self._connect = connect
        self._heard = heard
        # What ends a wait for the database at once: a descriptor that is ready from then on.
        self._closed, self._close = os.pipe()
        self._thread = threading.Thread(target=self._run, name="nb_presign_listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening; does not wait for it."""
        os.write(self._close, b".")

    def _run(self) -> None:
        try:
            while not self._waited(_a_while() if self._listen() else 0):
                pass
        finally:
            os.close(self._closed)
            os.close(self._close)

    def _listen(self) -> bool:
        """Listen until it is closed or the connection is lost; return whether it was lost."""
        try:
            with closing(self._connect()) as connection:
                connection.execute(f"LISTEN {CHANNEL}")
                self._heard()  # what came before was missed
                while not self._waited(None, connection.fileno()):
                    if tuple(connection.notifies(timeout=0)):
                        self._heard()
        except Exception as error:  # noqa: BLE001  # whatever psycopg raises; it is tried again
            _log.debug("Nobody tells what is revoked elsewhere: %s", type(error).__name__)
            return True
        return False

    def _waited(self, seconds: float | None, *others: int) -> bool:
        """Wait until the database says something, or the time is up; tell whether it is closed."""
        ready, _, _ = select.select([self._closed, *others], [], [], seconds)
        return self._closed in ready


def _a_while() -> float:
    return random.uniform(RETRY_SECONDS / 2, RETRY_SECONDS)  # noqa: S311  # no secret
