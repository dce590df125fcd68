"""Who sends a request: the parent is asked first, then our header, then our cookie."""

from __future__ import annotations

import asyncio
from inspect import isawaitable
from types import SimpleNamespace

import pytest
from support.guests import SERVER, a_session
from tornado.httputil import HTTPHeaders
from tornado.web import HTTPError

from nb_presign.access.access import Access, guest_user
from nb_presign.access.entry.cookie import GuestCookie
from nb_presign.access.gate.gate import Ruling, Verdict
from nb_presign.access.identity import SETTING, GuestIdentity, with_guests
from nb_presign.access.marks import mark
from nb_presign.redemption import BEARER

COOKIE = GuestCookie(SERVER, "/base/")
TOKEN = f"{BEARER}{'t' * 43}"


class Owners:
    """The identity provider that was configured."""

    def __init__(self, owner=None, *, later=False):
        self.owner, self.later, self.done = owner, later, []

    def get_user(self, handler):
        headers = handler.request.headers
        self.done.append(("asked", headers.get("Cookie"), *headers.get_list("Authorization")))

        async def later():
            return self.owner

        return later() if self.later else self.owner

    def update_user(self, handler, user_data):
        self.done.append(("updated", handler, user_data))
        return "updated"

    def set_login_cookie(self, handler, user):
        self.done.append(("cookie", handler, user))


class ScriptedAccess(Access):
    """Lets in whoever brings `cookie`, and remembers who left; or breaks."""

    async def admit(self, handler, value, *, by_header=False):
        if isinstance(self.end, Exception):
            raise self.end
        good = value == "cookie" or (by_header and value == TOKEN)
        return guest_user(handler.session) if good else None

    async def leave(self, handler, value):
        if isinstance(self.end, KeyError | HTTPError):
            raise self.end
        handler.left = value


class Handler:
    """One request."""

    def __init__(self, *cookies, access=None, path="/base/lab", authorization=()):
        self.session = a_session()
        headers = HTTPHeaders({"Cookie": "; ".join(cookies)} if cookies else {})
        for each in authorization:
            headers.add("Authorization", each)
        self.request = SimpleNamespace(headers=headers, path=path, method="GET", protocol="http")
        self.settings = {} if access is None else {SETTING: access}
        self.current_user = self._jupyter_current_user = "somebody"
        self.left = None

    def finish(self, chunk=None):
        """Answer, as every handler can."""


OURS = f"{COOKIE.name}=cookie"


class BrokenCookie:
    """Does as the real one, but for one method that fails with what it was given."""

    def __init__(self, broken):
        self._broken = broken

    def __getattr__(self, name):
        def fail(request):
            raise HTTPError(500, f"a secret: {request.headers['Cookie']}")

        return fail if name == self._broken else getattr(COOKIE, name)


def an_access(*, fails=None, cookie=COOKIE):
    unused = dict.fromkeys(("book", "places", "room", "secrets"))
    gate = SimpleNamespace(base_url="/base/")
    return ScriptedAccess(cookie=cookie, gate=gate, end=fails, trusted_proxies=(), **unused)


def whole(found):
    async def awaited():
        return await found

    return asyncio.run(awaited()) if isawaitable(found) else found


@pytest.fixture
def provider():
    return with_guests(Owners)()


def test_a_guest_is_known_by_the_cookie_which_nobody_behind_us_sees(provider):
    handler = Handler("a=1", OURS, access=an_access())
    assert whole(provider.get_user(handler)) == guest_user(handler.session)
    assert handler.request.headers["Cookie"] == "a=1"
    assert provider.done == [("asked", "a=1")]


@pytest.mark.parametrize("later", [False, True])
def test_an_owner_with_a_guests_cookie_is_the_owner(later):
    handler = Handler(OURS, access=an_access(fails=RuntimeError("nobody asks it")))
    assert whole(with_guests(Owners)("me", later=later).get_user(handler)) == "me"
    assert "Cookie" not in handler.request.headers


def test_without_our_cookie_the_parent_answers_at_once():
    provider = with_guests(Owners)("me")
    assert provider.get_user(Handler("a=1", access=an_access())) == "me"
    assert provider.get_user(Handler()) == "me"


@pytest.mark.parametrize("access", [None, "something else"])
def test_without_access_nobody_is_a_guest(provider, access):
    assert provider.get_user(Handler(OURS, access=access)) is None


def test_two_of_our_cookies_are_none(provider):
    handler = Handler(OURS, f"{COOKIE.name}=other", access=an_access())
    assert whole(provider.get_user(handler)) is None
    assert "Cookie" not in handler.request.headers


def test_a_cookie_that_is_not_known_is_nobodys(provider):
    handler = Handler(f"{COOKIE.name}=other", access=an_access())
    assert whole(provider.get_user(handler)) is None


class TestTheHeader:
    GOOD = (f"Bearer {TOKEN}",)
    WRONG = (f"Bearer {TOKEN[:-1]}u",)

    @pytest.mark.parametrize("cookies", [(), (OURS,), (f"{COOKIE.name}=other", "a=1")])
    def test_is_judged_before_the_cookie_and_nobody_behind_us_sees_either(self, provider, cookies):
        handler = Handler(*cookies, access=an_access(), authorization=self.GOOD)
        assert whole(provider.get_user(handler)) == guest_user(handler.session)
        left = "a=1" if "a=1" in cookies else None
        assert provider.done == [("asked", left)]
        assert handler.request.headers.get("Cookie") == left
        assert "Authorization" not in handler.request.headers

    @pytest.mark.parametrize("values", [WRONG, GOOD * 2, (*GOOD, "Bearer x"), (f"token {BEARER}",)])
    def test_is_not_made_good_by_a_cookie(self, provider, values):
        handler = Handler(OURS, access=an_access(), authorization=values)
        assert whole(provider.get_user(handler)) is None
        assert provider.done == [("asked", None)]

    def test_of_somebody_else_is_the_parents(self, provider):
        handler = Handler(OURS, access=an_access(), authorization=("Bearer x",))
        assert whole(provider.get_user(handler)) == guest_user(handler.session)
        assert provider.done == [("asked", None, "Bearer x")]
        alone = Handler(access=an_access(), authorization=("Bearer x",))
        assert provider.get_user(alone) is None  # at once

    def test_makes_nobody_of_an_owner(self):
        handler = Handler(access=an_access(), authorization=self.GOOD)
        assert whole(with_guests(Owners)("me").get_user(handler)) == "me"
        assert "Authorization" not in handler.request.headers

    def test_ends_the_session_of_who_logs_out(self, provider):
        handler = Handler(access=an_access(), authorization=self.GOOD, path="/base/logout")
        assert whole(provider.get_user(handler)) is None
        assert handler.left == TOKEN

    def test_is_not_looked_at_without_access(self, provider):
        assert provider.get_user(Handler(authorization=self.GOOD)) is None


def test_who_was_let_in_stays_so_for_that_request(provider):
    handler = Handler(access=an_access(fails=RuntimeError("nobody asks it")))
    session = a_session()
    mark(handler, session, Ruling(Verdict.ALLOW))
    assert whole(provider.get_user(handler)) == guest_user(session)
    assert provider.done == []


@pytest.mark.parametrize("owner", [None, "me"])
def test_who_logs_out_leaves_and_is_whoever_the_parent_says(owner):
    handler = Handler(OURS, access=an_access(fails=RuntimeError("no")), path="/base/logout")
    assert whole(with_guests(Owners)(owner).get_user(handler)) == owner
    assert handler.left == "cookie"


def test_nobody_leaves_who_was_never_there(provider):
    handler = Handler(OURS, OURS, access=an_access(), path="/base/logout")
    assert whole(provider.get_user(handler)) is None
    assert handler.left is None


def test_a_refusal_stays_one(provider):
    error = HTTPError(403)
    with pytest.raises(HTTPError) as caught:
        whole(provider.get_user(Handler(OURS, access=an_access(fails=error))))
    assert caught.value is error


def refused(provider, handler):
    """Tell whether a request is refused, with nobody signed in."""
    with pytest.raises(HTTPError) as caught:
        whole(provider.get_user(handler))
    nobody = (handler.current_user, handler._jupyter_current_user) == (None, None)
    return nobody and (caught.value.status_code, caught.value.log_message) == (403, None)


BROKEN = {
    "admit": lambda: an_access(fails=KeyError("a secret")),
    "leave": lambda: an_access(fails=KeyError("a secret")),
    "admit, as a handler": lambda: an_access(fails=HTTPError(500, "a secret")),
    "read": lambda: an_access(cookie=BrokenCookie("read")),
    "strip": lambda: an_access(cookie=BrokenCookie("strip")),
}


@pytest.mark.parametrize("part", BROKEN)
@pytest.mark.parametrize("later", [False, True])
def test_whatever_breaks_is_a_refusal_that_tells_nothing(part, later, caplog):
    path = "/base/logout" if part == "leave" else "/base/lab"
    provider = with_guests(Owners)(later=later)
    assert refused(provider, Handler(OURS, access=BROKEN[part](), path=path))
    error = "KeyError" if part in {"admit", "leave"} else "HTTPError"
    assert caplog.messages == [f"A guest could not be judged and is refused: {error}"]
    assert "secret" not in caplog.text


@pytest.mark.parametrize("part", BROKEN)
@pytest.mark.parametrize("later", [False, True])
def test_whatever_breaks_the_owner_is_served(part, later, caplog):
    path = "/base/logout" if part == "leave" else "/base/lab"
    provider = with_guests(Owners)("me", later=later)
    assert whole(provider.get_user(Handler(OURS, access=BROKEN[part](), path=path))) == "me"
    assert "secret" not in caplog.text


def test_errors_are_answered_where_nobody_awaits_finish(provider):
    answered = []

    class Licenses(Handler):
        async def finish(self, chunk=None):
            """Answer later, as jupyterlab_server's does."""

        def send_error(self, status):
            answered.append((status, asyncio.iscoroutinefunction(self.finish)))

    handler = Licenses(OURS, access=an_access())
    whole(provider.get_user(handler))
    handler.send_error(500)
    assert answered == [(500, False)]


def test_guests_change_no_user_and_get_no_login_cookie(provider):
    handler = Handler()
    mark(handler, a_session(), Ruling(Verdict.ALLOW))
    with pytest.raises(HTTPError) as caught:
        provider.update_user(handler, {"name": "x"})
    assert caught.value.status_code == 403
    provider.set_login_cookie(handler, "guest")
    assert provider.done == []


def test_owners_do(provider):
    handler = Handler()
    assert provider.update_user(handler, {"name": "x"}) == "updated"
    provider.set_login_cookie(handler, "me")
    assert provider.done == [("updated", handler, {"name": "x"}), ("cookie", handler, "me")]


def test_it_is_derived_once():
    derived = with_guests(Owners)
    assert (derived.__name__, derived.__mro__[1:3]) == ("GuestOwners", (GuestIdentity, Owners))
    assert derived.__module__ == "nb_presign.access.identity"
    assert with_guests(derived) is derived
