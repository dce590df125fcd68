"""The use cases of an owner: list, mint, refresh, revoke."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from nb_presign import policy
from nb_presign.audit import Emit, nowhere
from nb_presign.aws.calls.flight import Flights
from nb_presign.clock import Clock, SystemClock
from nb_presign.errors import (
    ConflictError,
    LinkNotFoundError,
    LinkRevokedError,
    SessionNotFoundError,
)
from nb_presign.ledger import Ledger
from nb_presign.model import (
    Actor,
    BareTarget,
    Finding,
    Folder,
    Link,
    MintRequest,
    Narrowing,
    ProviderInfo,
    ServerInfo,
    Session,
    Target,
    TargetInfo,
    TargetPage,
    TargetQuery,
    new_id,
)
from nb_presign.offload import Offload
from nb_presign.permits import Permits
from nb_presign.policy.reported import facts_of
from nb_presign.providers.bare_names import choose, who_knows
from nb_presign.providers.base import Provider
from nb_presign.providers.registry import ProviderRegistry
from nb_presign.store.base import Store

#: How long an ended link or session stays in the lists.
LISTED_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PresignService:
    """Implements `PresignApi` on a store and providers.

    One is made at start; `acting_as` gives each caller their own view of it.
    """

    info: ServerInfo
    registry: ProviderRegistry
    store: Store
    offload: Offload
    clock: Clock
    actor: Actor
    emit: Emit = nowhere
    #: What may be minted on this process's own cloud credentials; None: whatever is asked for.
    permits: Permits | None = None
    #: Called after a link or session ended, so that guests are cut at once and not at the next
    #: look.
    on_ended: Callable[[], None] = field(default=lambda: None)
    #: How long what is over stays in the store.
    keep: timedelta = timedelta(days=30)
    #: Refreshes under way, by link and actor. Keeps no answers, so that its clock does not matter.
    refreshes: Flights[Link] = field(
        default_factory=lambda: Flights(SystemClock(), kept_for=0), repr=False, compare=False
    )
    #: Reports under way, by link: what is sent twice is told of once.
    reports: Flights[Link] = field(
        default_factory=lambda: Flights(SystemClock(), kept_for=0), repr=False, compare=False
    )
    #: Called when the service is closed.
    on_close: Callable[[], None] = field(default=lambda: None)

    def acting_as(self, actor: Actor) -> PresignService:
        """Return the same service on behalf of somebody."""
        return replace(self, actor=actor)

    async def server(self) -> ServerInfo:
        return self.info

    async def providers(self) -> tuple[ProviderInfo, ...]:
        return tuple([await provider.status() for provider in self.registry])

    async def targets(self, query: TargetQuery) -> TargetPage:
        return await self.registry.targets(query)

    async def target(self, target: Target) -> TargetInfo:
        return await self.registry[target.provider].look(target)

    async def notebooks(self, target: Target, folder: str = "") -> Folder:
        return await self.registry[target.provider].notebooks(target, folder)

    async def start(self, target: Target) -> TargetInfo:
        provider = self.registry[target.provider]
        await self._screen(provider, target)
        if self.permits is not None:
            target = await provider.locate(target)
        await self._permit(provider, target)
        return await provider.start(target)

    async def examine(
        self, query: TargetQuery, target: Target | None = None
    ) -> tuple[Finding, ...]:
        return await self.registry[query.provider].examine(query, target)

    async def mint(self, request: MintRequest) -> Link:
        target = await self._find(request.target)
        provider = self.registry[target.provider]
        terms = policy.agree(request, provider.bounds)
        await self._screen(provider, target)
        target = await provider.resolve(target)
        await self._permit(provider, target)
        now = await self._now(provider)
        draft = Link(
            id=new_id("lnk"),
            target=target,
            created_at=now,
            expires_at=now + timedelta(seconds=terms.expires_in),
            session_seconds=terms.session_seconds,
            scope=terms.scope,
            max_uses=terms.max_uses,
            allowed_ips=terms.allowed_ips,
            note=request.note,
            minted_by=str(self.actor),
            narrowing=Narrowing(terms.within) if terms.within else None,
            interactive=request.interactive,
            bind_ip=terms.bind_ip,
            permission=terms.permission,
        )
        return await self._ledger.keep(await provider.mint(draft), "link.minted")

    async def report(self, link: Link) -> Link:
        provider = self.registry[link.provider]
        if not provider.uses_own_credentials:
            raise ConflictError(
                "A link of this provider is minted by its server, and by nobody else.",
                hint="Mint it: POST api/links.",
                id=link.id,
            )
        facts = facts_of(link, provider.bounds, self.actor, now=self.clock.now())
        return await self.reports.join(link.id, lambda: self._ledger.take_note(facts))

    async def link(self, link_id: str) -> Link:
        link = await self.offload(self.store.link, link_id)
        if link is None:
            raise LinkNotFoundError(
                f"There is no link {link_id[:60]!r}.", hint="See 'presign list'."
            )
        return link

    async def links(self) -> tuple[Link, ...]:
        return await self.offload(self.store.links, since=self.clock.now() - LISTED_FOR)

    async def refresh(self, link_id: str) -> Link:
        link = await self.link(link_id)
        if link.revoked_at is not None:
            raise LinkRevokedError(
                f"The link {link.id} was revoked and has no successor.",
                hint="Mint a new one.",
                id=link.id,
            )
        provider = self.registry[link.target.provider]
        if not provider.uses_own_credentials:
            return await self._succeed(provider, link)
        # Views of one link that refresh it at the same time get one successor, for one permit. A
        # mint is another matter: whether a URL opens twice is not documented, so that each click
        # gets its own.
        key = link.id, str(self.actor)
        return await self.refreshes.join(key, lambda: self._succeed(provider, link))

    async def _succeed(self, provider: Provider, link: Link) -> Link:
        """Mint the successor of a link."""
        await self._screen(provider, link.target)
        target = await provider.resolve_again(link)
        await self._permit(provider, target)
        now = await self._now(provider)
        draft = replace(
            link,
            id=new_id("lnk"),
            target=target,
            created_at=now,
            expires_at=now + (link.expires_at - link.created_at),
            uses=0,
            minted_by=str(self.actor),
            credentials_expire_at=None,
            renew_by=None,
        )
        return await self._ledger.keep(await provider.refresh(link, draft), "link.refreshed")

    async def revoke(self, link_id: str) -> Link:
        link = await self.link(link_id)
        await self.registry[link.target.provider].revoke(link)
        revoked = await self.offload(
            self.store.revoke, link_id, now=self.clock.now(), actor=self.actor
        )
        self.on_ended()
        if link.revoked_at is None:
            self._ledger.tell("link.revoked", link)
        return revoked or link

    async def sessions(self) -> tuple[Session, ...]:
        since = self.clock.now() - LISTED_FOR
        audience = self.info.id if self.info.self_hosted else ""
        return await self.offload(self.store.sessions, since=since, audience=audience)

    async def end_session(self, session_id: str) -> Session:
        before = await self.offload(self.store.session, session_id)
        ended = await self.offload(
            self.store.end_session, session_id, now=self.clock.now(), actor=self.actor
        )
        self.on_ended()
        if before is None or ended is None:
            raise SessionNotFoundError(
                f"There is no session {session_id[:60]!r}.", hint="See 'presign sessions'."
            )
        if before.ended_at is None:
            self._ledger.tell_of_end(ended)
        return ended

    async def end_sessions(self) -> tuple[Session, ...]:
        ended = await self.offload(
            self.store.end_sessions,
            audience=self.info.id,
            now=self.clock.now(),
            actor=self.actor,
        )
        self.on_ended()
        for session in ended:
            self._ledger.tell_of_end(session)
        return ended

    async def aclose(self) -> None:
        await self.offload(self.store.close)
        self.on_close()

    @property
    def _ledger(self) -> Ledger:
        return Ledger(
            store=self.store,
            offload=self.offload,
            emit=self.emit,
            actor=self.actor,
            keep_for=self.keep,
        )

    async def _screen(self, provider: Provider, target: Target) -> None:
        """Refuse, before anybody is asked, what is not to be minted wherever it may be."""
        if self.permits is not None and provider.uses_own_credentials:
            await self.permits.screen(target, provider.places(target))

    async def _permit(self, provider: Provider, target: Target) -> None:
        """Take a permit for what is minted on this process's own credentials, where it is."""
        if self.permits is not None and provider.uses_own_credentials:
            await self.permits.check(target, provider.places(target)[0])

    async def _now(self, provider: Provider) -> datetime:
        """Tell the time that a new link is made at."""
        if provider.uses_own_credentials:
            # The upstream redeems it, and has a clock of its own.
            return self.clock.now()
        # The store's, which may have seen more than this process and its clock: a link must not be
        # over when it is made.
        return await self.offload(self.store.now)

    async def _find(self, target: Target | BareTarget) -> Target:
        """Find the provider of a bare name."""
        if isinstance(target, Target):
            return target
        asked = [provider for provider in self.registry if provider.listed]
        return choose(target, *await who_knows(asked, target))
