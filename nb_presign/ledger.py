"""What a service keeps of links and sessions, and tells the outside of."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, replace
from datetime import timedelta

from nb_presign.audit import AuditEvent, Emit
from nb_presign.errors import UpstreamError
from nb_presign.model import Actor, Link, Session
from nb_presign.offload import Offload
from nb_presign.reference import format_reference
from nb_presign.store.base import Store

#: Share of mints that also purge a little: servers have a timer for it, scripts do not.
PURGE_CHANCE = 1 / 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Writes what somebody did into the store, and tells the outside of it."""

    store: Store
    offload: Offload
    emit: Emit
    actor: Actor
    #: How long what is over stays in the store.
    keep_for: timedelta

    async def keep(self, link: Link, event: str) -> Link:
        """Keep a link, and tell of it by the name of an event; without one nothing is told.

        Whoever asked may go away: then it is kept and told of all the same, not half of it.
        Raises `UpstreamError` for the id of somebody else's link.
        """
        return await asyncio.shield(self._keep(link, event))

    async def take_note(self, link: Link) -> Link:
        """Keep a link that was reported; one that is kept already is not told of again."""
        event = "link.minted" if link.family == link.id else "link.refreshed"
        known = await self.offload(self.store.link, link.id)
        return await self.keep(link, event if known is None else "")

    def tell(self, event: str, link: Link) -> None:
        """Tell the outside what happened to a link."""
        self.emit(
            AuditEvent(
                event=event,
                link_id=link.id,
                target=format_reference(link.target),
                scope=str(link.scope),
                actor=str(self.actor),
            )
        )

    def tell_of_end(self, session: Session) -> None:
        """Tell the outside that a session was ended."""
        self.emit(
            AuditEvent(
                event="session.ended",
                link_id=session.link_id,
                session_id=session.id,
                actor=str(self.actor),
            )
        )

    async def _keep(self, link: Link, event: str) -> Link:
        kept = await self.offload(self.store.add_link, link, self.actor)
        if kept.audience != link.audience:
            # Ids are the minting server's to choose: one that names another's link is not believed.
            raise UpstreamError("The server answered with a link that is not its own.", id=link.id)
        if event:
            self.tell(event, kept)
        if random.random() < PURGE_CHANCE:  # noqa: S311  # spreads work, guards nothing
            await self.offload(self.store.purge, before=kept.created_at - self.keep_for)
        return replace(kept, url=link.url, auth_token=link.auth_token)
