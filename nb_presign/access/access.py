"""Let guests in: from a cookie to a session, a ruling, and a handler that is held to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from jupyter_server.auth.identity import User
from tornado.web import HTTPError, RequestHandler
from tornado.websocket import WebSocketHandler

from nb_presign.access import listings, pages
from nb_presign.access.addresses import peer_address
from nb_presign.access.book import SessionBook
from nb_presign.access.caching import KeepNothing
from nb_presign.access.cookie import GuestCookie
from nb_presign.access.gate import Gate, Ruling, Verdict
from nb_presign.access.marks import mark
from nb_presign.access.routes import Absorbed
from nb_presign.access.secrets_filter import SecretsFilter
from nb_presign.access.sockets import SocketRoom
from nb_presign.model import Session
from nb_presign.redemption import cookie_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What lets guests in on one server; stands in the web application's settings."""

    cookie: GuestCookie
    book: SessionBook
    gate: Gate
    sockets: SocketRoom
    trusted_proxies: tuple[str, ...]
    #: Tells what no guest is ever sent.
    secrets: Callable[[], tuple[bytes, ...]]

    async def admit(self, handler: RequestHandler, value: str) -> User | None:
        """Sign a guest in for this one request, and hold its handler to what the session may.

        None: nobody, because the cookie is none of ours, its time is over, or the route is open to
        all. Raises 403 for what the session may not do.
        """
        session = await self._session(handler, value)
        if session is None:
            return None
        ruling = self.rule(handler, session)
        if ruling.verdict is Verdict.PUBLIC:
            return None
        if ruling.verdict is Verdict.DENY:
            refuse(handler)
        self._hold(handler, session, value, ruling)
        return guest_user(session)

    def rule(self, handler: RequestHandler, session: Session) -> Ruling:
        """Ask the gate about a handler's request."""
        request = handler.request
        body = request.body if isinstance(request.body, bytes) else b""
        return self.gate.decide(session, request.method or "", request.path, body)

    async def _session(self, handler: RequestHandler, value: str) -> Session | None:
        session = await self.book.find(value)
        if session is None or not self.book.admits(
            session, peer_address(handler.request, self.trusted_proxies)
        ):
            return None
        return session

    def _hold(self, handler: RequestHandler, session: Session, value: str, ruling: Ruling) -> None:
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
        if ruling.verdict is Verdict.ABSORB:
            method = (handler.request.method or "").lower()
            setattr(handler, method, partial(_absorb, handler, session, ruling.absorbed))
            return
        if session.narrowing is not None:
            below = handler.request.path.removeprefix(self.gate.base_url)
            listings.narrow(handler, session.narrowing, below)
        if isinstance(handler, WebSocketHandler):
            self.sockets.guard(handler, session, cookie_hash(value))


def refuse(handler: RequestHandler) -> None:
    """Refuse a request, without a word that could tell something, and leave nobody signed in."""
    mine: Any = handler
    handler.current_user = mine._jupyter_current_user = None  # noqa: SLF001  # jupyter_server's own mark
    raise HTTPError(403)


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


def _absorb(
    handler: RequestHandler, session: Session, absorbed: Absorbed | None, *args: str, **kwargs: str
) -> None:
    """Answer as the handler would have, and do nothing."""
    del args, kwargs
    if absorbed is Absorbed.WORKSPACE:
        name = handler.request.path.rpartition("/")[2][:100]
        _answer(handler, {"data": {}, "metadata": {"id": name}})
    elif absorbed is Absorbed.WORKSPACES:
        _answer(handler, {"workspaces": {"ids": [], "values": []}})
    elif absorbed is Absorbed.IDENTITY:
        _answer(handler, asdict(guest_user(session)))
    else:
        handler.set_status(204)
        handler.finish()


def _answer(handler: RequestHandler, body: dict[str, Any]) -> None:
    handler.set_header("Content-Type", "application/json")
    handler.finish(json.dumps(body))
