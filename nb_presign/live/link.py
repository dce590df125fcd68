"""One link that stays fresh, or says why it does not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from nb_presign.api import PresignApi
from nb_presign.duration import format_duration
from nb_presign.errors import (
    LinkRevokedError,
    NotRevocableError,
    PresignError,
    UpstreamError,
    UpstreamTimeoutError,
)
from nb_presign.live.click import click_request
from nb_presign.live.snapshot import LiveState, Mode, Snapshot
from nb_presign.live.timetable import Timetable
from nb_presign.live.timing import refresh_in, retry_in
from nb_presign.model import Link, LinkState

T = TypeVar("T")

#: Seconds an upstream may take; a refresh that hangs would keep others waiting for their turn.
PATIENCE = 60.0

_log = logging.getLogger(__name__)


Listener = Callable[[Snapshot], None]


class LiveLink:
    """A link that is refreshed while somebody looks at it.

    `snapshot` may be read, and `look`, `set_auto` and `start` be called, from any thread; they
    return at once. The coroutines and all changes run on the background loop, and listeners are
    called there, in order.
    """

    def __init__(self, link: Link, api: PresignApi, timetable: Timetable, mode: Mode) -> None:
        self._api = api
        self._table = timetable
        self._mode = mode
        self._mode_if_on = Mode.VISIBLE if mode is Mode.NEVER else mode
        self._views: set[str] = set()
        self._listeners: list[Listener] = []
        self._clicked: list[str] = []
        self._task: asyncio.Task[Link] | None = None
        self._ticket: int | None = None
        self._failures = 0
        self._retry_at: datetime | None = None
        # What counts against the limit; switching automatic refreshing on again starts both afresh.
        self._since, self._spent = link.created_at, 0
        self._refresh_at = self._pick_time(link, link.created_at)
        self.snapshot = Snapshot(link=link, state=self._state_of(link), auto=mode is not Mode.NEVER)

    @property
    def now(self) -> datetime:
        """What the kernel's clock says."""
        return self._table.clock.now()

    def __repr__(self) -> str:
        return f"<LiveLink {self.snapshot.link.id} {self.snapshot.state}>"

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each new snapshot; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a coroutine where live links live, and return at once."""
        return self._table.start(coroutine)

    def look(self, view: str, *, visible: bool) -> None:
        """Note that a view came into sight or left it; refresh at once if that is overdue."""

        def note() -> None:
            (self._views.add if visible else self._views.discard)(view)
            self.replan()

        self._table.call(note)

    def set_auto(self, auto: bool) -> None:  # noqa: FBT001  # the one thing that it sets
        """Switch automatic refreshing on or off; on starts the limit afresh."""

        def switch() -> None:
            if auto != self.snapshot.auto and self.snapshot.state is not LiveState.REVOKED:
                self._mode = self._mode_if_on if auto else Mode.NEVER
                self._since, self._spent = self.now, 0
                self._failures, self._retry_at = 0, None
                self._show(auto=auto, hint="")
                self.replan()

        self._table.call(switch)

    async def refresh(self) -> Link:
        """Refresh now; whoever asks while it goes on gets the same successor.

        Raises `PresignError`.
        """
        # One of several who wait may be cancelled without ending it for the others.
        return await asyncio.shield(self._task or self._begin())

    async def revoke(self) -> Link:
        """End the chain, and whatever `mint_click` minted, with their sessions.

        Where the upstream takes nothing back, refreshing stops, so that it ends by itself soon.
        Raises `PresignError`.
        """
        if self._task is not None:
            # Its successor would outlive the revocation if the upstream kept it afterwards.
            await asyncio.wait([self._task])
        try:
            revoked = await self._patiently(self._api.revoke(self.snapshot.link.id))
            for link_id in self._clicked[:]:
                await self._patiently(self._api.revoke(link_id))
                self._clicked.remove(link_id)
        except NotRevocableError:
            self._let_run_out()
            raise
        except PresignError as error:
            self._show(state=LiveState.FAILED, hint=f"Not revoked. {error}")
            raise
        self.end(revoked)
        return revoked

    async def mint_click(self) -> Link:
        """Mint the link of one click of the owner, on this link's terms. Raises `PresignError`.

        Nobody else is given it. It is not followed; revoking the live link ends it too, where
        there is revoking.
        """
        link = self.snapshot.link
        if self.snapshot.state is LiveState.REVOKED:
            raise LinkRevokedError(f"The link {link.id} was revoked.", hint="Mint a new one.")
        minted = await self._patiently(self._api.mint(click_request(link)))
        if self.snapshot.revocable:
            self._clicked.append(minted.id)
        return minted

    def due(self) -> None:
        """Do what is due: refresh, or expire."""
        self._ticket = None
        now, link = self.now, self.snapshot.link
        if now >= link.good_until and self.snapshot.state is LiveState.LIVE:
            self._show(state=LiveState.EXPIRED)
        self.replan()

    def replan(self) -> None:
        """Plan the next event, or start the refresh if its time has come."""
        self._table.drop(self._ticket)
        self._ticket = None
        if self._task is not None or self.snapshot.state is LiveState.REVOKED:
            return
        now, refresh_at = self.now, self._next_refresh()
        if refresh_at is not None and refresh_at <= now:
            if not self._limit_reached(now):
                self._spent += 1
                self._begin()
                return
            refresh_at = None
        if refresh_at != self.snapshot.next_refresh_at:
            self._show(next_refresh_at=refresh_at)
        times = [refresh_at] if refresh_at else []
        if now < self.snapshot.link.good_until:
            times.append(self.snapshot.link.good_until)
        if times:
            self._ticket = self._table.plan(self, min(times))

    def _next_refresh(self) -> datetime | None:
        watched = self._mode is Mode.ALWAYS or (self._mode is Mode.VISIBLE and bool(self._views))
        given_up = self._failures and self._retry_at is None
        return (self._retry_at or self._refresh_at) if watched and not given_up else None

    def _limit_reached(self, now: datetime) -> bool:
        limit = self._table.limit
        if now - self._since < limit.span and self._spent < limit.refreshes:
            return False
        self._mode = Mode.NEVER
        reached = (
            f"{limit.refreshes} times"
            if self._spent >= limit.refreshes
            else format_duration(limit.span.total_seconds())
        )
        hint = f"Automatic refresh ended after {reached}. Switch it on again to go on."
        self._show(auto=False, hint=hint)
        return True

    def _begin(self) -> asyncio.Task[Link]:
        self._task = asyncio.ensure_future(self._refresh())
        self._task.add_done_callback(_hear_out)
        return self._task

    async def _refresh(self) -> Link:
        self._show(state=LiveState.REFRESHING, next_refresh_at=None)
        try:
            async with self._table.turns:
                link = await self._patiently(self._api.refresh(self.snapshot.link.id))
        except PresignError as error:
            self._task = None
            self._failed(error)
            raise
        self._task = None
        self._failures, self._retry_at = 0, None
        # From here and now: with a server whose clock is behind, every successor looks overdue.
        self._refresh_at = self._pick_time(link, self.now)
        self._show(
            link=link,
            state=self._state_of(link),
            hint="",
            refreshes=self.snapshot.refreshes + 1,
        )
        self.replan()
        return link

    def _failed(self, error: PresignError) -> None:
        if isinstance(error, LinkRevokedError):
            self.end(self.snapshot.link)
            return
        self._failures += 1
        pause = retry_in(error, self._failures, self._table.chance())
        self._retry_at = None if pause is None else self.now + timedelta(seconds=pause)
        self._show(state=LiveState.FAILED, hint=f"Not refreshed. {error}")
        self.replan()

    def end(self, link: Link) -> None:
        """Show that `link`, one of the chain, was revoked; on the background loop."""
        self._mode = Mode.NEVER
        self._show(
            link=replace(link, url=None, auth_token=None, revoked_at=link.revoked_at or self.now),
            state=LiveState.REVOKED,
            auto=False,
            hint="",
            next_refresh_at=None,
        )
        self.replan()

    def _let_run_out(self) -> None:
        self._mode = Mode.NEVER
        hint = f"Nobody can take it back. It ends by itself at {_clock_time(self.snapshot.link)}."
        self._show(auto=False, hint=hint)
        self.replan()

    def _show(self, **changes: Any) -> None:  # noqa: ANN401  # the fields of a Snapshot
        self.snapshot = replace(self.snapshot, **changes)
        for listener in self._listeners[:]:
            self._tell(listener)

    def _tell(self, listener: Listener) -> None:
        try:
            listener(self.snapshot)
        except Exception as error:  # noqa: BLE001  # one bad listener must not stop all clocks
            # Its text might quote what it was given.
            _log.error("a listener of %r failed: %s", self, type(error).__name__)

    def _pick_time(self, link: Link, since: datetime) -> datetime:
        return since + timedelta(seconds=refresh_in(link, self._table.chance()))

    def _state_of(self, link: Link) -> LiveState:
        state = link.state(self._table.clock.now())
        if state is LinkState.REVOKED:
            return LiveState.REVOKED
        return LiveState.LIVE if state is LinkState.LIVE else LiveState.EXPIRED

    @staticmethod
    async def _patiently(answer: Coroutine[Any, Any, T]) -> T:
        """Wait for the upstream, but not for ever; whatever goes wrong becomes a `PresignError`."""
        try:
            return await asyncio.wait_for(answer, PATIENCE)
        except PresignError:
            raise
        except asyncio.TimeoutError:
            raise UpstreamTimeoutError("There was no answer in time.", hint="Try again.") from None
        except Exception as error:  # noqa: BLE001  # an API that breaks its word; the text might hold the URL
            raise UpstreamError(f"Unexpected {type(error).__name__}.", hint="Try again.") from None


def _hear_out(task: asyncio.Task[Link]) -> None:
    """Take the exception that a listener has been told of already."""
    if not task.cancelled():
        task.exception()


def _clock_time(link: Link) -> str:
    return f"{link.good_until:%H:%M:%S} UTC"
