"""The identity provider of a server with guests: whatever was configured, with ours in front.

The parent is asked first, and whoever it knows is an owner. Only then counts what stands for a
session: the header that programs send, else our cookie.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from http import HTTPStatus
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, cast

from tornado.web import HTTPError, RequestHandler

from nb_presign.access.access import Access, answer_errors, guest_user, refuse
from nb_presign.access.entry import bearer
from nb_presign.access.marks import session_of

if TYPE_CHECKING:
    from jupyter_server.auth.identity import IdentityProvider, User

    _Base = IdentityProvider
else:
    _Base = object

#: Where the web application keeps its `Access`; without it nobody is a guest.
SETTING = "nb_presign_access"

#: What a guest is answered on purpose.
_JUDGED = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE})

_log = logging.getLogger(__name__)


class GuestIdentity(_Base):
    """Mixin in front of an identity provider's class."""

    def get_user(self, handler: RequestHandler) -> User | Awaitable[User | None] | None:
        """Tell who sends a request: an owner, a guest who may do just this, or nobody.

        Raises nothing but 403, for a guest who may not, and 503; see `Access.admit`.
        """
        access = handler.settings.get(SETTING)
        if isinstance(access, Access) and (
            access.cookie.sent_with(handler.request)
            or bearer.sent_with(handler.request)
            or session_of(handler) is not None
        ):
            return self._owner_or_guest(handler, access)
        return super().get_user(handler)

    async def _owner_or_guest(self, handler: RequestHandler, access: Access) -> User | None:
        known = session_of(handler)
        if known is not None:
            return guest_user(known)
        try:
            value, by_header = _take(handler, access)
        except Exception as error:  # noqa: BLE001  # an exception here would turn /login and /static into 500
            user = await self._owner(handler)
            if user is None:
                _refuse_unjudged(handler, error)
            return user
        user = await self._owner(handler)
        if value is None:
            return user
        try:
            if access.is_leaving(handler):
                await access.leave(handler, value)
            elif user is None:
                return await access.admit(handler, value, by_header=by_header)
        except Exception as error:
            if isinstance(error, HTTPError) and error.status_code in _JUDGED:
                raise
            if user is None:
                _refuse_unjudged(handler, error)
        return user

    async def _owner(self, handler: RequestHandler) -> User | None:
        found: Any = super().get_user(handler)
        return cast("User | None", await found if isawaitable(found) else found)

    def update_user(self, handler: RequestHandler, user_data: Any) -> User:  # noqa: ANN401  # a literal type that grows with versions
        """Refuse guests, whose name is their session's."""
        if session_of(handler) is not None:
            raise HTTPError(403)
        return super().update_user(handler, user_data)

    def set_login_cookie(self, handler: RequestHandler, user: User) -> None:
        """Set no login cookie for a guest: it would outlive the session."""
        if session_of(handler) is None:
            super().set_login_cookie(handler, user)


def _take(handler: RequestHandler, access: Access) -> tuple[str | None, bool]:
    """Read what stands for a session, and whether the header; take both out.

    Nobody else is to see them, proxies above all. Who sends a header is judged by it alone: a wrong
    one is not made good by a cookie. Raises whatever goes wrong.
    """
    answer_errors(handler)
    request = handler.request
    by_header = bearer.sent_with(request)
    value = bearer.read(request) if by_header else access.cookie.read(request)
    bearer.strip(request)
    access.cookie.strip(request)
    return value, by_header


def _refuse_unjudged(handler: RequestHandler, error: Exception) -> None:
    """Refuse a guest because of an error, of which no traceback is logged: it may quote headers."""
    _log.error("A guest could not be judged and is refused: %s", type(error).__name__)
    refuse(handler)


def with_guests(base: type[IdentityProvider]) -> type[IdentityProvider]:
    """Derive the class that is used instead of the one that is configured."""
    if issubclass(base, GuestIdentity):
        return base
    return cast(
        "type[IdentityProvider]",
        type(f"Guest{base.__name__}", (GuestIdentity, base), {"__module__": __name__}),
    )
