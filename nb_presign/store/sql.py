"""The store on SQLAlchemy Core: the same statements on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from nb_presign.clock import Clock, SteadyClock
from nb_presign.errors import (
    LinkRevokedError,
    StoreError,
)
from nb_presign.model import ACCESS_KEY, AccessKey, Actor, Link, Session
from nb_presign.store import keyrows
from nb_presign.store.base import AuditRow, Redemption, RevokedKey
from nb_presign.store.database_time import DatabaseTime
from nb_presign.store.engine import BUSY_SECONDS, Database
from nb_presign.store.locks import (
    ENDINGS,
    Lock,
    family_of,
    key_row,
    link_row,
    links_of,
    take,
)
from nb_presign.store.passed import PassedTime, StoreTime
from nb_presign.store.postgres import is_postgres
from nb_presign.store.redeeming import redeem
from nb_presign.store.rows import read_audit, read_link, read_session, write_link
from nb_presign.store.schema import access_keys, audit, links, sessions
from nb_presign.store.statements import advance, end_sessions, find_link, find_session, note

#: Values of one statement: databases bind so many and no more.
_AT_ONCE = 500
_ADD_LINK = {
    "sqlite": sqlite.insert(links).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(links).on_conflict_do_nothing(),
}


class SqlStore:
    """Implements `nb_presign.store.base.Store`, for several threads and processes at once."""

    def __init__(self, url: str, clock: Clock, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self._clock = SteadyClock.over(clock)
        shared = is_postgres(url)
        self._time: StoreTime = DatabaseTime(self._clock) if shared else PassedTime(self._clock)
        self._database = Database(url, busy_seconds, on_open=self._time.read)

    def now(self) -> datetime:
        with self._database.reading() as tx:
            self._time.read(tx)
        return self._clock.now()

    def witness(self, moment: datetime) -> None:
        if self._time.is_kept(moment):
            return
        with self._database.writing() as tx:
            kept = self._time.witness(tx, moment)
        self._time.committed(kept)

    def add_link(self, link: Link, actor: Actor) -> Link:
        with self._writing(self._clock.now()) as (tx, now):
            # In this order, which is that of a key's revocation.
            keyrows.refuse_revoked_key(tx, link)
            _refuse_ended_family(tx, link)
            # With the values beside it: SQLAlchemy compiles a statement once that is the same.
            added = tx.execute(
                _ADD_LINK[tx.dialect.name],
                write_link(link),
                execution_options={"preserve_rowcount": True},  # psycopg's cursor is closed by then
            )
            if not added.rowcount:
                if keyrows.claim_link(tx, link):
                    note(tx, "link.minted", now, link_id=link.id, actor=actor)
                return find_link(tx, link.id) or replace(link, url=None)
            event = "link.minted" if link.family == link.id else "link.refreshed"
            note(tx, event, now, link_id=link.id, actor=actor)
            return replace(link, url=None)

    def link(self, link_id: str) -> Link | None:
        with self._database.reading() as tx:
            return find_link(tx, link_id)

    def links(self, *, since: datetime, limit: int = 500) -> tuple[Link, ...]:
        query = (
            select(links)
            .where(links.c.expires_at > since)
            .order_by(links.c.created_at.desc(), links.c.id)
            .limit(limit)
        )
        with self._database.reading() as tx:
            return tuple(read_link(row) for row in tx.execute(query))

    def revoke(self, link_id: str, *, now: datetime, actor: Actor) -> Link | None:
        with self._writing(now, ENDINGS, family_of(link_id)) as (tx, passed):
            link = find_link(tx, link_id)
            if link is None:
                return None
            revoked = tx.execute(
                update(links)
                .where(links.c.family == link.family, links.c.revoked_at.is_(None))
                .values(revoked_at=passed)
            )
            end_sessions(tx, sessions.c.family == link.family, passed)
            if revoked.rowcount:
                advance(tx)
                note(tx, "link.revoked", passed, link_id=link_id, actor=actor)
            return find_link(tx, link_id)

    def redeem(self, redemption: Redemption) -> Session:
        with self._writing(redemption.now, link_row(redemption.link_id)) as (tx, now):
            return redeem(tx, redemption, now)

    def session_by_cookie(self, cookie_hash: bytes) -> Session | None:
        with self._database.reading() as tx:
            return find_session(tx, sessions.c.cookie_hash == cookie_hash)

    def session(self, session_id: str) -> Session | None:
        with self._database.reading() as tx:
            return find_session(tx, sessions.c.id == session_id)

    def sessions(
        self, *, since: datetime, audience: str = "", limit: int = 500
    ) -> tuple[Session, ...]:
        query = select(sessions).where(sessions.c.expires_at > since)
        if audience:
            query = query.where(sessions.c.audience == audience)
        query = query.order_by(sessions.c.created_at.desc(), sessions.c.id).limit(limit)
        with self._database.reading() as tx:
            return tuple(read_session(row) for row in tx.execute(query))

    def end_session(self, session_id: str, *, now: datetime, actor: Actor) -> Session | None:
        with self._writing(now, ENDINGS) as (tx, passed):
            ended = end_sessions(tx, sessions.c.id == session_id, passed)
            session = find_session(tx, sessions.c.id == session_id)
            if session and ended:
                advance(tx)
                note(
                    tx,
                    "session.ended",
                    passed,
                    link_id=session.link_id,
                    session_id=session_id,
                    actor=actor,
                )
            return session

    def end_sessions(self, *, audience: str, now: datetime, actor: Actor) -> tuple[Session, ...]:
        with self._writing(now, ENDINGS) as (tx, passed):
            live = and_(
                sessions.c.audience == audience,
                sessions.c.ended_at.is_(None),
                sessions.c.expires_at > passed,
            )
            found = [read_session(row) for row in tx.execute(select(sessions).where(live))]
            if not found:
                return ()
            # These and no others: on PostgreSQL there may be more by now.
            for first in range(0, len(found), _AT_ONCE):
                some = [session.id for session in found[first : first + _AT_ONCE]]
                end_sessions(tx, sessions.c.id.in_(some), passed)
            advance(tx)
            for session in found:
                note(
                    tx,
                    "session.ended",
                    passed,
                    link_id=session.link_id,
                    session_id=session.id,
                    actor=actor,
                )
            return tuple(replace(session, ended_at=passed) for session in found)

    def add_access_key(self, key: AccessKey, sealed: str, actor: Actor) -> None:
        with self._writing(self._clock.now()) as (tx, now):
            keyrows.add_key(tx, key, sealed, now=now, actor=actor)

    def access_key(self, key_id: str) -> tuple[AccessKey, str] | None:
        with self._database.reading() as tx:
            return keyrows.find_key(tx, key_id)

    def access_keys(self) -> tuple[AccessKey, ...]:
        with self._database.reading() as tx:
            return keyrows.list_keys(tx)

    def revoke_access_key(self, key_id: str, *, now: datetime, actor: Actor) -> RevokedKey | None:
        locks = ENDINGS, key_row(key_id), links_of(str(Actor(key_id, ACCESS_KEY)))
        with self._writing(now, *locks) as (tx, passed):
            return keyrows.revoke_key(tx, key_id, now=passed, actor=actor)

    def reseal_access_key(self, key_id: str, sealed: str, *, was: str) -> bool:
        with self._writing(self._clock.now()) as (tx, _):
            return keyrows.reseal_key(tx, key_id, sealed, was=was)

    def revision(self) -> int:
        with self._database.reading() as tx:
            return self._time.pulse(tx)

    def listen(self, heard: Callable[[], None] | None) -> None:
        self._database.listen(heard)

    def audit(self, *, limit: int = 500) -> tuple[AuditRow, ...]:
        with self._database.reading() as tx:
            rows = tx.execute(select(audit).order_by(audit.c.id.desc()).limit(limit))
            return tuple(read_audit(row) for row in rows)

    def purge(self, *, before: datetime, limit: int = 500) -> int:
        over = (
            (sessions, sessions.c.expires_at < before),
            (links, _forgettable(before)),
            (access_keys, keyrows.forgettable_keys(before)),
        )
        return sum(self._delete(table, which, limit) for table, which in over)

    def purge_audit(self, *, before: datetime, limit: int = 500) -> int:
        # Rows stand in the order of time: those with the lowest ids are the oldest.
        oldest = select(audit.c.id).order_by(audit.c.id).limit(limit).scalar_subquery()
        return self._delete(audit, and_(audit.c.at < before, audit.c.id.in_(oldest)), limit)

    def close(self) -> None:
        if self._database.opened:
            with suppress(StoreError):
                self.witness(self._clock.now())
        self._database.close()

    @contextmanager
    def _writing(self, now: datetime, *locks: Lock) -> Iterator[tuple[Connection, datetime]]:
        """Open a transaction that writes, and tell the time that decides in it."""
        with self._database.writing() as tx:
            take(tx, *locks)
            # The clock is asked here: to get the locks may have taken seconds.
            yield tx, self._time.keep(tx, max(now, self._clock.now()))

    def _delete(self, table: Table, which: ColumnElement[bool], limit: int) -> int:
        """Delete some rows, and take the lock for writing only where there are any."""
        with self._database.reading() as tx:
            # In an index's order, so that nothing is read from one end to the other.
            oldest = table.c.get("expires_at", table.c.id)
            ids = tx.scalars(select(table.c.id).where(which).order_by(oldest).limit(limit)).all()
        if not ids:
            return 0
        # Those that another transaction holds wait for the next time.
        free = select(table.c.id).where(table.c.id.in_(ids)).with_for_update(skip_locked=True)
        with self._writing(self._clock.now()) as (tx, _):
            return tx.execute(delete(table).where(table.c.id.in_(free), which)).rowcount


def _refuse_ended_family(tx: Connection, link: Link) -> None:
    """Refuse a successor whose family was revoked while it was being minted."""
    if link.family == link.id:
        return
    family = select(links.c.revoked_at).where(links.c.family == link.family).order_by(links.c.id)
    if any(tx.scalars(family.with_for_update(read=True)).all()):
        raise LinkRevokedError(
            f"The link {link.family} was revoked and has no successor.",
            hint="Mint a new one.",
            id=link.family,
        )


def _forgettable(before: datetime) -> ColumnElement[bool]:
    """Select links that are long over, and that nothing kept depends on."""
    kin = links.alias("kin")
    # A session outlives its link, and needs it for its foreign key.
    has_session = select(sessions.c.id).where(sessions.c.link_id == links.c.id).exists()
    has_heir = (
        select(kin.c.id).where(kin.c.family == links.c.family, kin.c.expires_at >= before).exists()
    )
    return and_(
        links.c.expires_at < before,
        ~has_session,
        # A revocation is of the whole family.
        or_(links.c.revoked_at.is_(None), ~has_heir),
    )
