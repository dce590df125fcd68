from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nb_presign.errors import OutOfRangeError
from nb_presign.model import MintRequest, Scope, Target
from nb_presign.policy import (
    INTERACTIVE_SECONDS,
    MAX_ADDRESSES,
    MAX_USES,
    SELF_HOSTED,
    Bounds,
    Range,
    address_allowed,
    agree,
    normalize_addresses,
    parse_address,
    path_within,
    refresh_after,
)


def asked(**terms):
    return MintRequest(target=Target("jupyter", "b"), **terms)


class TestTerms:
    def test_the_defaults_are_those_of_sagemaker(self):
        terms = agree(asked(), SELF_HOSTED)
        assert (terms.expires_in, terms.session_seconds) == (300, 43_200)
        assert (terms.scope, terms.max_uses, terms.allowed_ips) == (Scope.READ, None, ())

    @pytest.mark.parametrize("seconds", [1800, 43_200])
    def test_both_ends_of_a_range_are_inside(self, seconds):
        assert agree(asked(session_seconds=seconds), SELF_HOSTED).session_seconds == seconds

    @pytest.mark.parametrize("seconds", [1799, 43_201, 0, 1])
    def test_outside_a_range(self, seconds):
        with pytest.raises(OutOfRangeError) as refused:
            agree(asked(session_seconds=seconds), SELF_HOSTED)
        assert refused.value.fields == {"name": "session_seconds", "low": 1800, "high": 43_200}
        assert "30 min to 12 h" in refused.value.message

    @pytest.mark.parametrize("seconds", [9, 86_401])
    def test_lifetimes_outside(self, seconds):
        with pytest.raises(OutOfRangeError) as refused:
            agree(asked(expires_in=seconds), SELF_HOSTED)
        assert refused.value.fields["name"] == "expires_in"

    @pytest.mark.parametrize("uses", [0, -1, MAX_USES + 1])
    def test_uses_outside(self, uses):
        with pytest.raises(OutOfRangeError):
            agree(asked(max_uses=uses), SELF_HOSTED)

    @pytest.mark.parametrize("uses", [1, MAX_USES])
    def test_uses_inside(self, uses):
        assert agree(asked(max_uses=uses), SELF_HOSTED).max_uses == uses

    def test_a_scope_that_cannot_be_granted(self):
        day = Range(1, 86_400, 300)
        only_full = Bounds(day, day, scopes=(Scope.FULL,), default_scope=Scope.FULL)
        assert agree(asked(), only_full).scope is Scope.FULL
        with pytest.raises(OutOfRangeError) as refused:
            agree(asked(scope=Scope.READ), only_full)
        assert "full" in refused.value.hint

    def test_the_owners_own_click_is_short_and_single_use(self):
        terms = agree(asked(interactive=True, expires_in=3600, max_uses=50), SELF_HOSTED)
        assert (terms.expires_in, terms.max_uses) == (INTERACTIVE_SECONDS, 1)
        assert agree(asked(interactive=True, expires_in=10), SELF_HOSTED).expires_in == 10


@given(st.floats(1, 1e6), st.floats(0, 1, exclude_max=True))
def test_a_link_is_refreshed_in_good_time(lifetime, chance):
    assert 0.7 * lifetime <= refresh_after(lifetime, chance) <= 0.85 * lifetime


class TestAddresses:
    def test_blocks_are_written_in_one_way(self):
        given_ = (" 203.0.113.7", "203.0.113.0/24", "2001:DB8:0::/32", "10.0.0.0/255.0.0.0")
        assert normalize_addresses(given_) == (
            "203.0.113.7/32",
            "203.0.113.0/24",
            "2001:db8::/32",
            "10.0.0.0/8",
        )

    @pytest.mark.parametrize(
        "rule",
        ["", "127.1", "10.0.0.1/8", "host", "10.0.0.0/33", "::ffff:10.0.0.0/104", "*", "010.0.0.1"],
    )
    def test_bad_blocks(self, rule):
        with pytest.raises(OutOfRangeError):
            normalize_addresses((rule,))

    def test_how_many(self):
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
    def test_who_is_inside(self, address, rules, allowed):
        assert address_allowed(address, rules) is allowed

    @given(st.ip_addresses(v=4))
    def test_mapped_addresses_are_the_ones_they_map(self, address):
        assert parse_address(f"::ffff:{address}") == address

    @given(st.text(max_size=30) | st.ip_addresses().map(str))
    def test_any_text_is_an_address_or_none(self, text):
        found = parse_address(text)
        assert found is None or found == ip_address(str(found))


class TestPaths:
    @pytest.mark.parametrize(
        ("path", "root", "inside"),
        [
            ("a/b", "a", True),
            ("a", "a", True),
            ("a/b/c", "a/b", True),
            ("ab", "a", False),
            ("a-b/c", "a", False),
            ("a", "a/b", False),
            ("b/a", "a", False),
            ("", "", True),
            ("x/y", "", True),
            ("", "a", False),
            ("a/../b", "a", False),
            ("a/..", "a", False),
            ("..", "", False),
            ("a/./b", "a", False),
            ("a//b", "a", False),
            ("/a/b", "a", False),
            ("a/", "a", False),
            ("A/b", "a", False),
            ("a/..b", "a", True),
        ],
    )
    def test_inside(self, path, root, inside):
        assert path_within(path, root) is inside
