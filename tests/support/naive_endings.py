"""End guests' sessions the obvious way: forget the cookie, and close the sockets.

The baseline that the guard of sockets is compared with. An extension of the unguarded server,
loaded by its own Python, by the name of this file.
"""

from __future__ import annotations

import weakref
from typing import Any, ClassVar

from jupyter_server.auth.identity import User
from jupyter_server.base.handlers import APIHandler
from jupyter_server.serverapp import ServerApp
from naive_guests import NaiveGuests
from tornado.web import RequestHandler, authenticated
from tornado.websocket import WebSocketHandler


class EndingGuests(NaiveGuests):
    """Takes the cookie `guest=1` until guests are ended."""

    #: Handlers that serve guests.
    serving: ClassVar[weakref.WeakSet[RequestHandler]] = weakref.WeakSet()
    ended = False

    async def get_user(self, handler: RequestHandler) -> User | None:
        """Remember whom a handler serves."""
        user = await super().get_user(handler)
        if user is not None and user.username == "guest":
            if self.ended:
                return None
            self.serving.add(handler)
        return user


class EndHandler(APIHandler):
    """`POST naive/end` ends all guests; `POST naive/begin` lets them in again."""

    def initialize(self, *, ended: bool) -> None:
        self._ended = ended

    @authenticated
    def post(self) -> None:
        EndingGuests.ended = self._ended
        for handler in tuple(EndingGuests.serving) if self._ended else ():
            if isinstance(handler, WebSocketHandler):
                handler.close(4401, "The session has ended.")
        self.set_status(204)


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": "naive_endings"}]


def _load_jupyter_server_extension(app: ServerApp) -> None:
    # Whatever name this file was loaded by before, this is the class that the server uses.
    assert isinstance(app.identity_provider, EndingGuests)
    routes = [
        (f"{app.base_url}naive/end", EndHandler, {"ended": True}),
        (f"{app.base_url}naive/begin", EndHandler, {"ended": False}),
    ]
    app.web_app.add_handlers(".*", routes)
