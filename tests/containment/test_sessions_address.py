"""Where guests come from, over real connections: proxies, spoofed headers, IPv6, unix sockets.

The tests connect from 127.0.0.1, which the server trusts as a proxy, and from 127.0.0.2, which it
does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest
from jupyter_servers import trusted
from support.opening import mint, redeem
from support.proxy import forwards, proxy
from support.raw import UPGRADE, send
from support.servers import RunningServer, World, jupyter_server

OFFICE, ELSEWHERE = "203.0.113.7", "198.51.100.9"
FOR = "X-Forwarded-For"


def config(proxies, **app):
    return {
        "ServerApp": {"jpserver_extensions": {"nb_presign": True}, **app},
        "NbPresign": {"server_name": "b", "trusted_proxies": proxies},
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[RunningServer]:
    """Listen on IPv4 and IPv6; tornado is told to believe headers, which must not matter."""
    home = tmp_path_factory.mktemp("address")
    settings = config(["127.0.0.1"], ip="", trust_xheaders=True)
    with jupyter_server(World(home), home / "files", config=settings) as running:
        yield running


@pytest.fixture
def open_from(server):
    """Make clients that connect from an address."""
    with ExitStack() as stack:

        def open_from(address="127.0.0.1", **options):
            transport = httpx.HTTPTransport(local_address=address, verify=trusted())
            return stack.enter_context(server.stranger(transport=transport, **options))

        yield open_from


@pytest.fixture
def link(server):
    def link(**terms):
        with server.owner() as owner:
            return mint(owner, **terms)

    return link


def uses(server, link):
    with server.owner() as owner:
        return owner.get(f"nb-presign/api/links/{link['id']}").json()["uses"]


SPOOFED = [
    {FOR: OFFICE},
    {"X-Real-Ip": OFFICE},
    {"Forwarded": f"for={OFFICE}"},
    {"X-Client-Ip": OFFICE, "True-Client-Ip": OFFICE, "Cf-Connecting-Ip": OFFICE},
    {FOR: f"{OFFICE}, 127.0.0.1", "X-Real-Ip": OFFICE},
]


@pytest.mark.parametrize("headers", SPOOFED)
def test_headers_of_whoever_connects_are_air(server, open_from, link, headers):
    office, own = link(allowed_ips=["203.0.113.0/24"]), link(allowed_ips=["127.0.0.2"])
    answer = redeem(open_from("127.0.0.2"), office, **headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
    assert uses(server, office) == 0
    guest = open_from("127.0.0.2")
    assert redeem(guest, own, **headers).status_code == 200
    assert guest.get("api/contents", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("forwarded", "allowed"),
    [
        ([OFFICE], True),
        ([f"{ELSEWHERE}, {OFFICE}"], True),
        ([f"{OFFICE}, {ELSEWHERE}"], False),
        ([f"junk, {OFFICE}"], True),
        ([f"{OFFICE}, 127.0.0.1"], True),
        ([f"{OFFICE},127.0.0.1 , 127.0.0.1"], True),
        ([f"::ffff:{OFFICE}"], True),
        (["2001:db8::7"], True),
        (["2001:db9::7"], False),
        ([ELSEWHERE, OFFICE], True),
        ([OFFICE, ELSEWHERE], False),
        ([f"{OFFICE}:443"], False),
        ([f"[{OFFICE}]"], False),
        (["203.0.113"], False),
        (["203.0.113.007"], False),
        (["fe80::1%eth0"], False),
        ([f"{OFFICE}, unknown"], False),
        ([f'"{OFFICE}"'], False),
        ([], False),
        ([""], False),
    ],
)
def test_a_trusted_proxy_is_believed_from_the_right(open_from, link, forwarded, allowed):
    allow = link(allowed_ips=["203.0.113.0/24", "2001:db8::/32", "fe80::/10"])
    guest = open_from()
    place = urlsplit(str(guest.base_url))
    headers = [(FOR, value) for value in forwarded]
    answer = guest.post(
        "nb-presign/redeem",
        json={"token": allow["url"].partition("#")[2], "nonce": "A" * 22},
        headers=[*headers, ("Origin", f"http://{place.netloc}")],
    )
    assert answer.status_code == (200 if allowed else 403), answer.text
    assert guest.get("api/contents", headers=headers).status_code == (200 if allowed else 403)


def test_a_real_proxy_says_where_a_client_comes_from(server, link):
    with proxy(server.url, forwards()) as front:
        transport = httpx.HTTPTransport(local_address="127.0.0.2", verify=trusted())
        options = {"base_url": front.url, "transport": transport, "trust_env": False}
        with httpx.Client(**options) as guest:
            for headers in SPOOFED:
                refused = redeem(guest, link(allowed_ips=["203.0.113.0/24"]), **headers)
                assert refused.status_code == 403
            assert redeem(guest, link(allowed_ips=["127.0.0.2"])).status_code == 200
            assert guest.get("api/contents", headers=SPOOFED[0]).status_code == 200


class TestHeldToOneAddress:
    @pytest.fixture
    def guest(self, open_from, link):
        client = open_from()
        assert redeem(client, link(bind_ip=True), **{FOR: OFFICE}).status_code == 200
        return client

    @pytest.mark.parametrize(
        ("forwarded", "status"),
        [
            (OFFICE, 200),
            (f"::ffff:{OFFICE}", 200),
            ("203.0.113.8", 403),
            (ELSEWHERE, 403),
            (f"{OFFICE}, {ELSEWHERE}", 403),
            ("2001:db8::7", 403),
            ("junk", 403),
            ("", 403),
        ],
    )
    def test_a_session_that_moves_is_nobodys(self, server, guest, forwarded, status):
        headers = {FOR: forwarded}
        assert guest.get("api/contents", headers=headers).status_code == status
        cookies = "; ".join(f"{name}={value}" for name, value in guest.cookies.items())
        sent = UPGRADE | headers | {"Cookie": cookies, "Origin": server.url.rstrip("/")}
        answer = send(server.url, "GET", "/api/events/subscribe", headers=sent)
        assert answer.status == (101 if status == 200 else 403)

    def test_their_browser_is_told_and_keeps_the_cookie(self, guest):
        moved = {FOR: ELSEWHERE}
        answer = guest.get("files/a.txt", headers=moved)
        assert answer.status_code == 302
        page = guest.get(answer.headers["Location"], headers=moved)
        assert "You are not let in from here" in page.text
        assert guest.get("api/contents", headers={FOR: OFFICE}).status_code == 200

    def test_it_comes_back_when_the_guest_does(self, guest):
        found = [
            guest.get("api/contents", headers={FOR: each}).status_code
            for each in (OFFICE, ELSEWHERE, OFFICE)
        ]
        assert found == [200, 403, 200]

    def test_the_stolen_cookie_is_worth_nothing_elsewhere(self, guest, open_from):
        thief = open_from("127.0.0.2", cookies=dict(guest.cookies))
        assert thief.get("api/contents", headers={FOR: OFFICE}).status_code == 403

    def test_a_thief_cannot_end_it_either(self, guest, open_from):
        thief = open_from("127.0.0.2", cookies=dict(guest.cookies))
        assert thief.get("logout", headers={FOR: OFFICE}).status_code == 200
        assert guest.get("api/contents", headers={FOR: OFFICE}).status_code == 200

    def test_together_with_blocks_both_hold(self, server, open_from, link):
        both = link(bind_ip=True, allowed_ips=["203.0.113.0/24"])
        assert redeem(open_from(), both, **{FOR: ELSEWHERE}).status_code == 403
        assert uses(server, both) == 0
        guest = open_from()
        assert redeem(guest, both, **{FOR: OFFICE}).status_code == 200
        assert guest.get("api/contents", headers={FOR: OFFICE}).status_code == 200
        assert guest.get("api/contents", headers={FOR: "203.0.113.8"}).status_code == 403

    def test_lists_say_so(self, server, guest):
        name = guest.get("api/me", headers={FOR: OFFICE}).json()["identity"]["username"]
        with server.owner() as owner:
            (found,) = [
                each for each in owner.get("nb-presign/api/sessions").json() if each["id"] == name
            ]
        assert (found["address"], found["allowed_ips"]) == (OFFICE, [OFFICE])

    def test_each_opening_is_held_to_its_own(self, open_from, link):
        shared = link(bind_ip=True)
        for address, other in ((OFFICE, ELSEWHERE), (ELSEWHERE, OFFICE)):
            guest = open_from()
            assert redeem(guest, shared, **{FOR: address}).status_code == 200
            assert guest.get("api/contents", headers={FOR: address}).status_code == 200
            assert guest.get("api/contents", headers={FOR: other}).status_code == 403


def test_ipv6(server, link):
    url = server.url.replace("127.0.0.1", "[::1]")
    for rules, status in ((["::1"], 200), (["127.0.0.0/8", "0.0.0.0/0"], 403)):
        with server.stranger(base_url=url) as guest:
            assert redeem(guest, link(allowed_ips=rules)).status_code == status
            assert guest.get("api/contents").status_code == status


def socket_server(tmp_path_factory, proxies):
    # Paths of sockets are short (unix(7): 108 bytes).
    home = tmp_path_factory.mktemp("s")
    settings = config(proxies, sock=str(home / "j.sock"), port=8888)
    return jupyter_server(World(home), home / "files", config=settings)


class TestUnixSockets:
    def test_have_no_address(self, tmp_path_factory):
        with socket_server(tmp_path_factory, []) as server, server.owner() as owner:
            for terms in ({"allowed_ips": ["0.0.0.0/0", "::/0"]}, {"bind_ip": True}):
                with server.stranger() as guest:
                    answer = redeem(guest, mint(owner, **terms), **{FOR: OFFICE})
                assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
            assert "cannot be told" in answer.json()["message"]
            assert "trusted_proxies" in answer.json()["hint"]
            with server.stranger() as guest:
                assert redeem(guest, mint(owner)).status_code == 200
                assert guest.get("api/contents").status_code == 200

    def test_can_be_a_trusted_proxys(self, tmp_path_factory):
        with socket_server(tmp_path_factory, ["unix"]) as server, server.owner() as owner:
            with server.stranger() as guest:
                assert redeem(guest, mint(owner, bind_ip=True), **{FOR: OFFICE}).status_code == 200
                for address, status in ((OFFICE, 200), (ELSEWHERE, 403), ("junk", 403)):
                    answer = guest.get("api/contents", headers={FOR: address})
                    assert answer.status_code == status
            with server.stranger() as guest:
                assert redeem(guest, mint(owner, bind_ip=True)).status_code == 403
