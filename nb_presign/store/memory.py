"""A store of a process's own, for links that their upstream redeems: kernels mint on AWS with it.

Where such links are to be seen by others, their facts are reported; see `nb_presign.divided`. It
costs no import of SQLAlchemy and no file. Sessions and access keys it has none: nothing in it can
be redeemed.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from nb_presign.clock import Clock, SteadyClock
from nb_presign.errors import LinkNotFoundError, LinkRevokedError, SelfHostingOffError
from nb_presign.model import AccessKey, Actor, Link, Session
from nb_presign.store.base import AuditRow, Redemption, RevokedKey

#: Events that are remembered.
_MOST_ROWS = 500
#: How long links stay after their end: those that have a successor, and the last of a family.
_KEEP, _KEEP_LAST = timedelta(hours=1), timedelta(days=2)
#: Between two looks at what is over.
_TIDY_EVERY = timedelta(minutes=1)


class MemoryStore:
    """Implements `nb_presign.store.base.Store`, for several threads; links are all it keeps."""

    def __init__(self, clock: Clock) -> None:
        self._clock = SteadyClock.over(clock)
        self._lock = threading.Lock()
        self._links: dict[str, Link] = {}
        #: Ids by family, the last minted at the end.
        self._families: dict[str, list[str]] = {}
        self._tidied_at = self._clock.now()
        self._rows: deque[AuditRow] = deque(maxlen=_MOST_ROWS)
        self._revision = 0

    def now(self) -> datetime:
        return self._clock.now()

    def witness(self, moment: datetime) -> None:
        self._clock.advance_to(moment)

    def add_link(self, link: Link, actor: Actor) -> Link:
        with self._lock:
            self._tidy()
            if link.id in self._links:
                return self._links[link.id]
            if any(kin.revoked_at for kin in self._family(link)):
                raise LinkRevokedError(
                    f"The link {link.family} was revoked and has no successor.",
                    hint="Mint a new one.",
                    id=link.family,
                )
            kept = self._links[link.id] = replace(link, url=None, auth_token=None)
            self._families.setdefault(link.family, []).append(link.id)
            event = "link.minted" if link.family == link.id else "link.refreshed"
            self._note(event, link.id, self.now(), actor)
            return kept

    def link(self, link_id: str) -> Link | None:
        return self._links.get(link_id)

    def links(self, *, since: datetime, limit: int = 500) -> tuple[Link, ...]:
        with self._lock:
            found = sorted(
                (link for link in self._links.values() if link.expires_at > since),
                key=lambda link: link.id,
            )
        found.sort(key=lambda link: link.created_at, reverse=True)
        return tuple(found[:limit])

    def revoke(self, link_id: str, *, now: datetime, actor: Actor) -> Link | None:
        self.witness(now)
        with self._lock:
            link = self._links.get(link_id)
            if link is None:
                return None
            if link.revoked_at is None:
                ended = self.now()
                for kin in self._family(link):
                    self._links[kin.id] = replace(kin, revoked_at=ended)
                self._revision += 1
                self._note("link.revoked", link_id, ended, actor)
            return self._links[link_id]

    def redeem(self, redemption: Redemption) -> Session:
        raise LinkNotFoundError("There is no such link.", id=redemption.link_id)

    def session_by_cookie(self, cookie_hash: bytes) -> Session | None:
        del cookie_hash
        return None

    def session(self, session_id: str) -> Session | None:
        del session_id
        return None

    def sessions(
        self, *, since: datetime, audience: str = "", limit: int = 500
    ) -> tuple[Session, ...]:
        del since, audience, limit
        return ()

    def end_session(self, session_id: str, *, now: datetime, actor: Actor) -> Session | None:
        del session_id, now, actor
        return None

    def end_sessions(self, *, audience: str, now: datetime, actor: Actor) -> tuple[Session, ...]:
        del audience, now, actor
        return ()

    def add_access_key(self, key: AccessKey, sealed: str, actor: Actor) -> None:
        del key, sealed, actor
        raise SelfHostingOffError(
            "There are no access keys where no links are served.",
            hint="Make one on the machine of the server: jupyter presign aws-keys create",
        )

    def access_key(self, key_id: str) -> tuple[AccessKey, str] | None:
        del key_id
        return None

    def access_keys(self) -> tuple[AccessKey, ...]:
        return ()

    def revoke_access_key(self, key_id: str, *, now: datetime, actor: Actor) -> RevokedKey | None:
        del key_id, now, actor
        return None

    def reseal_access_key(self, key_id: str, sealed: str, *, was: str) -> bool:
        del key_id, sealed, was
        return False

    def revision(self) -> int:
        return self._revision

    def listen(self, heard: Callable[[], None] | None) -> None:
        del heard  # no other process

    def audit(self, *, limit: int = 500) -> tuple[AuditRow, ...]:
        return tuple(islice(reversed(tuple(self._rows)), limit))

    def purge(self, *, before: datetime, limit: int = 500) -> int:
        with self._lock:
            over = [
                link
                for link in self._links.values()
                if link.expires_at < before
                # A revocation is of the whole family.
                and not (
                    link.revoked_at and any(kin.expires_at >= before for kin in self._family(link))
                )
            ]
            self._forget(over[:limit])
            return len(over[:limit])

    def purge_audit(self, *, before: datetime, limit: int = 500) -> int:
        gone = 0
        while gone < limit and self._rows and self._rows[0].at < before:
            self._rows.popleft()
            gone += 1
        return gone

    def close(self) -> None:
        """Nothing is held open."""

    def _tidy(self) -> None:
        now = self.now()
        if now - self._tidied_at < _TIDY_EVERY:
            return
        self._tidied_at = now
        lasts = {ids[-1] for ids in self._families.values()}
        self._forget(
            [
                link
                for link in self._links.values()
                if link.expires_at < now - (_KEEP_LAST if link.id in lasts else _KEEP)
            ]
        )

    def _forget(self, links: Iterable[Link]) -> None:
        for link in links:
            del self._links[link.id]
            kin = self._families[link.family]
            kin.remove(link.id)
            if not kin:
                del self._families[link.family]

    def _family(self, link: Link) -> list[Link]:
        return [self._links[link_id] for link_id in self._families.get(link.family, ())]

    def _note(self, event: str, link_id: str, at: datetime, actor: Actor) -> None:
        self._rows.append(
            AuditRow(
                at=at, event=event, link_id=link_id, session_id="", actor=str(actor), address=""
            )
        )
