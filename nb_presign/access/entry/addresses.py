"""Where a request comes from, and how: by its peer, or by proxies that we were told to trust.

tornado's own `remote_ip` and `protocol` are not asked: under `trust_xheaders` it believes
`X-Real-Ip`, `X-Scheme` and `X-Forwarded-Proto` from anybody, and for a unix socket it says
`0.0.0.0` (tornado 6.6, httpserver).
"""

from __future__ import annotations

import socket
from functools import lru_cache
from ipaddress import ip_network

from tornado.httputil import HTTPServerRequest
from tornado.iostream import SSLIOStream

from nb_presign.policy import Visit, parse_address
from nb_presign.policy.addresses import Address, Network

#: More hops than any chain of proxies has; a longer list is an attack on our patience.
MAX_HOPS = 32
#: The trusted proxy that connects over a unix socket, which has no address.
UNIX = "unix"
_SCHEMES = ("X-Forwarded-Proto", "X-Scheme")


def visit_of(request: HTTPServerRequest, trusted_proxies: tuple[str, ...]) -> Visit:
    """Tell where a request comes from, and whether over TLS."""
    return Visit(peer_address(request, trusted_proxies), secure=is_secure(request, trusted_proxies))


def peer_address(request: HTTPServerRequest, trusted_proxies: tuple[str, ...]) -> str:
    """Tell the address of the guest: from the right, the first hop that is no trusted proxy.

    IPv4-mapped addresses are written as IPv4. Empty where it cannot be told: a unix socket, or a
    trusted proxy that passes on something else than addresses.
    """
    peer = parse_address(_raw_peer(request))
    proxies = _networks(trusted_proxies)
    if not _through_proxy(request, peer, trusted_proxies):
        return "" if peer is None else str(peer)
    forwarded = ",".join(request.headers.get_list("X-Forwarded-For"))
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()][-MAX_HOPS:]
    for hop in reversed(hops):
        peer = parse_address(hop)
        if peer is None:
            return ""
        if not _trusted(peer, proxies):
            break
    return "" if peer is None else str(peer)


def is_secure(request: HTTPServerRequest, trusted_proxies: tuple[str, ...]) -> bool:
    """Tell whether a request came over TLS: to us, or to a trusted proxy that says so.

    A proxy may add to what the client claims, so that the last word counts; and where two headers
    disagree, one of them is the client's.
    """
    stream = getattr(request.connection, "stream", None)
    if isinstance(stream, SSLIOStream):
        return True
    if not _through_proxy(request, parse_address(_raw_peer(request)), trusted_proxies):
        return False
    said = [request.headers.get_list(name) for name in _SCHEMES]
    last = {",".join(values).rpartition(",")[2].strip().lower() for values in said if values}
    return last == {"https"}


def _through_proxy(
    request: HTTPServerRequest, peer: Address | None, trusted_proxies: tuple[str, ...]
) -> bool:
    """Tell whether who connects is a trusted proxy."""
    if peer is not None:
        return _trusted(peer, _networks(trusted_proxies))
    family = getattr(_context(request), "address_family", None)
    return UNIX in trusted_proxies and family == getattr(socket, "AF_UNIX", "")


def _raw_peer(request: HTTPServerRequest) -> str:
    context = _context(request)
    if getattr(context, "address_family", None) not in {socket.AF_INET, socket.AF_INET6}:
        return ""
    address = getattr(context, "address", None)
    # An IPv6 socket address may carry a zone; the zone is ours, not the peer's.
    return str(address[0]).partition("%")[0] if address else ""


def _context(request: HTTPServerRequest) -> object:
    return getattr(request.connection, "context", None)


@lru_cache(maxsize=16)
def _networks(rules: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(rule) for rule in rules if rule != UNIX)


def _trusted(address: Address, proxies: tuple[Network, ...]) -> bool:
    return any(address in network for network in proxies)
