"""Addresses and blocks of them: read strictly, written canonically."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from nb_presign.errors import OutOfRangeError

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

MAX_ADDRESSES = 64


def normalize_addresses(rules: tuple[str, ...]) -> tuple[str, ...]:
    """Write addresses and CIDR blocks in canonical form; raises `OutOfRangeError` for a bad one."""
    if len(rules) > MAX_ADDRESSES:
        raise OutOfRangeError(
            f"At most {MAX_ADDRESSES} address blocks, not {len(rules)}.", name="allowed_ips"
        )
    return tuple(str(parse_network(rule)) for rule in rules)


def address_allowed(address: str, rules: tuple[str, ...]) -> bool:
    """Tell whether an address is in one of the blocks; no blocks: any; unparsable: none."""
    if not rules:
        return True
    peer = parse_address(address)
    return peer is not None and any(peer in parse_network(rule) for rule in rules)


@lru_cache(maxsize=1024)
def parse_address(address: str) -> Address | None:
    """Read an address strictly, IPv4-mapped IPv6 as IPv4; None for `127.1`, a path or a zone."""
    try:
        peer = ip_address(address)
    except ValueError:
        return None
    if isinstance(peer, IPv6Address):
        return None if peer.scope_id else peer.ipv4_mapped or peer
    return peer


@lru_cache(maxsize=1024)
def parse_network(rule: str) -> Network:
    """Read a block, or a single address as one; raises `OutOfRangeError`."""
    try:
        network = ip_network(rule.strip())
    except ValueError as error:
        raise OutOfRangeError(
            f"Not an address or CIDR block: {rule[:60]!r}.",
            hint="Write it like 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32, no host bits set.",
            name="allowed_ips",
        ) from error
    if isinstance(network, IPv6Network):
        if network.network_address.scope_id:
            raise OutOfRangeError(f"Leave the zone of {rule[:60]!r} out.", name="allowed_ips")
        if network.network_address.ipv4_mapped:
            raise OutOfRangeError(f"Write {rule[:60]!r} as an IPv4 block.", name="allowed_ips")
    return network


def source_of(address: str) -> str:
    """Tell what counts as one source: an IPv4 address, or the /64 that one customer of IPv6 has."""
    peer = parse_address(address)
    if isinstance(peer, IPv6Address):
        return str(ip_network((peer, 64), strict=False))
    return address
