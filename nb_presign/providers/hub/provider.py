"""The provider of a Hub's servers: finds, starts and shares them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from nb_presign.errors import (
    NoCredentialsError,
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
from nb_presign.policy import Bounds, Range
from nb_presign.providers.base import Provider
from nb_presign.providers.context import ProviderContext
from nb_presign.providers.hub.aim import HERE, NAME, HubAim, take_apart
from nb_presign.providers.hub.answers import CodeModel, ShareModel
from nb_presign.providers.hub.examining import examine_server
from nb_presign.providers.hub.looking import find, info_of, is_here, not_ready, page_of, state_of
from nb_presign.providers.hub.place import HubPlace, find_hub
from nb_presign.providers.hub.scopes import ACCESS, MARK, denied, for_server, missing
from nb_presign.providers.hub.sessions import (
    Opening,
    audience_of,
    came_by,
    opening_by,
    opening_of,
)
from nb_presign.secret import Secret

if TYPE_CHECKING:
    from nb_presign.providers.hub.client import HubClient

#: The Hub takes a code's lifetime from a minute (`ShareCodeGrantRequest`); the session's length is
#: ours to keep.
BOUNDS = Bounds(
    expires_in=Range(60, 86_400, 300),
    session_seconds=Range(1_800, 43_200, 43_200),
    scopes=(Scope.FULL,),
    default_scope=Scope.FULL,
    instead="Leave it out: the Hub lets people in to a whole server. One that has "
    "c.NbPresign.self_hosted = True serves links of its own, which can be limited so.",
)
#: Where to have a link's address.
PUBLIC_URL = 'Set c.JupyterHub.public_url = "https://…" in jupyterhub_config.py, and restart both.'


def create(context: ProviderContext, environment: Mapping[str, str] = os.environ) -> HubProvider:
    """Make the provider, as the entry point asks."""
    return HubProvider(find_hub(context.settings, environment))


class HubProvider(Provider):
    """Shares servers of one Hub by its own share codes."""

    name = NAME
    title = "JupyterHub servers"

    def __init__(self, place: HubPlace | None) -> None:
        self._place = place

    @property
    def bounds(self) -> Bounds:
        return BOUNDS

    @property
    def place(self) -> HubPlace:
        """The Hub; raises `UnavailableError` where there is none."""
        if self._place is None:
            raise UnavailableError("There is no Hub here.", hint=_MEND)
        if not self._place.token.reveal():
            raise NoCredentialsError(
                "There is no token for the Hub.",
                hint="Put it where c.NbPresign.hub says: token_env or token_file.",
            )
        return self._place

    async def status(self) -> ProviderInfo:
        if self._place is None:
            return self._unusable("There is no Hub here.", _MEND, configured=False)
        try:
            async with self._asking() as hub:
                me = await hub.whoami()
        except PresignError as error:
            return self._unusable(error.message, error.hint)
        lacking = missing(me.scopes, self._place.user or me.name, self._place.server)
        if self._place.user and lacking:
            refusal = denied("share this server", lacking)
            return self._unusable(refusal.message, refusal.hint)
        return ProviderInfo(name=self.name, title=self.title, usable=True)

    async def examine(self, query: TargetQuery, target: Target | None) -> tuple[Finding, ...]:
        del query
        told = await self.status()
        findings = [
            Finding(
                name="hub",
                ok=told.usable,
                message=told.reason or "The Hub answers, and lets its servers be shared.",
                mend=told.mend,
            )
        ]
        if told.usable and target is not None:
            async with self._asking() as hub:
                findings += await examine_server(hub, target, self.place)
        return tuple(findings)

    async def targets(self, query: TargetQuery) -> TargetPage:
        place, offset = self.place, int(query.cursor) if query.cursor.isdecimal() else 0
        async with self._asking() as hub:
            return await page_of(hub, place, offset)

    async def resolve(self, target: Target) -> Target:
        aim = take_apart(target, self.place)
        # Who asks in a server, or in a kernel of one, knows that it runs.
        if not is_here(aim, self.place):
            async with self._asking() as hub:
                server = await find(hub, aim, self.place)
                if state_of(server) is not TargetState.READY:
                    raise not_ready(aim, server, await hub.whoami())
        return aim.target

    async def look(self, target: Target) -> TargetInfo:
        aim = take_apart(target, self.place)
        async with self._asking() as hub:
            server = await find(hub, aim, self.place)
            me = await hub.whoami()
        return info_of(aim, server, me, self.place)

    async def start(self, target: Target) -> TargetInfo:
        aim = take_apart(target, self.place)
        async with self._asking() as hub:
            server = await find(hub, aim, self.place)
            if state_of(server) is TargetState.STOPPED:
                await hub.start(aim.user, aim.server)
                server = await find(hub, aim, self.place)
            elif state_of(server) is TargetState.DOWN:
                raise NotStartableError(
                    f"The {aim} is about to stop.",
                    hint="Wait until it is stopped, and try again.",
                    target=aim.reference,
                )
            me = await hub.whoami()
        return info_of(aim, server, me, self.place)

    async def knows(self, bare: BareTarget) -> bool:
        if bare.options or self._place is None:
            return False
        if bare.id == HERE:
            return bool(self._place.user)
        try:
            async with self._asking() as hub:
                found = await hub.user(bare.id)
        except PresignError:
            return False
        return found is not None and found.servers is not None

    async def mint(self, draft: Link) -> Link:
        aim = take_apart(draft.target, self.place)
        async with self._asking() as hub:
            if draft.interactive:
                return await self._open(hub, aim, draft)
            seconds = _seconds(draft)
            code = await hub.add_code(
                aim.user,
                aim.server,
                scopes=tuple(for_server(each, aim.user, aim.server) for each in (ACCESS, MARK)),
                expires_in=seconds,
            )
        return replace(
            draft,
            # By the clock of who decides; its own time of making is read a little later.
            created_at=code.expires_at - timedelta(seconds=seconds),
            expires_at=code.expires_at,
            audience=audience_of(self.place, code.id),
            url=Secret(self._url(aim, code)),
        )

    async def revoke(self, link: Link) -> None:
        """Take the code back, and let nobody stay who came by it.

        Where another link may have let somebody in as well, they have to open that one again.
        """
        opening = opening_of(link, self.place)
        if opening is None:
            return
        where = opening.user, opening.server
        async with self._asking() as hub:
            codes = await hub.codes(*where)
            if any(map(opening.made_by, codes)):
                await hub.drop_code(*where, opening.code_id)
            others = (opening_by(code, *where) for code in codes if not opening.made_by(code))
            openings = [opening, *filter(None, others)]
            for share in await hub.shares(*where):
                if opening in came_by(share, openings, codes):
                    await let_out(hub, opening, share)

    def _asking(self) -> AbstractAsyncContextManager[HubClient]:
        from nb_presign.providers.hub.client import asking  # noqa: PLC0415  # httpx

        return asking(self.place)

    async def _open(self, hub: HubClient, aim: HubAim, draft: Link) -> Link:
        """Lead who may enter anyway to the page: the Hub refuses owners a code of their own."""
        pages_url = self.place.pages_url
        server = await find(hub, aim, self.place)
        if not pages_url:
            raise UnavailableError("The Hub's address for browsers is not known.", hint=PUBLIC_URL)
        return replace(
            draft,
            session_seconds=0,
            audience="",
            url=Secret(_absolute(pages_url, aim.opened(server.url))),
        )

    def _url(self, aim: HubAim, code: CodeModel) -> str:
        """Write the address where a code is accepted."""
        told = (code.full_accept_url or "").partition("?")[0]
        accept = told or (self.place.pages_url and f"{self.place.pages_url}accept-share")
        if not accept:
            raise UnavailableError("The Hub's address for browsers is not known.", hint=PUBLIC_URL)
        query = {"code": code.code}
        if aim.path:
            query["next"] = aim.opened(code.server.url)
        return f"{accept}?{urlencode(query)}"

    def _unusable(self, reason: str, mend: str, *, configured: bool = True) -> ProviderInfo:
        return ProviderInfo(
            name=self.name,
            title=self.title,
            usable=False,
            reason=reason,
            mend=mend,
            configured=configured,
        )


_MEND = (
    "Start this server from a Hub, or name one: "
    'c.NbPresign.hub = {"url": "https://hub.example.org/", "token_env": "HUB_TOKEN"}.'
)


async def let_out(hub: HubClient, opening: Opening, share: ShareModel) -> None:
    """Take from somebody what a link gave them."""
    where = opening.user, opening.server
    scopes = tuple(for_server(each, *where) for each in (ACCESS, MARK))
    await hub.drop_share(*where, share.user.name if share.user else "", scopes)


def _seconds(draft: Link) -> int:
    """Read the lifetime that was agreed; that of a link made before may have a fraction less."""
    seconds = round((draft.expires_at - draft.created_at) / timedelta(seconds=1))
    return min(max(seconds, BOUNDS.expires_in.low), BOUNDS.expires_in.high)


def _absolute(pages_url: str, path: str) -> str:
    parts = urlsplit(pages_url)
    return path if "://" in path else f"{parts.scheme}://{parts.netloc}{path}"
