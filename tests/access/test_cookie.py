"""The guest cookie: set strictly, read only without doubt, and taken out of requests."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from support.guests import SERVER, a_session
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.web import Application, RequestHandler

from nb_presign.access.cookie import GuestCookie
from nb_presign.secret import Secret

COOKIE = GuestCookie(SERVER)


def a_request(*cookies, protocol="http"):
    headers = HTTPHeaders({"Host": "h"})
    for cookie in cookies:
        headers.add("Cookie", cookie)
    context = SimpleNamespace(remote_ip="127.0.0.1", protocol=protocol)
    connection = SimpleNamespace(context=context, set_close_callback=lambda _: None)
    line = RequestStartLine("GET", "/", "HTTP/1.1")
    return HTTPServerRequest(start_line=line, headers=headers, connection=connection)


def a_handler(base_url="/", protocol="http"):
    app = Application([], base_url=base_url)
    return RequestHandler(app, a_request(protocol=protocol))


def set_cookies(handler):
    return [morsel.OutputString() for morsel in handler._new_cookie.values()]


def test_servers_of_one_host_have_different_names():
    assert COOKIE.name == GuestCookie(SERVER).name
    assert COOKIE.name != GuestCookie("srv_other").name
    assert SERVER not in COOKIE.name


def test_it_lasts_as_long_as_the_session_and_scripts_cannot_read_it():
    handler = a_handler("/base/")
    COOKIE.set(handler, Secret("value"), a_session())
    (cookie,) = set_cookies(handler)
    assert cookie.startswith(f"{COOKIE.name}=value;")
    for part in ("HttpOnly", "SameSite=Lax", "Path=/base/", "Max-Age=1800"):
        assert part in cookie.split("; ")
    assert "Secure" not in cookie
    assert "Domain" not in cookie


def test_under_https_it_is_secure_and_at_the_root_bound_to_the_host():
    below, root = a_handler("/base/", "https"), a_handler("/", "https")
    COOKIE.set(below, Secret("value"), a_session())
    COOKIE.set(root, Secret("value"), a_session())
    assert "Secure" in set_cookies(below)[0]
    assert set_cookies(root)[0].startswith(f"__Host-{COOKIE.name}=value;")
    assert "Secure" in set_cookies(root)[0]


def test_clearing_ends_it_at_once_under_the_name_that_was_set():
    handler = a_handler("/", "https")
    COOKIE.clear(handler)
    (cookie,) = set_cookies(handler)
    assert cookie.startswith(f'__Host-{COOKIE.name}="";')
    assert "expires=" in cookie
    for part in ("HttpOnly", "Path=/", "Secure"):
        assert part in cookie.split("; ")


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
        ([f"__Host-{COOKIE.name}=v"], "v"),
        ([f"__Host-{COOKIE.name}=v; {COOKIE.name}=planted"], "v"),
    ],
)
def test_it_is_read_only_when_there_is_exactly_one(headers, expected):
    assert COOKIE.read(a_request(*headers)) == expected


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        (f"a=1; {COOKIE.name}=v; b=2", "a=1; b=2"),
        (f"{COOKIE.name}=v; {COOKIE.name}=w", None),
        (f"__Host-{COOKIE.name}=v; _xsrf=x", "_xsrf=x"),
        ("a=1", "a=1"),
    ],
)
def test_it_is_taken_out_of_the_headers(sent, left):
    request = a_request(sent)
    assert request.cookies is not None  # parsed and kept by tornado before
    COOKIE.strip(request)
    assert request.headers.get("Cookie") == left
    assert not any(COOKIE.name in name for name in request.cookies)
