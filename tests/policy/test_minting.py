from __future__ import annotations

import pytest

from nb_presign.model import Target
from nb_presign.policy.minting import Minting, covers, needs, role_of, rule_on, why_no_role
from nb_presign.settings import MintRule

TEAM = Target("sagemaker", "team-a", "lab/tree/a.ipynb", (("region", "us-west-2"),))


@pytest.mark.parametrize(
    ("pattern", "target"),
    [
        ("*", TEAM),
        ("sagemaker:*", TEAM),
        ("sagemaker:team-*", TEAM),
        ("sagemaker:team-?", TEAM),
        ("sagemaker:team-a", TEAM),
        ("sagemaker:team-a/lab", TEAM),
        ("sagemaker:team-a/lab/*/*.ipynb", TEAM),
        ("*:team-a", TEAM),
        ("studio:d-1/alice*", Target("studio", "d-1", "alice-dev/-/lab")),
        ("studio:*/alice", Target("studio", "d-1", "alice")),
    ],
)
def test_a_pattern_covers_what_it_names_and_what_is_inside(pattern, target):
    assert covers(pattern, target)


@pytest.mark.parametrize(
    ("pattern", "target"),
    [
        ("sagemaker:team-*", Target("sagemaker", "prod", "team-a")),
        ("sagemaker:team-*", Target("sagemaker", "prod")),
        ("sagemaker:team-*", Target("studio", "team-a")),
        ("sagemaker:team-a", Target("sagemaker", "team-ab")),
        ("sagemaker:team-a", Target("sagemaker", "TEAM-A")),
        # A path is the caller's to choose, and must not stand in for a name.
        ("*-dev", Target("sagemaker", "prod", "x-dev")),
        ("sagemaker:*-dev", Target("sagemaker", "prod", "x-dev")),
        ("sagemaker:*-dev", Target("sagemaker", "prod", "sagemaker:a-dev")),
        ("studio:d-1/alice", Target("studio", "d-1")),
        ("studio:d-1/alice", Target("studio", "d-1", "bob/alice")),
        ("studio:d-1/alice", Target("studio", "d-1", "alices")),
    ],
)
def test_and_nothing_else(pattern, target):
    assert not covers(pattern, target)


def test_the_first_rule_that_fits_everything_counts():
    rules = (
        MintRule(target="sagemaker:team-*", profiles=("other",)),
        MintRule(target="sagemaker:team-*", regions=("us-*",), per_minute=1),
        MintRule(),
    )
    minting = Minting(target=TEAM, region="us-west-2")
    assert rule_on(minting, rules).rule is rules[1]
    assert rule_on(Minting(target=TEAM, region="eu-west-1"), rules).rule is rules[2]


@pytest.mark.parametrize(
    ("rule", "facts", "reason"),
    [
        (MintRule(target="athena:*"), {}, "no rule"),
        (MintRule(profiles=("team",)), {}, "asks for the profile team"),
        (MintRule(profiles=("team",)), {"profile": "teams"}, "the profile team"),
        (MintRule(regions=("eu-*", "us-east-1")), {"region": "us-west-2"}, "eu-* or us-east-1"),
        (MintRule(regions=("eu-*",)), {}, "asks for the region"),
        (MintRule(roles=("arn:aws:iam::1:role/r",)), {}, "asks for the role"),
        (
            MintRule(roles=("arn:aws:iam::1:role/r",)),
            {"caller": "arn:aws:sts::2:assumed-role/r/s"},
            "asks for the role",
        ),
    ],
)
def test_a_refusal_says_which_rule_and_what_it_asks_for(rule, facts, reason):
    ruling = rule_on(Minting(target=TEAM, **facts), (rule,))
    assert not ruling.allowed
    assert reason in ruling.reason


def test_no_rule_at_all_allows_nothing():
    assert not rule_on(Minting(target=TEAM), ()).allowed


def test_no_profile_is_called_default():
    rules = (MintRule(profiles=("default",)),)
    assert rule_on(Minting(target=TEAM), rules).allowed
    assert not rule_on(Minting(target=TEAM, profile="x"), rules).allowed


@pytest.mark.parametrize(
    ("caller", "role"),
    [
        ("arn:aws:sts::1:assumed-role/minter/session/x", "arn:aws:iam::1:role/minter"),
        ("arn:aws:sts::1:assumed-role/minter/ann", "arn:aws:iam::1:role/min*"),
        ("arn:aws:sts::1:assumed-role/minter/ann", "arn:aws:iam::1:role/a/path/minter"),
        ("arn:aws-cn:sts::1:assumed-role/minter/ann", "arn:*:iam::1:role/minter"),
        ("arn:aws:iam::1:user/a/path/ann", "arn:aws:iam::1:user/a/path/ann"),
        ("arn:aws:iam::1:root", "arn:aws:iam::1:root"),
    ],
)
def test_an_assumed_role_is_known_by_its_own_arn(caller, role):
    assert rule_on(Minting(target=TEAM, caller=caller), (MintRule(roles=(role,)),)).allowed


@pytest.mark.parametrize(
    ("role", "caller"),
    [
        # Without its path it would be every role.
        ("arn:aws:iam::1:role/trusted/*", "arn:aws:sts::1:assumed-role/Admin/eve"),
        ("arn:aws:iam::1:role/trusted/dev-*", "arn:aws:sts::1:assumed-role/dev-eve/x"),
        ("arn:aws:iam::1:role/t*/minter", "arn:aws:sts::1:assumed-role/minter/eve"),
        ("arn:aws:iam::*:role/trusted/minter", "arn:aws:sts::2:assumed-role/minter/eve"),
        # Without its session's name, everybody who assumes it.
        ("arn:aws:sts::1:assumed-role/Dev/alice", "arn:aws:sts::1:assumed-role/Dev/eve"),
        ("arn:aws:sts::1:assumed-role/Dev/alice", "arn:aws:sts::1:assumed-role/Dev/alice"),
    ],
)
def test_a_rule_for_some_is_none_for_others(role, caller):
    assert why_no_role(role)
    assert not rule_on(Minting(target=TEAM, caller=caller), (MintRule(roles=(role,)),)).allowed


@pytest.mark.parametrize(
    "role",
    ["arn:aws:iam::1:role/a/path/minter", "arn:*:iam::1:role/min*", "arn:aws:iam::1:user/a/*"],
)
def test_what_names_somebody_is_no_trouble(role):
    assert not why_no_role(role)


HANDING_ON = Target("emr", "j-1", "", (("role", "arn:aws:iam::1:role/admin"),))


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (MintRule(), True),
        (MintRule(per_minute=1), True),
        (MintRule(target="emr:*"), False),
        (MintRule(roles=("arn:aws:iam::1:role/minter",)), False),
    ],
)
def test_a_target_hands_on_a_role_only_where_everything_may_be_minted(rule, allowed):
    minting = Minting(target=HANDING_ON, caller="arn:aws:sts::1:assumed-role/minter/ann")
    ruling = rule_on(minting, (rule,))
    assert ruling.allowed is allowed
    assert allowed or "?role=" in ruling.reason or "asks for" in ruling.reason


def test_what_is_not_known_yet_refuses_nothing():
    rule = MintRule(profiles=("p",), regions=("us-*",), roles=("arn:aws:iam::1:role/r",))
    unknown = Minting(target=TEAM, profile=None, region=None, caller=None)
    assert rule_on(unknown, (rule,)).allowed


def test_a_sessions_name_is_no_role():
    """Who assumes a role chooses the session's name."""
    caller = "arn:aws:sts::1:assumed-role/reader/arn:aws:iam::1:role/minter"
    assert role_of(caller) == "arn:aws:iam::1:role/reader"


def test_only_what_a_fitting_rule_asks_for_is_found_out():
    rules = (
        MintRule(target="athena:*", roles=("arn:aws:iam::1:role/r",)),
        MintRule(target="sagemaker:*", regions=("us-*",)),
    )
    assert needs(rules, TEAM) == {"regions"}
    assert needs(rules, Target("athena", "x")) == {"roles"}
    assert needs(rules, Target("studio", "d-1")) == set()
