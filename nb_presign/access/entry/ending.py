"""Where a guest's browser is led when the session is over: to a page that says so.

Without it Jupyter sends whoever is not signed in to its login page, for which a guest has no
password.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from jupyter_server.base.handlers import APIHandler
from tornado.web import RequestHandler

from nb_presign.access.marks import mark_over
from nb_presign.model import Session, SessionState

#: The page, below the base URL.
PAGE = "nb-presign/ended"
#: The session goes on, but its guest is not let in from there, or now.
ELSEWHERE = "elsewhere"


def lead_to_the_end(handler: RequestHandler, session: Session, base_url: str) -> None:
    """Make this one handler's redirect to the login page lead to the page of the end instead.

    API handlers redirect nobody (jupyter_server 2.21) and stay as they are.
    """
    mark_over(handler)
    why = SessionState.ENDED if session.ended_at is not None else SessionState.EXPIRED
    _lead(handler, base_url, str(why))


def lead_elsewhere(handler: RequestHandler, base_url: str) -> None:
    """Lead a guest who is not let in from another address to a page that says so.

    They keep their cookie: from the right address it counts again.
    """
    _lead(handler, base_url, ELSEWHERE)


def _lead(handler: RequestHandler, base_url: str, why: str) -> None:
    if isinstance(handler, APIHandler):
        return
    # With a query of its own: tornado 6.6 would add `next=` to an address that has none.
    address = f"{base_url}{PAGE}?{urlencode({'why': why})}"
    mine: Any = handler
    mine.get_login_url = lambda: address
