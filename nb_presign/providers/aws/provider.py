"""Every row of the table as a provider."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

from nb_presign.aws.gateway import AwsGateway
from nb_presign.aws.place import Place
from nb_presign.errors import (
    AccessDeniedError,
    BadAnswerError,
    NotStartableError,
    PresignError,
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
from nb_presign.providers.aws.aim import Aim, check_options
from nb_presign.providers.aws.examining import Examiner, Reach, reach
from nb_presign.providers.aws.looking import TRIED, Seen, check_ready, info
from nb_presign.providers.aws.lookout import Lookout
from nb_presign.providers.aws.minting import Minter, Pause
from nb_presign.providers.aws.names import Names
from nb_presign.providers.aws.operation import SESSION, Listed, Operation
from nb_presign.providers.aws.operations import operation
from nb_presign.providers.aws.policies import with_policy
from nb_presign.providers.aws.several import ask_all
from nb_presign.providers.base import Provider
from nb_presign.providers.context import ProviderContext

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
        self._settings = context.settings
        self._aws = _gateway(context)
        self._minter = Minter(
            gateway=self._aws, clock=context.clock, settings=context.settings, pause=pause
        )
        self._names = Names(context.clock, self._read)
        self._lookout = Lookout(
            row, self._aws, self._names, settings=context.settings, clock=context.clock
        )
        self._examiner = Examiner(
            row=row, gateway=self._aws, look=self._lookout.look_now, reach=reach
        )

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
        aim, seen = await self._lookout.find(target)
        check_ready(aim, seen)
        return aim.target

    def places(self, target: Target) -> tuple[Place, ...]:
        return tuple(aim.place for aim in self._lookout.aims(target))

    async def locate(self, target: Target) -> Target:
        aims = self._lookout.aims(target)
        return aims[0].target if len(aims) == 1 else (await self._lookout.find(target))[0].target

    async def look(self, target: Target) -> TargetInfo:
        aim, seen = await self._lookout.find(target, fresh=True)
        return info(aim, seen, title=self._names.title(aim.place, aim.target))

    async def start(self, target: Target) -> TargetInfo:
        aim, seen = await self._lookout.find(target, fresh=True)
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
            seen = await self._lookout.look_now(aim)
            if seen.state is not TargetState.STARTING:
                raise
        return info(aim, await self._lookout.look_now(aim))

    async def examine(self, query: TargetQuery, target: Target | None) -> tuple[Finding, ...]:
        if target is not None:
            aim = await self._lookout.likely(target)
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
                pairs = await ask_all(self._lookout.aims(target), self._lookout.look)
                return any(isinstance(answer, Seen) for _, answer in pairs)
            check_options(self.row, target)
            region, profile = target.option("region"), target.option("profile")
            found = places.configured(self._settings, profile=profile, region=region)
            lists = [await self._names.at(each) for each in found]
        except PresignError:
            return False
        return any(item.target.id == bare.id for items in lists for item in items)

    async def mint(self, draft: Link) -> Link:
        aim = self._lookout.aims(draft.target)[0]
        try:
            return await self._mint(aim, draft)
        except AccessDeniedError as error:
            raise with_policy(aim, error) from None
        except PresignError as error:
            self._lookout.forget(aim)
            if error.fields.get("aws_code"):
                await self._lookout.explain(aim)
            raise

    async def _mint(self, aim: Aim, draft: Link) -> Link:
        seen = await self._lookout.look(aim)
        try:
            return await self._minter.mint(aim, draft, host=seen.host)
        except BadAnswerError:
            # One that was made anew has its name from before, and another host.
            now = await self._lookout.look_now(aim)
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


def _about(place: Place, finding: Finding) -> Finding:
    return replace(finding, message=f"{place}: {finding.message}")


def _gateway(context: ProviderContext) -> AwsGateway:
    if context.aws is None:
        raise UnavailableError("There is no way to AWS in this process.")
    return context.aws
