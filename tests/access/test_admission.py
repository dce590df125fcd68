"""A guest who is revoked at the very moment of being let in."""

from __future__ import annotations

import asyncio

import pytest
from support.guests import a_session
from support.scripted_book import ScriptedBook
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from nb_presign.access.access import Access
from nb_presign.access.connections.room import Room
from nb_presign.access.gate.gate import Ruling, Verdict


class SlowAccess(Access):
    """Takes a turn of the loop to find out where things are, in which something is revoked."""

    async def rule(self, handler, session):
        del session
        handler.settings["meanwhile"]()
        return Ruling(Verdict.ALLOW)

    def _hold(self, handler, session, ruling):
        """Do nothing: only who is let in is looked at here."""


class Whoami(RequestHandler):
    async def get(self):
        user = await self.settings["access"].admit(self, "cookie")
        self.finish("nobody" if user is None else user.username)


@pytest.mark.parametrize("this", [True, False])
def test_what_is_revoked_while_a_request_is_judged_counts(this):
    async def whole():
        session = a_session()
        book = ScriptedBook(session)
        unused = dict.fromkeys(("cookie", "gate", "places", "secrets", "end"))
        access = SlowAccess(book=book, room=Room(book), trusted_proxies=(), **unused)
        listener, port = bind_unused_port()
        app = Application([("/", Whoami)], access=access, meanwhile=lambda: book.revoke(this=this))
        server = HTTPServer(app)
        server.add_socket(listener)
        answer = await AsyncHTTPClient().fetch(f"http://127.0.0.1:{port}/")
        assert answer.body.decode() == ("nobody" if this else session.id)
        server.stop()
        await server.close_all_connections()

    asyncio.run(whole())
