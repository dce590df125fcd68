"""The guest cookie: set strictly, read only without doubt, and taken out of requests."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from support.guests import SERVER, a_session
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.web import Application, RequestHandler

from nb_presign.access.entry.cookie import GuestCookie
from nb_presign.secret import Secret

COOKIE = GuestCookie(SERVER)


BELOW = GuestCookie(SERVER, "/base/")
HOST, SECURE = f"__Host-{COOKIE.name}", f"__Secure-{COOKIE.name}"


def a_request(*cookies, protocol="http", origin=""):
    headers = HTTPHeaders({"Host": "h"})
    for cookie in cookies:
        headers.add("Cookie", cookie)
    if origin:
        headers["Origin"] = origin
    context = SimpleNamespace(remote_ip="127.0.0.1", protocol=protocol)
    connection = SimpleNamespace(context=context, set_close_callback=lambda _: None)
    line = RequestStartLine("GET", "/", "HTTP/1.1")
    return HTTPServerRequest(start_line=line, headers=headers, connection=connection)


def a_handler(protocol="http", origin=""):
    return RequestHandler(Application([]), a_request(protocol=protocol, origin=origin))


def set_cookies(handler):
    return [morsel.OutputString() for morsel in handler._new_cookie.values()]


def test_servers_of_one_host_have_different_names():
    assert COOKIE.name == GuestCookie(SERVER).name
    assert COOKIE.name != GuestCookie("srv_other").name
    assert SERVER not in COOKIE.name


def test_it_lasts_as_long_as_the_session_and_scripts_cannot_read_it():
    handler = a_handler()
    BELOW.set(handler, Secret("value"), a_session())
    (cookie,) = set_cookies(handler)
    assert cookie.startswith(f"{COOKIE.name}=value;")
    for part in ("HttpOnly", "SameSite=Lax", "Path=/base/", "Max-Age=1800"):
        assert part in cookie.split("; ")
    assert "Secure" not in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("protocol", "origin"),
    [("https", ""), ("https", "https://h"), ("http", "https://notebooks.example.org")],
)
def test_over_https_it_is_secure_and_its_name_says_so(protocol, origin):
    for cookie, name in ((BELOW, SECURE), (COOKIE, HOST)):
        handler = a_handler(protocol, origin)
        cookie.set(handler, Secret("value"), a_session())
        (found,) = set_cookies(handler)
        assert found.startswith(f"{name}=value;")
        assert {"Secure", f"Path={cookie.base_url}"} <= set(found.split("; "))


def test_over_http_it_is_not():
    handler = a_handler("http", "http://h")
    COOKIE.set(handler, Secret("value"), a_session())
    assert "Secure" not in set_cookies(handler)[0]


@pytest.mark.parametrize("protocol", ["http", "https"])
@pytest.mark.parametrize("cookie", [COOKIE, BELOW])
def test_clearing_ends_it_at_once_under_either_name(cookie, protocol):
    handler = a_handler(protocol)
    cookie.clear(handler)
    plain, prefixed = sorted(set_cookies(handler), key=lambda text: text.startswith("__"))
    assert plain.startswith(f'{cookie.name}="";')
    assert prefixed.startswith(f'{cookie.secure_name}="";')
    assert "Secure" in prefixed.split("; ")
    for one in (plain, prefixed):
        assert "expires=" in one
        assert {"HttpOnly", f"Path={cookie.base_url}"} <= set(one.split("; "))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], None),
        (["other=1"], None),
        ([f"{COOKIE.name}=v"], "v"),
        ([f"a=1; {COOKIE.name}=v; b=2"], "v"),
        ([f"a=1;{COOKIE.name}=v"], "v"),
        ([f"{COOKIE.name}=v; {COOKIE.name}=w"], None),
        ([f"{COOKIE.name}=v; {COOKIE.name}=v"], None),
        ([f"{COOKIE.name}=v", f"{COOKIE.name}=w"], None),
        ([f"x{COOKIE.name}=v"], None),
        ([f"{COOKIE.name}x=v"], None),
        ([f"{COOKIE.name}="], None),
        ([f"{COOKIE.name}"], None),
        ([f"{COOKIE.name}={'v' * 600}"], None),
        ([f"{HOST}=v"], "v"),
        ([f"{HOST}=v; {COOKIE.name}=planted"], "v"),
        ([f"{HOST}=v; {HOST}=w; {COOKIE.name}=x"], None),
        ([f"={HOST}=v"], None),
        ([f"{SECURE}=planted"], None),
    ],
)
def test_it_is_read_only_when_there_is_exactly_one(headers, expected):
    assert COOKIE.read(a_request(*headers)) == expected


@pytest.mark.parametrize(
    ("cookie", "sent", "expected"),
    [
        (COOKIE, f"{HOST}=v", "v"),
        (COOKIE, f"{COOKIE.name}=planted", None),
        (COOKIE, f"{HOST}=v; {COOKIE.name}=planted", "v"),
        (BELOW, f"{SECURE}=v", "v"),
        (BELOW, f"{COOKIE.name}=planted", None),
        (BELOW, f"{HOST}=planted", None),
    ],
)
def test_over_https_only_the_name_counts_that_is_given_there(cookie, sent, expected):
    assert cookie.read(a_request(sent, protocol="https")) == expected


def test_a_name_for_the_whole_host_does_not_count_below():
    # Another app of the host, at another path, can set it.
    assert BELOW.read(a_request(f"{HOST}=planted; {SECURE}=v")) == "v"
    assert BELOW.read(a_request(f"{HOST}=planted; {COOKIE.name}=v")) == "v"


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        (f"a=1; {COOKIE.name}=v; b=2", "a=1; b=2"),
        (f"{COOKIE.name}=v; {COOKIE.name}=w", None),
        (f"{HOST}=v; _xsrf=x", "_xsrf=x"),
        (f"{SECURE}=v; {HOST}=w; _xsrf=x", "_xsrf=x"),
        ("a=1", "a=1"),
    ],
)
def test_it_is_taken_out_of_the_headers(sent, left):
    request = a_request(sent)
    assert request.cookies is not None  # parsed and kept by tornado before
    COOKIE.strip(request)
    assert request.headers.get("Cookie") == left
    assert not any(COOKIE.name in name for name in request.cookies)
