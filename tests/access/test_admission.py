"""A guest who is revoked at the very moment of being let in."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

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


async def ask(book, meanwhile=lambda: None, path="/"):
    """Ask a server with that book who one is."""
    unused = dict.fromkeys(("cookie", "places", "secrets", "end"))
    gate = SimpleNamespace(base_url="/")
    access = SlowAccess(book=book, room=Room(book), gate=gate, trusted_proxies=(), **unused)
    listener, port = bind_unused_port()
    server = HTTPServer(Application([(path, Whoami)], access=access, meanwhile=meanwhile))
    server.add_socket(listener)
    answer = await AsyncHTTPClient().fetch(f"http://127.0.0.1:{port}{path}", raise_error=False)
    server.stop()
    await server.close_all_connections()
    return answer


@pytest.mark.parametrize("this", [True, False])
def test_what_is_revoked_while_a_request_is_judged_counts(this):
    async def whole():
        session = a_session()
        book = ScriptedBook(session)
        answer = await ask(book, lambda: book.revoke(this=this))
        assert answer.body.decode() == ("nobody" if this else session.id)

    asyncio.run(whole())


@pytest.mark.parametrize(("silent", "code"), [(True, 503), (False, 200)])
def test_a_page_that_asks_while_nobody_can_tell_is_told_so(silent, code):
    async def whole():
        book = ScriptedBook(a_session())
        book.session, book.silent = None, silent
        assert (await ask(book, path="/api/me")).code == code
        assert (await ask(book)).body == b"nobody"

    asyncio.run(whole())
