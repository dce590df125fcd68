"""The mark on a handler that serves a guest; who wants to know asks here."""

from __future__ import annotations

from typing import Any

from tornado.web import RequestHandler

from nb_presign.model import Session

_ATTRIBUTE = "_nb_presign_session"


def mark(handler: RequestHandler, session: Session) -> None:
    """Say that this handler serves a guest."""
    setattr(handler, _ATTRIBUTE, session)


def session_of(handler: Any) -> Session | None:  # noqa: ANN401  # hooks are handed what calls itself a handler
    """Return the session of the guest that a handler serves; None for an owner, or nobody."""
    found = getattr(handler, _ATTRIBUTE, None)
    return found if isinstance(found, Session) else None
