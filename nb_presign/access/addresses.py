"""Where a request comes from: its peer, or the guest behind proxies we were told to trust.

tornado's own `remote_ip` is not asked: under `trust_xheaders` it believes `X-Real-Ip` from anybody,
and for a unix socket it says `0.0.0.0` (tornado 6.6, httpserver).
"""

from __future__ import annotations

import socket
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from tornado.httputil import HTTPServerRequest

from nb_presign.policy import parse_address

#: More hops than any chain of proxies has; a longer list is an attack on our patience.
MAX_HOPS = 32


def peer_address(request: HTTPServerRequest, trusted_proxies: tuple[str, ...]) -> str:
    """Tell the address of the guest: from the right, the first hop that is no trusted proxy.

    IPv4-mapped addresses are written as IPv4. Empty where it cannot be told: a unix socket, or a
    trusted proxy that passes on something else than addresses.
    """
    peer = parse_address(_raw_peer(request))
    if peer is None:
        return ""
    proxies = _networks(trusted_proxies)
    if not proxies or not _trusted(peer, proxies):
        return str(peer)
    forwarded = ",".join(request.headers.get_list("X-Forwarded-For"))
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()][-MAX_HOPS:]
    for hop in reversed(hops):
        address = parse_address(hop)
        if address is None:
            return ""
        peer = address
        if not _trusted(peer, proxies):
            break
    return str(peer)


def _raw_peer(request: HTTPServerRequest) -> str:
    context = getattr(request.connection, "context", None)
    if getattr(context, "address_family", None) not in {socket.AF_INET, socket.AF_INET6}:
        return ""
    address = getattr(context, "address", None)
    # An IPv6 socket address may carry a zone; the zone is ours, not the peer's.
    return str(address[0]).partition("%")[0] if address else ""


@lru_cache(maxsize=16)
def _networks(rules: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(rule) for rule in rules)


def _trusted(
    address: IPv4Address | IPv6Address, proxies: tuple[IPv4Network | IPv6Network, ...]
) -> bool:
    return any(address in network for network in proxies)
