"""The store on SQLAlchemy Core: the same statements on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from nb_presign.clock import Clock, SteadyClock
from nb_presign.errors import (
    LinkExpiredError,
    LinkNotFoundError,
    LinkRevokedError,
    LinkUsedUpError,
    PresignError,
    StoreError,
)
from nb_presign.model import Actor, Link, LinkState, Session, SessionState
from nb_presign.store.base import AuditRow, Redemption
from nb_presign.store.engine import BUSY_SECONDS, Database
from nb_presign.store.passed import PassedTime
from nb_presign.store.rows import read_audit, read_link, read_session, write_link, write_session
from nb_presign.store.schema import audit, links, meta, sessions

#: How long the same landing nonce gets the same session: a lost answer must not burn a link.
REPEAT_WITHIN = timedelta(seconds=30)


#: What is asked again and again.
_PULSE = select(meta).where(meta.c.name.in_(("revision", "time")))

_ADD_LINK = {
    "sqlite": sqlite.insert(links).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(links).on_conflict_do_nothing(),
}


class SqlStore:
    """Implements `nb_presign.store.base.Store`, for several threads and processes at once."""

    def __init__(self, url: str, clock: Clock, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self._clock = SteadyClock.over(clock)
        self._passed = PassedTime(self._clock)
        self._database = Database(url, busy_seconds, on_open=self._passed.read)

    def now(self) -> datetime:
        with self._database.reading() as tx:
            self._passed.read(tx)
        return self._clock.now()

    def witness(self, moment: datetime) -> None:
        if self._passed.is_kept(moment):
            return
        with self._writing(moment):
            pass
        self._passed.committed(moment)

    def add_link(self, link: Link, actor: Actor) -> Link:
        with self._writing(self._clock.now()) as (tx, now):
            _refuse_ended_family(tx, link)
            # With the values beside it: SQLAlchemy compiles a statement once that is the same.
            added = tx.execute(_ADD_LINK[tx.dialect.name], write_link(link))
            if not added.rowcount:
                return _link(tx, link.id) or replace(link, url=None)
            event = "link.minted" if link.family == link.id else "link.refreshed"
            _note(tx, event, now, link_id=link.id, actor=actor)
            return replace(link, url=None)

    def link(self, link_id: str) -> Link | None:
        with self._database.reading() as tx:
            return _link(tx, link_id)

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
        with self._writing(now) as (tx, passed):
            link = _link(tx, link_id)
            if link is None:
                return None
            revoked = tx.execute(
                update(links)
                .where(links.c.family == link.family, links.c.revoked_at.is_(None))
                .values(revoked_at=passed)
            )
            _end_sessions(tx, sessions.c.family == link.family, passed)
            if revoked.rowcount:
                _advance(tx)
                _note(tx, "link.revoked", passed, link_id=link_id, actor=actor)
            return _link(tx, link_id)

    def redeem(self, redemption: Redemption) -> Session:
        with self._writing(redemption.now) as (tx, now):
            used = tx.execute(
                update(links).where(_redeemable(redemption, now)).values(uses=links.c.uses + 1)
            )
            link = _link(tx, redemption.link_id)
            if link is None or link.audience != redemption.audience:
                raise LinkNotFoundError("There is no such link.")
            # The UPDATE holds the link's row: another with the same nonce has finished, or waits.
            repeated = _by_nonce(tx, redemption)
            if used.rowcount and repeated is None:
                return _begin_session(tx, link, redemption, now)
            if repeated is None or not _repeatable(repeated, redemption.now, now):
                raise _refusal(link, now)
            tx.rollback()
            return repeated

    def session_by_cookie(self, cookie_hash: bytes) -> Session | None:
        with self._database.reading() as tx:
            return _session(tx, sessions.c.cookie_hash == cookie_hash)

    def session(self, session_id: str) -> Session | None:
        with self._database.reading() as tx:
            return _session(tx, sessions.c.id == session_id)

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
        with self._writing(now) as (tx, passed):
            ended = _end_sessions(tx, sessions.c.id == session_id, passed)
            session = _session(tx, sessions.c.id == session_id)
            if session and ended:
                _advance(tx)
                _note(
                    tx,
                    "session.ended",
                    passed,
                    link_id=session.link_id,
                    session_id=session_id,
                    actor=actor,
                )
            return session

    def end_sessions(self, *, audience: str, now: datetime, actor: Actor) -> tuple[Session, ...]:
        with self._writing(now) as (tx, passed):
            live = and_(
                sessions.c.audience == audience,
                sessions.c.ended_at.is_(None),
                sessions.c.expires_at > passed,
            )
            found = [read_session(row) for row in tx.execute(select(sessions).where(live))]
            if not found:
                return ()
            _end_sessions(tx, live, passed)
            _advance(tx)
            for session in found:
                _note(
                    tx,
                    "session.ended",
                    passed,
                    link_id=session.link_id,
                    session_id=session.id,
                    actor=actor,
                )
            return tuple(replace(session, ended_at=passed) for session in found)

    def revision(self) -> int:
        with self._database.reading() as tx:
            found = {row.name: row.value for row in tx.execute(_PULSE)}
        self._passed.hear(found.get("time", 0))
        return int(found["revision"])

    def audit(self, *, limit: int = 500) -> tuple[AuditRow, ...]:
        with self._database.reading() as tx:
            rows = tx.execute(select(audit).order_by(audit.c.id.desc()).limit(limit))
            return tuple(read_audit(row) for row in rows)

    def purge(self, *, before: datetime, limit: int = 500) -> int:
        return self._delete(sessions, sessions.c.expires_at < before, limit) + self._delete(
            links, _forgettable(before), limit
        )

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
    def _writing(self, now: datetime) -> Iterator[tuple[Connection, datetime]]:
        """Open a transaction that writes, and tell the time that decides in it."""
        with self._database.writing() as tx:
            # The clock is asked here: to get the lock may have taken seconds.
            yield tx, self._passed.keep(tx, max(now, self._clock.now()))

    def _delete(self, table: Table, which: ColumnElement[bool], limit: int) -> int:
        """Delete some rows, and take the lock for writing only where there are any."""
        with self._database.reading() as tx:
            ids = tx.scalars(select(table.c.id).where(which).limit(limit)).all()
        if not ids:
            return 0
        with self._writing(self._clock.now()) as (tx, _):
            return tx.execute(delete(table).where(table.c.id.in_(ids), which)).rowcount


def _link(tx: Connection, link_id: str) -> Link | None:
    row = tx.execute(select(links).where(links.c.id == link_id)).one_or_none()
    return None if row is None else read_link(row)


def _session(tx: Connection, which: ColumnElement[bool]) -> Session | None:
    row = tx.execute(select(sessions).where(which)).one_or_none()
    return None if row is None else read_session(row)


def _refuse_ended_family(tx: Connection, link: Link) -> None:
    """Refuse a successor whose family was revoked while it was being minted."""
    if link.family == link.id:
        return
    family = select(links.c.revoked_at).where(links.c.family == link.family).with_for_update()
    if any(tx.scalars(family)):
        raise LinkRevokedError(
            f"The link {link.family} was revoked and has no successor.",
            hint="Mint a new one.",
            id=link.family,
        )


def _redeemable(redemption: Redemption, now: datetime) -> ColumnElement[bool]:
    return and_(
        links.c.id == redemption.link_id,
        links.c.audience == redemption.audience,
        links.c.revoked_at.is_(None),
        links.c.expires_at > now,
        or_(links.c.max_uses.is_(None), links.c.uses < links.c.max_uses),
    )


def _by_nonce(tx: Connection, redemption: Redemption) -> Session | None:
    return _session(
        tx,
        and_(
            sessions.c.link_id == redemption.link_id,
            sessions.c.nonce_hash == redemption.nonce_hash,
        ),
    )


def _repeatable(session: Session, asked: datetime, now: datetime) -> bool:
    # By both: a clock set back further than anybody has kept does not open the window again.
    recent = all(abs(when - session.created_at) < REPEAT_WITHIN for when in (asked, now))
    return recent and session.state(now) is SessionState.LIVE


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


def _begin_session(tx: Connection, link: Link, redemption: Redemption, now: datetime) -> Session:
    session = Session(
        id=redemption.session_id,
        link_id=link.id,
        family=link.family,
        target=link.target,
        scope=link.scope,
        audience=link.audience,
        created_at=now,
        expires_at=now + timedelta(seconds=link.session_seconds),
        narrowing=link.narrowing,
        allowed_ips=(redemption.address,) if link.bind_ip else link.allowed_ips,
        address=redemption.address,
        note=link.note,
    )
    tx.execute(insert(sessions), write_session(session, redemption))
    _note(
        tx,
        "link.redeemed",
        now,
        link_id=link.id,
        session_id=session.id,
        actor=Actor(session.id, "guest"),
        address=redemption.address,
    )
    return session


def _refusal(link: Link, now: datetime) -> PresignError:
    """Say why a link was not redeemed."""
    state = link.state(now)
    if state is LinkState.REVOKED:
        return LinkRevokedError("This link was revoked.", hint="Ask for a new one.")
    if state is LinkState.EXPIRED:
        return LinkExpiredError("This link has expired.", hint="Ask for a new one.")
    if state is LinkState.USED:
        return LinkUsedUpError(
            "This link was used as often as it may be.", hint="Ask for a new one."
        )
    # The link is good, but the nonce belongs to a session that is over or too old to repeat.
    return LinkUsedUpError("This page has been used already.", hint="Open the link again.")


def _end_sessions(tx: Connection, which: ColumnElement[bool], now: datetime) -> int:
    return tx.execute(
        update(sessions).where(which, sessions.c.ended_at.is_(None)).values(ended_at=now)
    ).rowcount


def _advance(tx: Connection) -> None:
    tx.execute(update(meta).where(meta.c.name == "revision").values(value=meta.c.value + 1))


def _note(
    tx: Connection,
    event: str,
    at: datetime,
    *,
    actor: Actor,
    link_id: str,
    session_id: str = "",
    address: str = "",
) -> None:
    row = {
        "at": at,
        "event": event,
        "actor": str(actor),
        "link_id": link_id,
        "session_id": session_id,
        "address": address,
    }
    tx.execute(insert(audit), row)
