"""What a server mints on its own cloud credentials, and how often: `c.NbPresign.mint_targets`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from nb_presign.aws.place import Place
from nb_presign.clock import Clock
from nb_presign.errors import MintNotAllowedError, RateLimitedError
from nb_presign.model import Target
from nb_presign.policy.minting import Minting, MintRuling, needs, rule_on
from nb_presign.reference import format_reference
from nb_presign.settings import MintRule
from nb_presign.throttle import Throttle


class Identity(Protocol):
    """Whose credentials they are."""

    @property
    def arn(self) -> str: ...


class Places(Protocol):
    """Tells what a place comes to; the gateway to AWS does."""

    async def region(self, place: Place) -> str: ...

    async def identity(self, place: Place) -> Identity: ...


class Permits:
    """Decides by rules; belongs to one event loop."""

    def __init__(self, rules: Sequence[MintRule], places: Places, clock: Clock) -> None:
        self._rules = tuple(rules)
        self._places = places
        self._buckets = {
            number: Throttle(clock, rate=rule.per_minute / 60, burst=rule.per_minute)
            for number, rule in enumerate(self._rules)
            if rule.per_minute is not None
        }

    async def screen(self, target: Target, places: Sequence[Place]) -> None:
        """Refuse what no rule allows at any place where it may be; takes no permit.

        Where there is one place only, all is judged; else what is known without asking AWS.
        Raises `MintNotAllowedError`, and what `check` does of an only place.
        """
        if len(places) == 1:
            await self._judge(target, places[0])
            return
        rulings = [
            rule_on(
                # A region that is not written is the configuration's to tell, and a role AWS's.
                Minting(
                    target=target, profile=place.profile, region=place.region or None, caller=None
                ),
                self._rules,
            )
            for place in places
        ]
        if not any(ruling.allowed for ruling in rulings):
            raise _refusal(target, rulings[0])

    async def check(self, target: Target, place: Place | None = None) -> None:
        """Take a permit for a target at its place; asks AWS only for what a rule names.

        The place is where it was found: what a target leaves to the configuration is known then.
        Without one it is what the target says.

        Raises `MintNotAllowedError`, `RateLimitedError` with `retry_after` in seconds, or what
        keeps the region or identity from being found out.
        """
        place = place or Place(target.option("profile"), target.option("region"))
        self._take(await self._judge(target, place))

    async def _judge(self, target: Target, place: Place) -> MintRule:
        """Find the rule that allows it."""
        asked = needs(self._rules, target)
        minting = Minting(
            target=target,
            profile=place.profile,
            region=await self._places.region(place) if "regions" in asked else place.region,
            caller=(await self._places.identity(place)).arn if "roles" in asked else "",
        )
        ruling = rule_on(minting, self._rules)
        if ruling.rule is None or not ruling.allowed:
            raise _refusal(target, ruling)
        return ruling.rule

    def _take(self, rule: MintRule) -> None:
        bucket = self._buckets.get(self._rules.index(rule))
        if bucket is None or bucket.take(rule.target):
            return
        wait = math.ceil(bucket.wait(rule.target))
        raise RateLimitedError(
            f"This server mints {rule.per_minute} links a minute under its rule for "
            f"{rule.target!r}, and these are gone.",
            hint=f"Try again in {wait} s.",
            rule=rule.target,
            retry_after=wait,
        )


def _refusal(target: Target, ruling: MintRuling) -> MintNotAllowedError:
    return MintNotAllowedError(
        f"This server does not mint for {format_reference(target)}: {ruling.reason}.",
        hint="Ask who runs it for a rule in c.NbPresign.mint_targets, or mint in a kernel "
        "with credentials of your own.",
        rule=ruling.rule.target if ruling.rule else "",
    )
