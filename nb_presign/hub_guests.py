"""Ends the sessions of people whom a Hub lets in to a server because of our links.

The Hub has no end for what was accepted, so that somebody must take it back: any process that has
the store of the links and a token of the Hub, as often as it likes. All that is needed is in the
store and in the Hub, so that a restart forgets nothing; what could not be done is done next time.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from nb_presign.audit import AuditEvent, Emit, nowhere
from nb_presign.clock import Clock
from nb_presign.errors import PresignError
from nb_presign.offload import Offload
from nb_presign.providers.hub.answers import CodeModel, ShareModel
from nb_presign.providers.hub.client import HubClient, asking
from nb_presign.providers.hub.place import HubPlace
from nb_presign.providers.hub.provider import let_out
from nb_presign.providers.hub.sessions import Opening, came_by, end_of, opening_of
from nb_presign.store.base import LONGEST_SESSION, Store

#: Links of all providers that are looked through.
MOST_LINKS = 10_000

_log = logging.getLogger(__name__)


class HubGuests:
    """Looks after the guests of one Hub's servers; one turn at a time."""

    def __init__(
        self,
        place: HubPlace,
        store: Store,
        offload: Offload,
        clock: Clock,
        *,
        keep: timedelta,
        emit: Emit = nowhere,
        on_ended: Callable[[], None] = lambda: None,
    ) -> None:
        """`keep` is how long the store keeps links; `on_ended` is called after sessions ended."""
        self._place = place
        self._store = store
        self._offload = offload
        self._clock = clock
        self._emit = emit
        self._on_ended = on_ended
        #: Links that expired before have been seen to the end.
        self._since = clock.now() - keep
        #: Links that are over and have let in nobody, or nobody any more.
        self._done: set[str] = set()
        self._busy = False

    async def turn(self) -> int:
        """Revoke the shares whose session is over, and the codes of revoked links.

        Returns how many people were let out. What goes wrong is tried again at the next turn.
        """
        if self._busy:
            return 0
        self._busy = True
        try:
            return await self._turn()
        except PresignError as error:
            _log.warning("The Hub's guests have to be seen to later: %s", error.message)
            return 0
        finally:
            self._busy = False

    async def _turn(self) -> int:
        now = self._clock.now()
        openings = await self._openings()
        if openings:
            ended = await self._end(openings, now)
        else:
            ended = 0
        self._since = max(self._since, now - timedelta(seconds=LONGEST_SESSION) - _CODES)
        if ended:
            self._on_ended()
        return ended

    async def _openings(self) -> dict[tuple[str, str], list[Opening]]:
        """Read from the store what may have let somebody in, by server."""
        links = await self._offload(self._store.links, since=self._since, limit=MOST_LINKS)
        found: dict[tuple[str, str], list[Opening]] = defaultdict(list)
        for link in links:
            opening = opening_of(link, self._place)
            if opening is not None:
                found[opening.user, opening.server].append(opening)
        return {
            where: all_of_it
            for where, all_of_it in found.items()
            if not all(each.link_id in self._done for each in all_of_it)
        }

    async def _end(self, openings: dict[tuple[str, str], list[Opening]], now: datetime) -> int:
        ended, failed = 0, None
        async with asking(self._place) as hub:
            for (user, server), here in openings.items():
                try:
                    codes = await hub.codes(user, server)
                    await _drop_revoked(hub, here, codes)
                    shares = await hub.shares(user, server)
                    ended += await self._let_out(hub, here, codes, shares, now)
                except PresignError as error:  # noqa: PERF203  # each server by itself
                    # Another one's servers are not to wait for it.
                    failed = error
        if failed is not None:
            raise failed
        return ended

    async def _let_out(
        self,
        hub: HubClient,
        openings: Sequence[Opening],
        codes: Sequence[CodeModel],
        shares: Sequence[ShareModel],
        now: datetime,
    ) -> int:
        ended, inside = 0, set()
        for share in shares:
            found = end_of(share, openings, codes)
            if found is None or share.user is None:
                continue
            end, opening = found
            if now < end:
                inside |= {each.link_id for each in came_by(share, openings, codes)}
                continue
            await let_out(hub, opening, share)
            ended += 1
            _log.info("The session of %s by link %s is over.", share.user.name, opening.link_id)
            self._emit(
                AuditEvent(
                    event="session.ended",
                    link_id=opening.link_id,
                    actor=f"hub:{share.user.name}",
                )
            )
        self._done |= {each.link_id for each in openings if each.ends + _CODES < now} - inside
        return ended


#: For how long after a code's expiry it is not believed to be over: clocks differ a little.
_CODES = timedelta(minutes=5)


async def _drop_revoked(
    hub: HubClient, openings: Sequence[Opening], codes: Sequence[CodeModel]
) -> None:
    for each in openings:
        if each.revoked_at is not None and any(map(each.made_by, codes)):
            await hub.drop_code(each.user, each.server, each.code_id)
