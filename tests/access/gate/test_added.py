"""Rows that are found out while a server runs."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from support.gates import PUB
from support.guests import a_session
from tornado.routing import AnyMatches, Rule
from tornado.web import Application, RequestHandler

from nb_presign.access.gate.added import AddedRoutes
from nb_presign.access.gate.frames import Frames
from nb_presign.access.gate.gate import Gate, Verdict
from nb_presign.model import Scope
from nb_presign.settings import ConfiguredRoute


class ProxyHandler(RequestHandler):
    """Stands for jupyter_server_proxy's."""


class AddSlashHandler(RequestHandler):
    """Likewise."""


class Named(ProxyHandler):
    """The handler of one app."""


@pytest.fixture(autouse=True)
def _server_proxy(monkeypatch):
    module = SimpleNamespace(ProxyHandler=ProxyHandler, AddSlashHandler=AddSlashHandler)
    monkeypatch.setitem(sys.modules, "jupyter_server_proxy.handlers", module)


@pytest.fixture
def application():
    rules = [(r"/base/app/(.*)", Named), (r"/base/app", AddSlashHandler), (r"/base/x", Plain)]
    application = Application(rules)
    application.add_handlers(".*$", [(r"/base/late/(.*)", Named), (r"/other/(.*)", Named)])
    return application


def a_handler(request):
    """Stand for a target of a rule that is no class."""
    del request


class Plain(RequestHandler):
    """Is behind no proxy."""


def verdicts(application, path, method="GET", configured=()):
    added = AddedRoutes(application, "/base/", configured)
    gate = Gate("/base/", lambda: "", added=added)
    return [gate.decide(a_session(scope=scope), method, path).verdict for scope in Scope]


DENY, ALLOW = Verdict.DENY, Verdict.ALLOW
FULL_ONLY = [DENY, DENY, ALLOW]


@pytest.mark.parametrize("path", ["/base/app", "/base/app/", "/base/app/x/y", "/base/late/x"])
def test_apps_behind_a_proxy_are_for_full(application, path):
    assert verdicts(application, path) == FULL_ONLY
    assert verdicts(application, path, "POST") == FULL_ONLY


@pytest.mark.parametrize("path", ["/base/x", "/base/application", "/other/x", "/app/x"])
def test_nothing_else_is(application, path):
    assert verdicts(application, path) == [DENY] * 3


def test_nobody_who_is_narrowed_reaches_an_app(application):
    added = AddedRoutes(application, "/base/", ())
    gate = Gate("/base/", lambda: "", added=added)
    for path in ("/base/app", "/base/app/x"):
        narrowed = a_session(scope=Scope.FULL, narrowing=PUB)
        assert gate.decide(narrowed, "GET", path).verdict is DENY
    assert {row.narrowed for row in added()} == {False}


def test_a_row_is_the_apps_path_as_tornado_takes_it(application):
    application.add_handlers(".*$", [(r"/base/dollar$", Named)])
    application.add_handlers(".*$", [Rule(AnyMatches(), Named), (r"/base/called", a_handler)])
    application.add_handlers(".*$", [(r"/elsewhere/x", Named)])
    patterns = {row.pattern.pattern for row in AddedRoutes(application, "/base/", ())()}
    assert patterns == {"app/(.*)", "app", "late/(.*)", "dollar"}


def test_a_single_app_is_found():
    assert len(AddedRoutes(Application([(r"/base/app", Named)]), "/base/", ())()) == 1


def test_without_a_proxy_there_are_none(application, monkeypatch):
    monkeypatch.delitem(sys.modules, "jupyter_server_proxy.handlers")
    assert AddedRoutes(application, "/base/", ())() == ()


def test_what_is_added_later_is_found(application):
    added = AddedRoutes(application, "/base/", ())
    assert added() is added()
    before = len(added())
    application.add_handlers(".*$", [(r"/base/later/(.*)", Named)])
    assert len(added()) == before + 1


def test_a_deployers_row(application):
    configured = [ConfiguredRoute(("GET",), r"my-ext/.*", "execute")]
    assert verdicts(application, "/base/my-ext/x", configured=configured) == [DENY, ALLOW, ALLOW]
    assert verdicts(application, "/base/my-ext/x", "POST", configured) == [DENY] * 3
    assert verdicts(application, "/base/my-ext/%2e%2e/x", configured=configured) == [DENY] * 3
    both = [ConfiguredRoute(("GET", "POST"), r"my-ext/.*", "execute")]
    for method in ("GET", "POST"):
        assert verdicts(application, "/base/my-ext/x", method, both) == [DENY, ALLOW, ALLOW]
    (row, *_) = AddedRoutes(application, "/base/", configured)()
    assert (row.narrowed, row.frames) == (False, Frames.CHANNEL)
