"""The guest cookie over http, https, and behind a proxy that ends TLS; each on a real server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from support.certificate import self_signed
from support.opening import guest_cookie, mint, redeem
from support.proxy import forwards, proxy
from support.servers import RunningServer, World, jupyter_server

HOST, SECURE = "__Host-", "__Secure-"


@dataclass
class Place:
    """A server as browsers reach it."""

    server: RunningServer
    url: str
    base_url: str
    prefix: str
    options: dict = field(default_factory=dict)

    def browser(self, **more) -> httpx.Client:
        options = {"base_url": self.url, **self.options, **more}
        return self.server.stranger(**options)

    def link(self, **terms):
        with self.server.owner() as owner:
            return mint(owner, **terms)


def config(**app):
    return {
        "ServerApp": {"jpserver_extensions": {"nb_presign": True}, **app},
        "NbPresign": {"server_name": "b"},
    }


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def https(tmp_path_factory, certificate):
    home = tmp_path_factory.mktemp("https")
    files = {"certfile": str(certificate.chain), "keyfile": str(certificate.key)}
    with jupyter_server(World(home), home / "files", config=config(**files)) as server:
        yield Place(server, server.url, "/", HOST, server.reach())


@pytest.fixture(scope="module")
def http(tmp_path_factory):
    home = tmp_path_factory.mktemp("http")
    with jupyter_server(World(home), home / "files", config=config()) as server:
        yield Place(server, server.url, "/", "")


@pytest.fixture(scope="module")
def below(tmp_path_factory):
    home = tmp_path_factory.mktemp("below")
    with jupyter_server(
        World(home), home / "files", config=config(), base_url="/user/x/"
    ) as server:
        yield Place(server, server.url, "/user/x/", "")


@pytest.fixture(scope="module")
def ends_tls(http, certificate):
    """Put a proxy in front that nobody told the server about."""
    with proxy(http.url, forwards("https"), certificate=certificate) as front:
        yield Place(http.server, front.url, "/", HOST, {"verify": certificate.client()})


@pytest.fixture(scope="module")
def ends_tls_below(below, certificate):
    with proxy(below.url, forwards("https"), certificate=certificate, base_url="/user/x/") as front:
        yield Place(below.server, front.url, "/user/x/", SECURE, {"verify": certificate.client()})


PLACES = ["http", "below", "https", "ends_tls", "ends_tls_below"]


@pytest.fixture(params=PLACES)
def place(request) -> Place:
    return request.getfixturevalue(request.param)


@pytest.fixture
def guest(place) -> Iterator[Callable[..., tuple[httpx.Client, httpx.Response]]]:
    """Open links in browsers of their own."""
    browsers = []

    def guest(**terms):
        browsers.append(place.browser())
        answer = redeem(browsers[-1], place.link(**terms))
        assert answer.status_code == 200, answer.text
        return browsers[-1], answer

    yield guest
    for browser in browsers:
        browser.close()


def test_its_attributes(place, guest):
    browser, answer = guest(session_seconds=1800)
    name, *attributes = guest_cookie(answer).split("; ")
    assert re.fullmatch(rf"{place.prefix}nb-presign-[0-9a-f]{{16}}=[\w-]{{43}}", name)
    expected = {"HttpOnly", "SameSite=Lax", "Max-Age=1800", f"Path={place.base_url}"}
    assert set(attributes) == expected | ({"Secure"} if place.prefix else set())
    assert browser.get("api/contents").status_code == 200


def test_logging_out_ends_the_session_and_takes_the_cookie_back(place, guest):
    browser, answer = guest()
    kept = {"Cookie": guest_cookie(answer).partition(";")[0]}
    assert browser.get("logout").status_code == 200
    assert not [name for name in browser.cookies if "nb-presign-" in name]
    with place.browser(headers=kept) as copy:
        assert copy.get("api/contents").status_code == 403


@pytest.mark.parametrize("place", ["https"], indirect=True)
def test_over_https_a_cookie_by_another_name_is_nobodys(place, guest):
    """Any host of the domain, and http, can plant the plain name; not the prefixed ones."""
    pair = guest_cookie(guest()[1]).partition(";")[0]
    plain = pair.removeprefix(HOST)
    for sent, status in ((pair, 200), (plain, 403), (f"{SECURE}{plain}", 403)):
        with place.browser(headers={"Cookie": sent}) as other:
            assert other.get("api/contents").status_code == status
    planted = re.sub("=.*", "=planted", plain)
    with place.browser(headers={"Cookie": f"{planted}; {pair}"}) as other:
        assert other.get("api/contents").status_code == 200


@pytest.mark.parametrize("place", ["below", "ends_tls_below"], indirect=True)
def test_a_cookie_for_the_whole_host_is_nobodys_below(place, guest):
    """Another app of the host, at another path, can plant it."""
    own = guest_cookie(guest()[1]).partition(";")[0]
    other = guest_cookie(guest()[1]).partition(";")[0]
    tossed = HOST + other.removeprefix(SECURE)
    with place.browser(headers={"Cookie": tossed}) as victim:
        assert victim.get("api/contents").status_code == 403
    with place.browser(headers={"Cookie": f"{tossed}; {own}"}) as victim:
        assert victim.get("api/contents").status_code == 200


def test_no_log_has_it(place, guest):
    browser, answer = guest()
    browser.get("api/contents/nothing")
    value = guest_cookie(answer).partition(";")[0].partition("=")[2]
    assert value not in place.server.logged()
