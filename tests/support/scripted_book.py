"""A book of sessions that says what a test tells it, when the test tells it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from nb_presign.model import Session
from support.guests import NOW


class ScriptedBook:
    """Implements what the room asks of `nb_presign.access.entry.book.SessionBook`."""

    def __init__(self, session: Session) -> None:
        self.session: Session | None = session
        self.epoch = 0
        self.fresh = True
        #: Whether it finds nobody because the store fails.
        self.silent = False
        self.over = False
        self.watchers: list[Any] = []
        #: How often the store was asked.
        self.asked = 0
        #: For whose cookie it was asked last.
        self.digest = b""
        #: While cleared, it does not answer.
        self.answers = asyncio.Event()
        self.answers.set()
        self.fails: Exception | None = None

    @property
    def unsure(self) -> bool:
        return self.silent or not self.fresh

    def live(self, session: Session) -> bool:
        return not self.over and session.ended_at is None

    async def find_by_hash(self, digest: bytes) -> Session | None:
        self.digest = digest
        self.asked += 1
        await self.answers.wait()
        if self.fails is not None:
            raise self.fails
        if self.silent:
            return None
        self.fresh = True
        return self.session

    async def find(self, cookie: str) -> Session | None:
        return await self.find_by_hash(cookie.encode())

    def admits(self, session: Session, visit: object) -> bool:
        del visit
        return self.live(session)

    def now(self) -> datetime:
        return NOW

    def revoke(self, *, this: bool) -> None:
        """Let something be revoked: this session, or another."""
        if this:
            self.session = None
        self.epoch += 1
        self.sweep()

    def sweep(self) -> bool:
        """Have every watcher look, as the book does four times a second."""
        connected = [watcher() for watcher in self.watchers]
        return any(connected)
