"""Where a request comes from, told from the connection and from trusted proxies only."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tornado.httputil import HTTPHeaders
from tornado.iostream import SSLIOStream

from nb_presign.access.entry.addresses import is_secure, peer_address, visit_of
from nb_presign.policy import Visit

PROXIES = ("10.0.0.0/8", "fd00::/8")


def a_request(peer, forwarded=(), family=None, stream=None, **headers):
    sent = HTTPHeaders()
    for name, values in {"X-Forwarded-For": forwarded, **headers}.items():
        for value in [values] if isinstance(values, str) else values:
            sent.add(name, value)
    if family is None:
        family = socket.AF_INET6 if peer and ":" in peer else socket.AF_INET
    context = SimpleNamespace(address=(peer, 1234), address_family=family, remote_ip="6.6.6.6")
    connection = SimpleNamespace(context=context, stream=stream)
    return SimpleNamespace(headers=sent, connection=connection, protocol="https")


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


def test_a_proxy_on_a_unix_socket_is_trusted_by_its_own_name():
    request = a_request("", ["1.2.3.4, 203.0.113.7, 10.1.1.1"], socket.AF_UNIX)
    assert peer_address(request, (*PROXIES, "unix")) == "203.0.113.7"
    assert peer_address(a_request("", family=socket.AF_UNIX), ("unix",)) == ""
    assert peer_address(a_request("", ["junk"], socket.AF_UNIX), ("unix",)) == ""
    assert peer_address(a_request("203.0.113.7", ["1.2.3.4"]), ("unix",)) == "203.0.113.7"


def test_a_very_long_list_is_cut_short():
    request = a_request("10.0.0.5", [", ".join(["10.0.0.9"] * 100_000)])
    assert peer_address(request, PROXIES) == "10.0.0.9"


@given(st.lists(st.ip_addresses().map(str) | st.text("1.:,% x", max_size=8), max_size=6))
def test_what_the_client_says_never_counts(said):
    spoofed = a_request("10.0.0.5", [", ".join([*said, "203.0.113.7"]).strip()])
    assert peer_address(spoofed, PROXIES) == "203.0.113.7"


PROTO, SCHEME = "X-Forwarded-Proto", "X-Scheme"


@pytest.mark.parametrize(
    ("headers", "secure"),
    [
        ({}, False),
        ({PROTO: "https"}, True),
        ({PROTO: "HTTPS"}, True),
        ({SCHEME: "https"}, True),
        ({PROTO: "http"}, False),
        ({PROTO: "https, http"}, False),
        ({PROTO: "http, https"}, True),
        ({PROTO: ["https", "http"]}, False),
        ({PROTO: "https", SCHEME: "https"}, True),
        ({PROTO: "https", SCHEME: "http"}, False),
        ({PROTO: ""}, False),
        ({PROTO: "wss"}, False),
    ],
)
def test_whether_a_proxy_ended_tls(headers, secure):
    assert is_secure(a_request("10.0.0.5", **headers), PROXIES) is secure
    assert is_secure(a_request("", family=socket.AF_UNIX, **headers), ("unix",)) is secure
    # tornado would believe it from anybody; `protocol` of these requests says https.
    assert not is_secure(a_request("203.0.113.7", **headers), PROXIES)
    assert not is_secure(a_request("10.0.0.5", **headers), ())


def test_tls_of_our_own_needs_no_header():
    stream = SSLIOStream.__new__(SSLIOStream)  # its class is all that is looked at
    request = a_request("203.0.113.7", stream=stream, **{PROTO: "http"})
    assert is_secure(request, ())
    assert visit_of(request, ()) == Visit("203.0.113.7", secure=True)
