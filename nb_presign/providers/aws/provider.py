"""Every row of the table as a provider."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from dataclasses import replace

from nb_presign.aws.gateway import AwsGateway
from nb_presign.aws.place import Place
from nb_presign.errors import (
    AccessDeniedError,
    BadAnswerError,
    NotStartableError,
    PresignError,
    TargetNotFoundError,
    UnavailableError,
)
from nb_presign.model import (
    BareTarget,
    Finding,
    Link,
    ProviderInfo,
    Scope,
    Target,
    TargetInfo,
    TargetPage,
    TargetQuery,
    TargetState,
)
from nb_presign.policy import Bounds
from nb_presign.providers.aws import listing, places
from nb_presign.providers.aws.aim import Aim, check_options, take_apart
from nb_presign.providers.aws.examining import Examiner, Reach, reach
from nb_presign.providers.aws.looking import TRIED, Seen, check_ready, info, look
from nb_presign.providers.aws.minting import Minter, Pause
from nb_presign.providers.aws.names import Names
from nb_presign.providers.aws.operation import SESSION, Listed, Opens, Operation
from nb_presign.providers.aws.operations import operation
from nb_presign.providers.aws.paths import page_of
from nb_presign.providers.aws.policies import with_policy
from nb_presign.providers.aws.several import ask_all, pick
from nb_presign.providers.base import Provider
from nb_presign.providers.context import ProviderContext
from nb_presign.reference import format_reference

#: Seconds that a target which can be opened is taken to be so, so that minting again is one call.
SEEN_FOR = 60.0
MOST_SEEN = 1024
#: Seconds that credentials are waited for when only their state is asked.
PATIENCE = 5.0


def create(name: str, context: ProviderContext) -> AwsProvider:
    """Make the provider of a row."""
    return AwsProvider(operation(name), context)


class AwsProvider(Provider):
    """Finds targets and mints links by one row of the table."""

    uses_own_credentials = True

    def __init__(
        self,
        row: Operation,
        context: ProviderContext,
        *,
        pause: Pause = asyncio.sleep,
        reach: Reach = reach,
    ) -> None:
        self.row, self.name, self.title, self.listed = row, row.provider, row.title, row.listed
        self._settings, self._clock = context.settings, context.clock
        self._aws = _gateway(context)
        self._minter = Minter(
            gateway=self._aws, clock=context.clock, settings=context.settings, pause=pause
        )
        self._examiner = Examiner(row=row, gateway=self._aws, look=self._look_now, reach=reach)
        self._names = Names(context.clock, self._read)
        #: What could be opened lately; the oldest first.
        self._seen: OrderedDict[tuple[Place, tuple[str, ...]], tuple[float, Seen]] = OrderedDict()

    @property
    def bounds(self) -> Bounds:
        return Bounds(
            expires_in=self.row.lifetime,
            session_seconds=SESSION if self.row.session_seconds else None,
            scopes=(Scope.FULL,),
            default_scope=Scope.FULL,
            instead="Leave it out. What AWS opens is limited by an IAM policy: 'presign policy "
            f"{self.name}:… --ip …' writes one.",
        )

    async def status(self) -> ProviderInfo:
        why = self._aws.likely()
        if why:
            return ProviderInfo(
                name=self.name,
                title=self.title,
                usable=False,
                reason=why,
                mend="Sign in: aws sso login; or set keys: aws configure.",
                configured=False,
            )
        tried = await asyncio.gather(*map(self._why_not, places.configured(self._settings)))
        # One place is enough to be of use; the others are problems of the lists.
        if None in tried:
            return ProviderInfo(name=self.name, title=self.title, usable=True)
        return next(each for each in tried if each is not None)

    async def targets(self, query: TargetQuery) -> TargetPage:
        found = places.configured(self._settings, profile=query.profile, region=query.region)
        page = await places.page(found, query.cursor, self._read)
        if len(found) == 1 and not (query.cursor or page.cursor or page.problems):
            self._names.learn(found[0], page.items)
        return page

    async def resolve(self, target: Target) -> Target:
        aim, seen = await self._find(target)
        check_ready(aim, seen)
        return aim.target

    def places(self, target: Target) -> tuple[Place, ...]:
        return tuple(aim.place for aim in self._aims(target))

    async def locate(self, target: Target) -> Target:
        aims = self._aims(target)
        return aims[0].target if len(aims) == 1 else (await self._find(target))[0].target

    async def look(self, target: Target) -> TargetInfo:
        aim, seen = await self._find(target, fresh=True)
        return info(aim, seen, title=self._names.title(aim.place, aim.target))

    async def start(self, target: Target) -> TargetInfo:
        aim, seen = await self._find(target, fresh=True)
        if seen.state in {*TRIED, TargetState.STARTING}:
            return info(aim, seen)
        if not self.row.start or not seen.startable:
            raise NotStartableError(
                f"The {aim} is {seen.word or seen.state}, and cannot be started from here.",
                hint="Wait until it is stopped, and try again."
                if self.row.start and seen.state is TargetState.DOWN
                else "Start it where it is managed, and try again.",
                target=aim.reference,
            )
        first = self.row.looks[0]
        try:
            await self._aws.call(
                aim.place, self.row.service, self.row.start, **aim.look_parameters(first) or {}
            )
        except AccessDeniedError as error:
            raise with_policy(aim, error) from None
        except PresignError:
            # Somebody else may have been quicker.
            seen = await self._look_now(aim)
            if seen.state is not TargetState.STARTING:
                raise
        return info(aim, await self._look_now(aim))

    async def examine(self, query: TargetQuery, target: Target | None) -> tuple[Finding, ...]:
        if target is not None:
            aim = await self._likely(target)
            return await self._examiner.examine(aim.place, aim)
        found = places.configured(self._settings, profile=query.profile, region=query.region)
        findings: list[Finding] = []
        for place in found:
            told = await self._examiner.examine(place, None)
            # Where there are several, each line says which one it is about.
            findings += told if len(found) == 1 else (_about(place, each) for each in told)
            if not told[-1].ok:
                break
        return tuple(findings)

    async def knows(self, bare: BareTarget) -> bool:
        if self.row.bare and not re.fullmatch(self.row.bare, bare.id):
            return False
        target = Target(self.name, bare.id, "", bare.options)
        required = [part for part in self.row.parts if not part.optional]
        try:
            if len(required) == 1 and required[0].segments == 1:
                pairs = await ask_all(self._aims(target), self._look)
                return any(isinstance(answer, Seen) for _, answer in pairs)
            check_options(self.row, target)
            region, profile = target.option("region"), target.option("profile")
            found = places.configured(self._settings, profile=profile, region=region)
            lists = [await self._names.at(each) for each in found]
        except PresignError:
            return False
        return any(item.target.id == bare.id for items in lists for item in items)

    async def mint(self, draft: Link) -> Link:
        aim = self._aims(draft.target)[0]
        try:
            return await self._mint(aim, draft)
        except AccessDeniedError as error:
            raise with_policy(aim, error) from None
        except PresignError as error:
            self._forget(aim)
            if error.fields.get("aws_code"):
                await self._explain(aim)
            raise

    async def _mint(self, aim: Aim, draft: Link) -> Link:
        seen = await self._look(aim)
        try:
            return await self._minter.mint(aim, draft, host=seen.host)
        except BadAnswerError:
            # One that was made anew has its name from before, and another host.
            now = await self._look_now(aim)
            if now.host == seen.host:
                raise
            return await self._minter.mint(aim, draft, host=now.host)

    async def _why_not(self, place: Place) -> ProviderInfo | None:
        """Say why no credentials are there for a place; None if they are."""
        reason, hint = "", ""
        try:
            await asyncio.wait_for(self._aws.credentials(place), PATIENCE)
        except PresignError as error:
            reason, hint = error.message, error.hint
        except asyncio.TimeoutError:
            reason = f"The credentials were not there within {PATIENCE:.0f} seconds."
            hint = "Look for what they come from: 'aws sts get-caller-identity'."
        return (
            ProviderInfo(name=self.name, title=self.title, usable=False, reason=reason, mend=hint)
            if reason
            else None
        )

    async def _read(self, place: Place, token: str) -> Listed:
        return await (self.row.list_page or listing.list_page)(self._aws, self.row, place, token)

    def _aims(self, target: Target) -> list[Aim]:
        """Aim at a target in each place where it may be."""
        aim = take_apart(self.row, target)
        if self.row.opens is Opens.REWRITTEN and aim.path:
            page_of(aim.path)
        asked = aim.place
        found = places.configured(self._settings, profile=asked.profile, region=asked.region)
        return [aim.at(place) for place in found]

    async def _find(self, target: Target, *, fresh: bool = False) -> tuple[Aim, Seen]:
        """Look for a target in each place where it may be.

        Raises `TargetNotFoundError`, `AmbiguousTargetError` where several places have one, and what
        kept a place from saying so: it might have another one of that name.
        """
        aims = self._aims(target)
        ask = self._look_now if fresh else self._look
        if len(aims) == 1:
            return aims[0], await ask(aims[0])
        return pick(target, await ask_all(aims, ask))

    async def _likely(self, target: Target) -> Aim:
        """Aim at a target where it is; at the first place where it may be if that is not known."""
        aims = self._aims(target)
        try:
            return aims[0] if len(aims) == 1 else (await self._find(target))[0]
        except PresignError:
            return aims[0]

    async def _look(self, aim: Aim) -> Seen:
        """Look at a target, unless it could be opened a moment ago."""
        kept = self._seen.get((aim.place, aim.key))
        if kept is not None and self._clock.monotonic() - kept[0] < SEEN_FOR:
            return kept[1]
        return await self._look_now(aim, fresh=False)

    async def _look_now(self, aim: Aim, *, fresh: bool = True) -> Seen:
        self._forget(aim)
        try:
            seen = await look(self._aws, aim, fresh=fresh)
        except TargetNotFoundError as error:
            raise await self._not_found(aim, error) from error
        if seen.denied is not None:
            seen = replace(seen, denied=with_policy(aim, seen.denied))
        if seen.state in TRIED:
            self._seen[aim.place, aim.key] = self._clock.monotonic(), seen
            if len(self._seen) > MOST_SEEN:
                self._seen.popitem(last=False)
        return seen

    def _forget(self, aim: Aim) -> None:
        self._seen.pop((aim.place, aim.key), None)

    async def _explain(self, aim: Aim) -> None:
        """After a refused mint: raise what is wrong with the target, if that is it."""
        try:
            seen = await self._look_now(aim)
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
        missing = self.row.listing.missing
        return missing or f"'presign targets {self.name}' lists them; other regions with --region."


def _about(place: Place, finding: Finding) -> Finding:
    return replace(finding, message=f"{place}: {finding.message}")


def _gateway(context: ProviderContext) -> AwsGateway:
    if context.aws is None:
        raise UnavailableError("There is no way to AWS in this process.")
    return context.aws
