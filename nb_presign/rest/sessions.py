"""`api/sessions`: the guests on this server."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from nb_presign.rest.endpoint import Endpoint
from nb_presign.wire import SessionOut


class SessionsEndpoint(Endpoint):
    """All sessions."""

    @web.authenticated
    @authorized("read", "nb-presign")
    async def get(self) -> None:
        sessions, now = await self.api.sessions(), self.runtime.clock.now()
        self.answer([SessionOut.of(session, now) for session in sessions])

    @web.authenticated
    @authorized("write", "nb-presign")
    async def delete(self) -> None:
        ended, now = await self.api.end_sessions(), self.runtime.clock.now()
        self.answer([SessionOut.of(session, now) for session in ended])


class SessionEndpoint(Endpoint):
    """One session."""

    @web.authenticated
    @authorized("write", "nb-presign")
    async def delete(self, session_id: str) -> None:
        ended = await self.api.end_session(session_id)
        self.answer(SessionOut.of(ended, self.runtime.clock.now()))
