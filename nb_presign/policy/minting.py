"""Who may mint on a server's own cloud credentials: the pure part, rules in and a ruling out.

Minting is as good as being signed in to what is opened, and SageMaker's operation stands on lists
of ways to more privileges. So a deployer can say which targets, and as whom.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from nb_presign.model import Target
from nb_presign.settings import MintRule

#: What a profile is called where none is named.
NO_PROFILE = "default"
#: The rule for all targets.
EVERYTHING = "*"
#: Option of a target that hands on another role than the one that mints (EMR's `ExecutionRoleArn`).
ROLE_OPTION = "role"
# AWS names a role that was assumed by its session, and leaves the role's path out (IAM's user
# guide, "IAM identifiers").
_ASSUMED = re.compile(r"(arn:[^:]+):sts::([^:]*):assumed-role/([^/]+)/.*", re.DOTALL)
_ROLE = re.compile(r"(arn:[^:]+:iam::[^:]*:role)/(?:.*/)?([^/]+)", re.DOTALL)
_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Minting:
    """What is to be done, and as whom; facts that no rule asks for may be empty.

    None is what is not known yet, and refuses nothing.
    """

    target: Target
    profile: str | None = ""
    region: str | None = ""
    #: As `sts:GetCallerIdentity` tells it.
    caller: str | None = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MintRuling:
    """Which rule allows it, or which one comes nearest and what it asks for."""

    rule: MintRule | None
    #: Of a refusal, in words.
    reason: str = ""

    @property
    def allowed(self) -> bool:
        return not self.reason


def rule_on(minting: Minting, rules: Sequence[MintRule]) -> MintRuling:
    """Find the first rule that fits everything."""
    nearest: MintRuling | None = None
    for rule in rules:
        if not covers(rule.target, minting.target):
            continue
        missing = _missing(rule, minting)
        if not missing:
            return MintRuling(rule=rule)
        nearest = nearest or MintRuling(rule=rule, reason=missing)
    return nearest or MintRuling(rule=None, reason="no rule allows this target")


def needs(rules: Sequence[MintRule], target: Target) -> frozenset[str]:
    """Tell what must be found out before there is a ruling: `regions` and `roles`, or neither."""
    fitting = [rule for rule in rules if covers(rule.target, target)]
    return frozenset(name for name in ("regions", "roles") if any(map(_asks_for(name), fitting)))


def covers(pattern: str, target: Target) -> bool:
    """Tell whether a target is what a pattern names, or inside of it, by whole segments.

    No `*` reaches over a slash: what a place is called decides, and not what is opened in it.
    """
    if pattern == EVERYTHING:
        return True
    named = pattern.split("/")
    given = [f"{target.provider}:{target.id}", *filter(None, target.path.split("/"))]
    return len(named) <= len(given) and all(map(fnmatchcase, given, named))


def role_of(arn: str) -> str:
    """Write an identity as the ARN of its role, without path and session; others stay as given."""
    if assumed := _ASSUMED.fullmatch(arn):
        partition, account, name = assumed.groups()
        return f"{partition}:iam::{account}:role/{name}"
    if role := _ROLE.fullmatch(arn):
        return f"{role[1]}/{role[2]}"
    return arn


def why_no_role(pattern: str) -> str:
    """Say why a pattern can name nobody for sure; empty if it can.

    A caller is known by the role's name alone: what a path before a wildcard, or a session, is to
    keep out cannot be told.
    """
    if ":assumed-role/" in pattern:
        return "a session is known by its role: write arn:aws:iam::<account>:role/<name>"
    if _WILD.search(pattern) and (role := _ROLE.fullmatch(pattern)):
        name = pattern.removeprefix(f"{role[1]}/")
        if "/" in name:
            return "AWS does not tell a caller's path: leave it out, or write the name in full"
    return ""


def _missing(rule: MintRule, minting: Minting) -> str:
    """Say what a rule whose target fits asks for besides; empty if all of it is there."""
    profile = NO_PROFILE if minting.profile == "" else minting.profile
    caller = None if minting.caller is None else role_of(minting.caller)
    facts = (
        ("the profile", profile, rule.profiles),
        ("the region", minting.region, rule.regions),
        ("the role", caller, tuple(map(_pattern_of, rule.roles))),
    )
    for what, fact, wanted in facts:
        if wanted and fact is not None and not any(fnmatchcase(fact, each) for each in wanted):
            return f"the rule for {rule.target!r} asks for {what} {' or '.join(wanted)}"
    # No rule names the roles that may be handed on; one for everything as anybody needs none.
    if minting.target.option(ROLE_OPTION) and (rule.target != EVERYTHING or rule.roles):
        return f"the rule for {rule.target!r} lets no target choose a role: leave ?role= out"
    return ""


def _pattern_of(role: str) -> str:
    """Write a role of a rule as callers are known; one that `why_no_role` is about fits nobody."""
    # Of an account's roles no two have one name, whatever their paths: in full it says which.
    return role if _WILD.search(role) or _ASSUMED.fullmatch(role) else role_of(role)


def _asks_for(name: str) -> Callable[[MintRule], bool]:
    return lambda rule: bool(getattr(rule, name))
