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
# AWS names a role that was assumed by its session, and leaves the role's path out (IAM's user
# guide, "IAM identifiers").
_ASSUMED = re.compile(r"(arn:[^:]+):sts::([^:]*):assumed-role/([^/]+)/.*", re.DOTALL)
_ROLE = re.compile(r"(arn:[^:]+:iam::[^:]*:role)/(?:.*/)?([^/]+)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Minting:
    """What is to be done, and as whom; facts that no rule asks for may be empty."""

    target: Target
    profile: str = ""
    region: str = ""
    #: As `sts:GetCallerIdentity` tells it.
    caller: str = ""


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
    if pattern == "*":
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


def _missing(rule: MintRule, minting: Minting) -> str:
    """Say what a rule whose target fits asks for besides; empty if all of it is there."""
    facts = (
        ("the profile", minting.profile or NO_PROFILE, rule.profiles),
        ("the region", minting.region, rule.regions),
        ("the role", role_of(minting.caller), tuple(map(role_of, rule.roles))),
    )
    for what, fact, wanted in facts:
        if wanted and not any(fnmatchcase(fact, pattern) for pattern in wanted):
            return f"the rule for {rule.target!r} asks for {what} {' or '.join(wanted)}"
    return ""


def _asks_for(name: str) -> Callable[[MintRule], bool]:
    return lambda rule: bool(getattr(rule, name))
