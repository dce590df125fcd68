"""The second belt: a guest's handler may what the gate has said, and nothing else."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from support.gates import PUB
from support.guests import a_session
from support.scripted_book import ScriptedBook

from nb_presign.access.access import Access
from nb_presign.access.authorizer import GuestAuthorizer, with_guests
from nb_presign.access.gate.gate import Gate, Ruling, Verdict
from nb_presign.access.identity import SETTING
from nb_presign.access.marks import mark
from nb_presign.model import Scope


class Owners:
    """The authorizer that was configured; remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def is_authorized(self, handler, user, action, resource):
        self.asked.append((handler, user, action, resource))
        return "the owner's answer"


@pytest.fixture
def authorizer():
    return with_guests(Owners)()


def a_handler(path="/base/api/contents", *, session=None, verdict=Verdict.ALLOW, **settings):
    handler = SimpleNamespace(request=SimpleNamespace(path=path), settings=settings)
    if session is not None:
        mark(handler, session, Ruling(verdict))
    return handler


def an_access(session, gate=None):
    unused = dict.fromkeys(("cookie", "places", "room", "secrets", "end"))
    gate = gate or Gate("/base/", lambda: "")
    return Access(book=ScriptedBook(session), gate=gate, trusted_proxies=(), **unused)


def test_the_owner_is_the_parents_to_judge(authorizer):
    handler = a_handler()
    assert authorizer.is_authorized(handler, "me", "read", "contents") == "the owner's answer"
    assert authorizer.asked == [(handler, "me", "read", "contents")]


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_guest_is_the_gates(authorizer, verdict):
    session = a_session()
    handler = a_handler(session=session, verdict=verdict, **{SETTING: an_access(session)})
    allowed = authorizer.is_authorized(handler, None, "write", "contents")
    assert allowed is (verdict is Verdict.ALLOW)
    assert authorizer.asked == []


def test_a_session_that_is_over_may_nothing(authorizer):
    session = a_session()
    access = an_access(session)
    for path in ("/base/api/contents", "/base/api/me"):
        handler = a_handler(path, session=session, **{SETTING: access})
        assert authorizer.is_authorized(handler, None, "read", "contents") is True
        access.book.over = True
        assert authorizer.is_authorized(handler, None, "read", "contents") is False
        access.book.over = False


@pytest.mark.parametrize("settings", [{}, {SETTING: None}, {SETTING: "something else"}])
def test_without_our_access_a_guest_may_nothing(authorizer, settings):
    handler = a_handler(session=a_session(), **settings)
    assert authorizer.is_authorized(handler, None, "read", "contents") is False


def test_a_guest_who_asks_for_permissions_is_told_by_the_table(authorizer):
    told = {}
    for scope in Scope:
        session = a_session(scope=scope, narrowing=PUB)
        handler = a_handler("/base/api/me", session=session, **{SETTING: an_access(session)})
        for action in ("read", "write"):
            told[scope, action] = authorizer.is_authorized(handler, None, action, "contents")
    assert told == {
        **{(scope, "read"): True for scope in Scope},
        **{(scope, "write"): scope is not Scope.READ for scope in Scope},
    }


def test_only_there(authorizer):
    session = a_session()
    for path in ("/api/me", "/base/api/me/x", "/base/x"):
        handler = a_handler(
            path, session=session, verdict=Verdict.DENY, **{SETTING: an_access(session)}
        )
        assert authorizer.is_authorized(handler, None, "read", "contents") is False


def test_it_is_derived_once():
    derived = with_guests(Owners)
    assert (derived.__name__, derived.__mro__[1:3]) == ("GuestOwners", (GuestAuthorizer, Owners))
    assert derived.__module__ == "nb_presign.access.authorizer"
    assert with_guests(derived) is derived
