from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nb_presign.errors import BadPolicyError, OutOfRangeError
from nb_presign.model import MintRequest, Permission, Scope, Target
from nb_presign.policy import (
    INTERACTIVE_SECONDS,
    MAX_USES,
    SELF_HOSTED,
    Bounds,
    Range,
    agree,
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


NOTHING = Permission('{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}')


@pytest.mark.parametrize("term", [{"within": "pub"}, {"bind_ip": True}, {"permission": NOTHING}])
def test_limits_that_only_our_own_servers_keep(term):
    ((name, value),) = term.items()
    assert getattr(agree(asked(**term), SELF_HOSTED), name) == value
    elsewhere = Bounds(Range(1, 9, 5), Range(1, 9, 5))
    with pytest.raises(OutOfRangeError) as refused:
        agree(asked(**term), elsewhere)
    assert refused.value.fields["name"] == name


class TestAPolicyDocument:
    def test_is_written_in_one_way(self):
        loose = Permission(NOTHING.policy.replace(":", " : ").replace("Deny", "D\\u0065ny"), "a:B")
        terms = agree(asked(permission=loose), SELF_HOSTED)
        assert terms.permission == replace(NOTHING, action="a:B")

    @pytest.mark.parametrize(
        "bad",
        [
            Permission("{}"),
            Permission("not json"),
            Permission(NOTHING.policy.replace("Action", "Acton")),
            Permission(NOTHING.policy, "sagemaker"),
            Permission(NOTHING.policy, "sagemaker:*"),
            Permission(NOTHING.policy, "a:b c"),
            Permission(NOTHING.policy, "a:" + "b" * 101),
        ],
    )
    def test_that_no_session_could_be_judged_by_is_refused(self, bad):
        with pytest.raises(BadPolicyError):
            agree(asked(permission=bad), SELF_HOSTED)
