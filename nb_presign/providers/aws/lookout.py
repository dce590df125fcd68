"""Where a target is, and how it stands: asked of AWS, and known for a while."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from nb_presign.aws.gateway import AwsGateway
from nb_presign.aws.place import Place
from nb_presign.clock import Clock
from nb_presign.errors import PresignError, TargetNotFoundError
from nb_presign.model import Target
from nb_presign.providers.aws import places
from nb_presign.providers.aws.aim import Aim, take_apart
from nb_presign.providers.aws.looking import TRIED, Seen, check_ready
from nb_presign.providers.aws.looking import look as look_at
from nb_presign.providers.aws.names import Names
from nb_presign.providers.aws.operation import Opens, Operation
from nb_presign.providers.aws.paths import page_of
from nb_presign.providers.aws.policies import with_policy
from nb_presign.providers.aws.several import ask_all, pick
from nb_presign.reference import format_reference
from nb_presign.settings import Settings

#: Seconds that a target which can be opened is taken to be so, so that minting again is one call.
SEEN_FOR = 60.0
MOST_SEEN = 1024


class Lookout:
    """Aims at the targets of one row of the table, and looks at them."""

    def __init__(
        self, row: Operation, gateway: AwsGateway, names: Names, *, settings: Settings, clock: Clock
    ) -> None:
        self._row, self._aws, self._names = row, gateway, names
        self._settings, self._clock = settings, clock
        #: What could be opened lately; the oldest first.
        self._seen: OrderedDict[tuple[Place, tuple[str, ...]], tuple[float, Seen]] = OrderedDict()

    def aims(self, target: Target) -> list[Aim]:
        """Aim at a target in each place where it may be."""
        aim = take_apart(self._row, target)
        if self._row.opens is Opens.REWRITTEN and aim.path:
            page_of(aim.path)
        asked = aim.place
        found = places.configured(self._settings, profile=asked.profile, region=asked.region)
        return [aim.at(place) for place in found]

    async def find(self, target: Target, *, fresh: bool = False) -> tuple[Aim, Seen]:
        """Look for a target in each place where it may be.

        Raises `TargetNotFoundError`, `AmbiguousTargetError` where several places have one, and what
        kept a place from saying so: it might have another one of that name.
        """
        aims = self.aims(target)
        ask = self.look_now if fresh else self.look
        if len(aims) == 1:
            return aims[0], await ask(aims[0])
        return pick(target, await ask_all(aims, ask))

    async def likely(self, target: Target) -> Aim:
        """Aim at a target where it is; at the first place where it may be if that is not known."""
        aims = self.aims(target)
        try:
            return aims[0] if len(aims) == 1 else (await self.find(target))[0]
        except PresignError:
            return aims[0]

    async def look(self, aim: Aim) -> Seen:
        """Look at a target, unless it could be opened a moment ago."""
        kept = self._seen.get((aim.place, aim.key))
        if kept is not None and self._clock.monotonic() - kept[0] < SEEN_FOR:
            return kept[1]
        return await self.look_now(aim, fresh=False)

    async def look_now(self, aim: Aim, *, fresh: bool = True) -> Seen:
        """Look at a target; raises `TargetNotFoundError`, which names those of nearly that name."""
        self.forget(aim)
        try:
            seen = await look_at(self._aws, aim, fresh=fresh)
        except TargetNotFoundError as error:
            raise await self._not_found(aim, error) from error
        if seen.denied is not None:
            seen = replace(seen, denied=with_policy(aim, seen.denied))
        if seen.state in TRIED:
            self._seen[aim.place, aim.key] = self._clock.monotonic(), seen
            if len(self._seen) > MOST_SEEN:
                self._seen.popitem(last=False)
        return seen

    def forget(self, aim: Aim) -> None:
        """Look again next time."""
        self._seen.pop((aim.place, aim.key), None)

    async def explain(self, aim: Aim) -> None:
        """After a refused mint: raise what is wrong with the target, if that is it."""
        try:
            seen = await self.look_now(aim)
        except TargetNotFoundError:
            raise
        except PresignError:
            return
        check_ready(aim, seen)

    async def _not_found(self, aim: Aim, error: TargetNotFoundError) -> TargetNotFoundError:
        near = await self._names.near(aim.place, aim.target)
        try:
            where = f" in {await self._aws.region(aim.place)}"
        except PresignError:
            where = ""
        whose = f" of profile {aim.place.profile!r}" if aim.place.profile else ""
        return TargetNotFoundError(
            f"There is no {aim}{where}{whose}.",
            hint=f"Did you mean {' or '.join(near)}?" if near else self._where_to_find(),
            **{**error.fields, "matches": near, "target": format_reference(aim.target)},
        )

    def _where_to_find(self) -> str:
        missing = self._row.listing.missing
        return (
            missing
            or f"'presign targets {self._row.provider}' lists them; other regions with --region."
        )
