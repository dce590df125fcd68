"""Let guests in: from a cookie, or a program's header, to a ruling and a handler held to it."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from jupyter_server.auth.identity import User
from tornado.web import HTTPError, RequestHandler
from tornado.websocket import WebSocketHandler

from nb_presign.access.answers import listings, pages
from nb_presign.access.answers.caching import KeepNothing
from nb_presign.access.answers.secrets_filter import SecretsFilter
from nb_presign.access.connections.room import Room
from nb_presign.access.connections.standing import Standing
from nb_presign.access.entry.addresses import visit_of
from nb_presign.access.entry.book import SessionBook
from nb_presign.access.entry.cookie import GuestCookie
from nb_presign.access.entry.ending import lead_elsewhere, lead_to_the_end
from nb_presign.access.gate.absorbed import Absorbed, absorb
from nb_presign.access.gate.gate import DENIED, Gate, Ruling, Verdict
from nb_presign.access.gate.places import Places
from nb_presign.access.marks import mark
from nb_presign.errors import PresignError
from nb_presign.model import Session, SessionState
from nb_presign.policy import Visit
from nb_presign.redemption import cookie_hash

#: Seconds that a guest who logs out waits for the store.
LEAVE_SECONDS = 3.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What lets guests in on one server; stands in the web application's settings."""

    cookie: GuestCookie
    book: SessionBook
    gate: Gate
    places: Places
    room: Room
    trusted_proxies: tuple[str, ...]
    #: Tells what no guest is ever sent.
    secrets: Callable[[], tuple[bytes, ...]]
    #: Ends a session whose guest leaves.
    end: Callable[[Session], Awaitable[object]]

    async def admit(
        self, handler: RequestHandler, value: str, *, by_header: bool = False
    ) -> User | None:
        """Sign a guest in for this one request, and hold its handler to what the session may.

        `value` came in our cookie, or in the header that programs send. None: nobody, because it is
        none of ours, its time is over, or the route is open to all. Raises 403 for what the session
        may not do, and 503 where the store is silent, for who asks who they are.
        """
        visit, epoch = visit_of(handler.request, self.trusted_proxies), self.book.epoch
        session = await self._session(handler, value, visit)
        if session is None:
            if self.book.unsure and handler.request.path == f"{self.gate.base_url}api/me":
                # Pages ask here whether their session is over: just now nobody can tell.
                raise HTTPError(503)
            return None
        if isinstance(handler, WebSocketHandler) and not same_host(handler):
            # Here, and not only where tornado asks: some handlers begin before (Yjs rooms).
            refuse(handler)
        ruling = await self.rule(handler, session)
        if ruling.verdict is Verdict.PUBLIC:
            return None
        if ruling.verdict is Verdict.DENY:
            refuse(handler)
        if epoch != self.book.epoch:
            # Something was revoked while the server was asked where things are.
            epoch = self.book.epoch
            session = await self._session(handler, value, visit)
            if session is None:
                return None
        admitted: Callable[[], bool] = partial(self.book.admits, session, visit)
        if ruling.moves:
            admitted = Standing(admitted, partial(self.still_allowed, handler, session))
        self._hold(handler, session, ruling)
        if by_header:
            # No browser adds it by itself, so that no other site's page can make one send it.
            handler.check_xsrf_cookie = _no_cookie_needed  # type: ignore[method-assign]  # this one's
        self.room.hold(
            handler,
            session,
            cookie_hash(value),
            frames=ruling.frames,
            admitted=admitted,
            epoch=epoch,
        )
        return guest_user(session)

    def is_leaving(self, handler: RequestHandler) -> bool:
        """Tell whether a browser is asked to log out, and not by another site or a prefetcher."""
        request = handler.request
        return (
            request.method == "GET"
            and request.path == f"{self.gate.base_url}logout"
            and request.headers.get("Sec-Fetch-Site", "none") in {"same-origin", "none"}
            and not request.headers.get("Sec-Purpose")
        )

    async def leave(self, handler: RequestHandler, value: str) -> None:
        """End the session of a guest who logs out, and take the cookie back in any case.

        Who is not let in from where they are, with a cookie that was stolen perhaps, ends nothing.
        """
        self.cookie.clear(handler)
        session, visit = (
            await self.book.find(value),
            visit_of(handler.request, self.trusted_proxies),
        )
        if session is None or not self.book.admits(session, visit):
            return
        try:
            await asyncio.wait_for(self.end(session), LEAVE_SECONDS)
        except (PresignError, asyncio.TimeoutError, RuntimeError) as error:
            # RuntimeError: the pool is shut down, so the server is stopping.
            _log.warning("A guest left, whose session goes on: %s", type(error).__name__)

    async def rule(self, handler: RequestHandler, session: Session) -> Ruling:
        """Ask the gate about a handler's request, and the server where things are, if need be."""
        request = handler.request
        match = self.gate.find(request.method or "", request.path)
        if match is None:
            return DENIED
        live = await self.places.look_up(session, match, request.arguments)
        body = request.body if isinstance(request.body, bytes) else b""
        return self.gate.judge(session, match, body, request.arguments, live)

    async def still_allowed(self, handler: RequestHandler, session: Session) -> bool:
        """Tell whether a request that was let in would be now: what it named may have moved."""
        return (await self.rule(handler, session)).verdict is Verdict.ALLOW

    async def _session(self, handler: RequestHandler, value: str, visit: Visit) -> Session | None:
        session = await self.book.find(value)
        if session is not None and session.state(self.book.now()) is not SessionState.LIVE:
            lead_to_the_end(handler, session, self.gate.base_url)
            return None
        if session is None or self.book.admits(session, visit):
            return session
        if self.book.live(session):
            lead_elsewhere(handler, self.gate.base_url)
        return None

    def _hold(self, handler: RequestHandler, session: Session, ruling: Ruling) -> None:
        mine: Any = handler
        mark(handler, session, ruling)
        # A guest never counts as a script with the token, for which origin and XSRF checks would be
        # skipped.
        mine._token_authenticated = False  # noqa: SLF001  # the attribute that jupyter_server looks at
        mine.check_origin = partial(same_host, handler)
        mine.set_cors_headers = _no_headers
        pages.blank_token(handler)
        secrets_filter = SecretsFilter(handler, self.secrets(), partial(self.book.live, session))
        mine._transforms.insert(0, secrets_filter)  # noqa: SLF001  # before compression, for this answer only
        if not ruling.cacheable:
            mine._transforms.insert(0, KeepNothing(handler.request))  # noqa: SLF001  # likewise
        if ruling.absorbed is not None:
            method = (handler.request.method or "").lower()
            setattr(handler, method, partial(_absorb, handler, session, ruling.absorbed))
            return
        below = handler.request.path.removeprefix(self.gate.base_url)
        listings.hold(handler, session, ruling.reach, below)
        if ruling.starts:
            self.places.started.watch(handler, session, ruling.reach.kernels)


def refuse(handler: RequestHandler) -> None:
    """Refuse a request, without a word that could tell something, and leave nobody signed in."""
    mine: Any = handler
    handler.current_user = mine._jupyter_current_user = None  # noqa: SLF001  # jupyter_server's own mark
    raise HTTPError(403)


def answer_errors(handler: RequestHandler) -> None:
    """Make a handler answer errors whose `finish` nobody awaits: its guest would wait for ever.

    (`LicensesHandler`, jupyterlab_server 2.28)
    """
    if inspect.iscoroutinefunction(handler.finish):
        mine: Any = handler
        send_error = handler.send_error

        def answered(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # tornado's signature
            mine.finish = partial(RequestHandler.finish, handler)
            send_error(*args, **kwargs)

        mine.send_error = answered


def guest_user(session: Session) -> User:
    """Make the user that the rest of the server sees; it holds no secret."""
    name = f"Guest ({session.scope})"
    return User(username=session.id, name=name, display_name=name, initials="G")


def same_host(handler: RequestHandler, origin: str | None = None) -> bool:
    """Tell whether a guest's request comes from a page of this host.

    A request without an origin is no browser's cross-site one.
    """
    headers = handler.request.headers
    found = origin or headers.get("Origin") or headers.get("Sec-Websocket-Origin")
    host = headers.get("Host")
    if not found:
        return True
    return host is not None and urlsplit(found.lower()).netloc == host.lower()


def _no_headers() -> None:
    """Set no CORS headers: guests have none."""


def _no_cookie_needed() -> None:
    """Compare no XSRF token with a cookie: there is none."""


def _absorb(
    handler: RequestHandler, session: Session, absorbed: Absorbed, *args: str, **kwargs: str
) -> None:
    """Stand in for a handler's method, whatever it is given."""
    del args, kwargs
    absorb(handler, absorbed, guest_user(session))
