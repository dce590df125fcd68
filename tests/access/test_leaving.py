"""A guest logs out: the session ends if the store can be asked, and the cookie is taken back."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from support.guests import SERVER, a_session
from tornado.httputil import HTTPHeaders

from nb_presign.access.access import Access
from nb_presign.access.entry.cookie import GuestCookie
from nb_presign.errors import StoreError
from nb_presign.policy import Visit


class Book:
    """Knows one session, and whether it is let in from there."""

    def __init__(self, session, *, admits=True):
        self._session, self._admits = session, admits

    async def find(self, value):
        return self._session if value == "cookie" else None

    def admits(self, session, visit):
        assert session is self._session
        assert isinstance(visit, Visit)
        return self._admits


class Handler:
    """Remembers which cookies were cleared."""

    def __init__(self, method="GET", path="/base/logout", **headers):
        self.request = SimpleNamespace(
            method=method, path=path, headers=HTTPHeaders(headers), connection=None
        )
        self.cleared = []

    def clear_cookie(self, name, **_):
        self.cleared.append(name)


@pytest.fixture
def session():
    return a_session()


@pytest.fixture
def access(session):
    def access(end=None, **book):
        return Access(
            cookie=GuestCookie(SERVER, "/base/"),
            book=Book(session, **book),
            gate=SimpleNamespace(base_url="/base/"),
            places=None,
            room=None,
            trusted_proxies=(),
            secrets=tuple,
            end=end,
        )

    return access


@pytest.mark.parametrize(
    ("handler", "leaving"),
    [
        (Handler(), True),
        (Handler(**{"Sec-Fetch-Site": "same-origin"}), True),
        (Handler(**{"Sec-Fetch-Site": "none"}), True),
        (Handler(**{"Sec-Fetch-Site": "same-site"}), False),
        (Handler(**{"Sec-Fetch-Site": "cross-site"}), False),
        (Handler(**{"Sec-Purpose": "prefetch;prerender"}), False),
        (Handler("HEAD"), False),
        (Handler("POST"), False),
        (Handler(path="/base/logout/"), False),
        (Handler(path="/logout"), False),
        (Handler(path="/base/lab"), False),
    ],
)
def test_who_is_leaving(access, handler, leaving):
    assert access().is_leaving(handler) is leaving


def test_the_session_ends(access, session):
    ended, handler = [], Handler()

    async def end(which):
        ended.append(which)

    asyncio.run(access(end).leave(handler, "cookie"))
    assert ended == [session]
    assert len(handler.cleared) == 2


@pytest.mark.parametrize(("value", "admits"), [("other", True), ("cookie", False)])
def test_who_is_not_let_in_ends_nothing(access, value, admits):
    handler = Handler()

    async def end(_):
        pytest.fail("it was ended")

    asyncio.run(access(end, admits=admits).leave(handler, value))
    assert handler.cleared


@pytest.mark.parametrize("error", [StoreError("away"), RuntimeError("shut down")])
def test_a_store_that_is_away_keeps_nobodys_cookie(access, error):
    handler = Handler()

    async def end(_):
        raise error

    asyncio.run(access(end).leave(handler, "cookie"))
    assert handler.cleared


def test_nobody_waits_for_a_store_that_hangs(access, monkeypatch):
    monkeypatch.setattr("nb_presign.access.access.LEAVE_SECONDS", 0.01)
    handler = Handler()

    async def end(_):
        await asyncio.Event().wait()

    asyncio.run(access(end).leave(handler, "cookie"))
    assert handler.cleared
