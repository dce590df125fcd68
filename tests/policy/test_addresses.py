from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nb_presign.errors import OutOfRangeError
from nb_presign.policy import (
    MAX_ADDRESSES,
    address_allowed,
    normalize_addresses,
    parse_address,
)


def test_blocks_are_written_in_one_way():
    given_ = (" 203.0.113.7", "203.0.113.0/24", "2001:DB8:0::/32", "10.0.0.0/255.0.0.0")
    assert normalize_addresses(given_) == (
        "203.0.113.7/32",
        "203.0.113.0/24",
        "2001:db8::/32",
        "10.0.0.0/8",
    )


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "127.1",
        "10.0.0.1/8",
        "host",
        "10.0.0.0/33",
        "::ffff:10.0.0.0/104",
        "*",
        "010.0.0.1",
        "fe80::1%eth0",
    ],
)
def test_bad_blocks(rule):
    with pytest.raises(OutOfRangeError):
        normalize_addresses((rule,))


def test_how_many():
    normalize_addresses(("10.0.0.1",) * MAX_ADDRESSES)
    with pytest.raises(OutOfRangeError):
        normalize_addresses(("10.0.0.1",) * (MAX_ADDRESSES + 1))


@pytest.mark.parametrize(
    ("address", "rules", "allowed"),
    [
        ("203.0.113.7", (), True),
        ("nonsense", (), True),
        ("", (), True),
        ("10.1.2.3", ("10.0.0.0/8",), True),
        ("11.1.2.3", ("10.0.0.0/8",), False),
        ("11.1.2.3", ("10.0.0.0/8", "11.1.2.3/32"), True),
        ("::ffff:10.1.2.3", ("10.0.0.0/8",), True),
        ("::ffff:11.1.2.3", ("10.0.0.0/8",), False),
        ("2001:db8::1", ("2001:db8::/32",), True),
        ("2001:db9::1", ("2001:db8::/32",), False),
        ("2001:db8::1", ("0.0.0.0/0",), False),
        ("10.1.2.3", ("::/0",), False),
        ("fe80::1%eth0", ("fe80::/10",), False),
        ("127.1", ("127.0.0.0/8",), False),
        ("127.0.0.1:80", ("127.0.0.0/8",), False),
        ("0x7f000001", ("127.0.0.0/8",), False),
        ("2130706433", ("127.0.0.0/8",), False),
        ("", ("0.0.0.0/0", "::/0"), False),
        ("/run/jupyter.sock", ("0.0.0.0/0", "::/0"), False),
        (" 10.1.2.3", ("10.0.0.0/8",), False),
    ],
)
def test_who_is_inside(address, rules, allowed):
    assert address_allowed(address, rules) is allowed


@given(st.ip_addresses(v=4))
def test_mapped_addresses_are_the_ones_they_map(address):
    assert parse_address(f"::ffff:{address}") == address


@given(st.text(max_size=30) | st.ip_addresses().map(str))
def test_any_text_is_an_address_or_none(text):
    found = parse_address(text)
    assert found is None or found == ip_address(str(found))
