"""A database that servers share, used as one uses it first: the baselines of its faults.

`RememberingGuests` is loaded by a server's own Python, by the name of this file.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import ClassVar

import psycopg
from jupyter_server.auth.identity import PasswordIdentityProvider, User
from tornado.web import RequestHandler


class RememberingGuests(PasswordIdentityProvider):
    """Signs in for whose cookie `guest` there is a session; asks on the event loop, and once."""

    _known: ClassVar[set[str]] = set()

    async def get_user(self, handler: RequestHandler) -> User | None:
        """Ask the parent, then the database."""
        user = await super().get_user(handler)
        session = handler.get_cookie("guest")
        if user is not None or not session:
            return user
        if session not in self._known:
            with psycopg.connect(os.environ["NAIVE_DSN"]) as connection:
                found = connection.execute("SELECT id FROM sessions WHERE id = %s", (session,))
                if not found.fetchone():
                    return None
            self._known.add(session)
        return User(username="guest", name="Guest")


TABLES = """
CREATE TABLE IF NOT EXISTS naive_links (id INT PRIMARY KEY, uses INT NOT NULL);
CREATE TABLE IF NOT EXISTS naive_sessions (link_id INT NOT NULL);
TRUNCATE naive_links, naive_sessions
"""


@contextmanager
def redeeming_naively(dsn: str, *, threads: int) -> Iterator[None]:
    """Redeem one link after another in two transactions, until the database is gone."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(TABLES)
    numbers, ready = count(), threading.Barrier(threads + 1)
    at_it = [
        threading.Thread(target=_redeem, args=(dsn, numbers, ready), daemon=True)
        for _ in range(threads)
    ]
    for each in at_it:
        each.start()
    ready.wait(30)
    yield
    for each in at_it:
        each.join(30)


def _redeem(dsn: str, numbers: Iterator[int], ready: threading.Barrier) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        ready.wait(30)
        with suppress(psycopg.OperationalError):
            for number in numbers:
                connection.execute("INSERT INTO naive_links VALUES (%s, 1)", (number,))
                connection.execute("INSERT INTO naive_sessions VALUES (%s)", (number,))


def half_done(dsn: str) -> int:
    """Count links that were used up, and nobody has a session for."""
    question = (
        "SELECT count(*) FROM naive_links WHERE NOT EXISTS "
        "(SELECT 1 FROM naive_sessions WHERE link_id = naive_links.id)"
    )
    with psycopg.connect(dsn) as connection:
        found = connection.execute(question).fetchone()
    assert found is not None
    return int(found[0])
