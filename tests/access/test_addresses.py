"""Where a request comes from, told from the connection and from trusted proxies only."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import pytest
from tornado.httputil import HTTPHeaders

from nb_presign.access.addresses import peer_address

PROXIES = ("10.0.0.0/8", "fd00::/8")


def a_request(peer, forwarded=(), family=None, **headers):
    sent = HTTPHeaders(headers)
    for value in forwarded:
        sent.add("X-Forwarded-For", value)
    if family is None:
        family = socket.AF_INET6 if peer and ":" in peer else socket.AF_INET
    context = SimpleNamespace(address=(peer, 1234), address_family=family, remote_ip="6.6.6.6")
    return SimpleNamespace(headers=sent, connection=SimpleNamespace(context=context))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["1.2.3.4"], "203.0.113.7"),
        ("::ffff:203.0.113.7", [], "203.0.113.7"),
        ("::ffff:10.0.0.5", ["203.0.113.7"], "203.0.113.7"),
        ("fe80::1%eth0", [], "fe80::1"),
        ("10.0.0.5", [], "10.0.0.5"),
        ("10.0.0.5", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.5", ["1.2.3.4, 203.0.113.7"], "203.0.113.7"),
        ("10.0.0.5", ["1.2.3.4, 203.0.113.7, 10.1.1.1"], "203.0.113.7"),
        ("10.0.0.5", ["1.2.3.4", "203.0.113.7"], "203.0.113.7"),
        ("10.0.0.5", ["10.2.2.2, 10.1.1.1"], "10.2.2.2"),
        ("10.0.0.5", ["::ffff:203.0.113.7"], "203.0.113.7"),
        ("10.0.0.5", ["1.2.3.4, unknown"], ""),
        ("10.0.0.5", ["127.1"], ""),
        ("10.0.0.5", ["203.0.113.7:1234"], ""),
        ("fd00::1", ["2001:db8::1"], "2001:db8::1"),
    ],
)
def test_the_right_most_hop_that_is_no_trusted_proxy(peer, forwarded, expected):
    assert peer_address(a_request(peer, forwarded), PROXIES) == expected


def test_without_trusted_proxies_headers_are_air():
    request = a_request("203.0.113.7", ["1.2.3.4"], **{"X-Real-Ip": "1.2.3.4"})
    assert peer_address(request, ()) == "203.0.113.7"


def test_a_real_ip_header_is_believed_from_nobody():
    request = a_request("10.0.0.5", ["203.0.113.7"], **{"X-Real-Ip": "1.2.3.4"})
    assert peer_address(request, PROXIES) == "203.0.113.7"


def test_a_unix_socket_has_no_address():
    assert peer_address(a_request("", family=socket.AF_UNIX), PROXIES) == ""


def test_a_very_long_list_is_cut_short():
    request = a_request("10.0.0.5", [", ".join(["10.0.0.9"] * 100_000)])
    assert peer_address(request, PROXIES) == "10.0.0.9"
