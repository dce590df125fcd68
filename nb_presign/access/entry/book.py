"""Who holds which cookie, as long as the store's word is fresh.

A guest's request costs a dictionary look-up. While guests are around, one task asks the store four
times a second whether anything was revoked, by whichever process, and at once where the store tells
of it. A store that gives no answer for a second lets nobody in; its first is waited for longer
(`FIRST_SECONDS`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import Any

from nb_presign.clock import Clock
from nb_presign.errors import PresignError
from nb_presign.model import Session, SessionState
from nb_presign.offload import Offload
from nb_presign.policy import NO_POLICY, ConnectPolicy, Visit, address_allowed
from nb_presign.redemption import cookie_hash
from nb_presign.store.base import Store

#: Seconds between two looks at the store's revision.
POLL_SECONDS = 0.25
#: Seconds after which the store's last word no longer counts.
STALE_SECONDS = 1.0
#: Seconds in which it has to give its first: it is imported and opened for that.
FIRST_SECONDS = 10.0
#: Looks without any guest after which nobody looks any more.
IDLE_POLLS = 40
MAX_ENTRIES = 1024

_log = logging.getLogger(__name__)
_LONG_AGO = datetime.min.replace(tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the store said, and the revision that it was at before it said so."""

    revision: int
    session: Session | None
    #: Monotonic time at which it was asked.
    asked_at: float


class SessionBook:
    """Looks guests' sessions up; lives on one event loop."""

    def __init__(
        self,
        store: Store,
        offload: Offload,
        clock: Clock,
        *,
        audience: str,
        policy: ConnectPolicy = NO_POLICY,
    ) -> None:
        self._store = store
        self._offload = offload
        self._clock = clock
        self._audience = audience
        self._policy = policy
        self._sessions: dict[bytes, Session] = {}
        self._revision: int | None = None
        self._heard_at = float("-inf")
        self._latest = _LONG_AGO
        self._witnessed = _LONG_AGO
        self._poll: asyncio.Task[None] | None = None
        self._read: asyncio.Future[int] | None = None
        self._read_began = float("-inf")
        self._looked_up = False
        #: Whether the store had no answer about a session, and none to anything since.
        self.silent = False
        #: Set when the store tells that there is something to look at.
        self._nudged = asyncio.Event()
        #: Grows whenever some session may have ended: what was decided before is decided anew.
        self.epoch = 0
        #: Called on every look and after every ending; returns whether guests are still connected.
        self.watchers: list[Callable[[], bool]] = []

    def now(self) -> datetime:
        """Tell the time, which never goes back: a clock that is set back revives nobody."""
        self._latest = max(self._latest, self._clock.now())
        return self._latest

    @property
    def fresh(self) -> bool:
        """Whether the store's word is recent enough to count."""
        return self._clock.monotonic() - self._heard_at <= STALE_SECONDS

    @property
    def unsure(self) -> bool:
        """Whether who is not found may have a session all the same: just now nobody can tell.

        A store may fail while its last word still counts.
        """
        return self.silent or not self.fresh

    async def find(self, cookie: str) -> Session | None:
        """Find the session of a cookie, live or not; None if there is none or nobody can say."""
        return await self.find_by_hash(cookie_hash(cookie))

    async def find_by_hash(self, digest: bytes) -> Session | None:
        """Find the session of a cookie's hash; see `find`."""
        self._looked_up = True
        known = self._sessions.get(digest)
        if known is not None and self.fresh:
            return known
        return await self._ask(digest)

    def live(self, session: Session) -> bool:
        """Tell whether a session is this server's and not over; equal to expiry is expired."""
        state = session.state(self.now())
        if state is SessionState.EXPIRED:
            self._witness(session.expires_at)
        return session.audience == self._audience and state is SessionState.LIVE

    def admits(self, session: Session, visit: Visit) -> bool:
        """Tell whether a guest who comes from there is let in now: by session, address and policy.

        Asked for each request, and of open connections again and again: policies look at the time.
        """
        return (
            self.live(session)
            and address_allowed(visit.address, session.allowed_ips)
            and self._policy.decide(session, visit, self.now()).allowed
        )

    def forget_all(self) -> None:
        """Decide everything anew: something was revoked. Call it on the event loop."""
        self.epoch += 1
        self._sessions.clear()
        self._tell()

    def close(self) -> None:
        """Stop looking."""
        if self._poll is not None:
            self._poll.cancel()
            self._poll = None
            self._store.listen(None)
        self._sessions.clear()
        self._heard_at = float("-inf")

    def _witness(self, moment: datetime) -> None:
        """Have it kept that a session is over, once: a clock set back after a crash revives none.

        Nobody waits for it; what is over is refused in any case.
        """
        if moment > self._witnessed:
            self._witnessed = moment
            with suppress(RuntimeError):  # the server is stopping, and keeps the time itself
                self._offload.start(partial(self._keep, moment))

    def _keep(self, moment: datetime) -> None:
        with suppress(PresignError):  # tried again every minute, by the store's upkeep
            self._store.witness(moment)

    async def _ask(self, digest: bytes) -> Session | None:
        while True:
            first, epoch = self._revision is None, self.epoch
            answer = await self._answer(digest, FIRST_SECONDS if first else STALE_SECONDS)
            if answer is None:
                self.silent = True
                return None
            self._hear(answer.revision, answer.asked_at)
            if first and not self.fresh:
                # Opening it took longer than what it says counts.
                continue
            if answer.session is not None:
                if epoch != self.epoch:
                    # Something ended while the store was asked: its answer may be from before.
                    continue
                if len(self._sessions) >= MAX_ENTRIES:
                    self._sessions.clear()
                self._sessions[digest] = answer.session
            self._start()
            return answer.session

    async def _answer(self, digest: bytes, seconds: float) -> _Answer | None:
        """Ask the store; None where it fails, or does not answer in time."""
        looking = asyncio.ensure_future(self._offload(self._look, digest))
        looking.add_done_callback(_hear_out)
        # Not `wait_for`, as below.
        await asyncio.wait([looking], timeout=seconds)
        if not looking.done() or looking.cancelled():
            looking.cancel()
            _log.warning("Guests cannot be looked up: the store gives no answer")
            return None
        try:
            return looking.result()
        except (PresignError, RuntimeError) as error:
            # RuntimeError: the pool is shut down, so the server is stopping.
            _log.warning("Guests cannot be looked up: %s", type(error).__name__)
            return None

    def _look(self, digest: bytes) -> _Answer:
        asked_at = self._clock.monotonic()
        # In this order: what is revoked in between is noticed at the next look.
        revision = self._store.revision()
        return _Answer(revision, self._store.session_by_cookie(digest), asked_at)

    def _hear(self, revision: int, asked_at: float) -> None:
        self.silent = False
        self._heard_at = max(self._heard_at, asked_at)
        if revision != self._revision:
            first, self._revision = self._revision is None, revision
            if not first:
                self.forget_all()

    def _start(self) -> None:
        if self._poll is None or self._poll.done():
            loop = asyncio.get_running_loop()
            self._nudged = asyncio.Event()
            self._store.listen(partial(_nudge, loop, self._nudged))
            self._poll = loop.create_task(self._keep_looking())

    async def _keep_looking(self) -> None:
        idle = 0
        while idle < IDLE_POLLS:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._nudged.wait(), POLL_SECONDS)
            self._nudged.clear()
            if await self._look_again() and not self.fresh:
                # It answers, but something kept this loop from hearing it.
                await self._look_again()
            connected = self._tell()
            idle = 0 if connected or self._looked_up else idle + 1
            self._looked_up = False
        self._poll = None
        self._store.listen(None)
        self._sessions.clear()
        self._heard_at = float("-inf")

    async def _look_again(self) -> bool:
        """Ask for the revision, and tell whether there was an answer.

        A store that hangs is not asked a second time meanwhile; what it says at last counts as of
        when it was asked.
        """
        if self._read is None or self._read.done():
            self._read_began = self._clock.monotonic()
            self._read = asyncio.ensure_future(self._offload(self._store.revision))
            self._read.add_done_callback(_hear_out)
        # Not `wait_for`: after a while in which the loop was busy it says that time is over, though
        # the answer is there.
        await asyncio.wait([self._read], timeout=POLL_SECONDS)
        if not self._read.done() or self._read.cancelled():
            return False
        try:
            self._hear(self._read.result(), self._read_began)
        except (PresignError, RuntimeError) as error:
            _log.debug("The store does not answer: %s", type(error).__name__)
            return False
        return True

    def _tell(self) -> bool:
        # All of them: each does its work when it is asked.
        connected = [_asked(watcher) for watcher in self.watchers]
        return any(connected)


def _nudge(loop: asyncio.AbstractEventLoop, nudged: asyncio.Event) -> None:
    """Have the store looked at now; called in a thread of the store's."""
    with suppress(RuntimeError):  # the loop is closed
        loop.call_soon_threadsafe(nudged.set)


def _hear_out(read: asyncio.Future[Any]) -> None:
    """Take the exception of a look that nobody waits for any more."""
    if not read.cancelled():
        read.exception()


def _asked(watcher: Callable[[], bool]) -> bool:
    """Ask whether guests are connected; who fails must not end the looking, nor be forgotten."""
    try:
        return watcher()
    except Exception as error:  # noqa: BLE001  # whatever it is, the others are still to be cut
        _log.error("Guests' connections could not be judged: %s", type(error).__name__)
        return True
