"""The mark on a handler that serves a guest; who wants to know asks here."""

from __future__ import annotations

from typing import Any

from tornado.web import RequestHandler

from nb_presign.access.gate.gate import Ruling
from nb_presign.model import Session

_ATTRIBUTE = "_nb_presign_session"
_RULING = "_nb_presign_ruling"
_OVER = "_nb_presign_over"


def mark(handler: RequestHandler, session: Session, ruling: Ruling) -> None:
    """Say that this handler serves a guest, and what the gate said of the request."""
    setattr(handler, _ATTRIBUTE, session)
    setattr(handler, _RULING, ruling)


def mark_over(handler: RequestHandler) -> None:
    """Say that the request came with the cookie of a session that is over."""
    setattr(handler, _OVER, True)


def is_over(handler: RequestHandler) -> bool:
    """Tell whether the request came with the cookie of a session that is over."""
    return bool(getattr(handler, _OVER, False))


def ruling_of(handler: Any) -> Ruling | None:  # noqa: ANN401  # as below
    """Return what the gate said of a guest's request; None for an owner, or nobody."""
    found = getattr(handler, _RULING, None)
    return found if isinstance(found, Ruling) else None


def session_of(handler: Any) -> Session | None:  # noqa: ANN401  # hooks are handed what calls itself a handler
    """Return the session of the guest that a handler serves; None for an owner, or nobody."""
    found = getattr(handler, _ATTRIBUTE, None)
    return found if isinstance(found, Session) else None
