"""The store on SQLAlchemy Core: the same statements on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from nb_presign.clock import Clock
from nb_presign.errors import (
    LinkExpiredError,
    LinkNotFoundError,
    LinkRevokedError,
    LinkUsedUpError,
    PresignError,
)
from nb_presign.model import Actor, Link, LinkState, Session, SessionState
from nb_presign.store.base import AuditRow, Redemption
from nb_presign.store.engine import BUSY_SECONDS, Database
from nb_presign.store.rows import read_audit, read_link, read_session, write_link, write_session
from nb_presign.store.schema import audit, links, meta, sessions

#: How long the same landing nonce gets the same session: a lost answer must not burn a link.
REPEAT_WITHIN = timedelta(seconds=30)


_ADD_LINK = {
    "sqlite": sqlite.insert(links).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(links).on_conflict_do_nothing(),
}


class SqlStore:
    """Implements `nb_presign.store.base.Store`, for several threads and processes at once."""

    def __init__(self, url: str, clock: Clock, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self._database = Database(url, busy_seconds)
        self._clock = clock

    def add_link(self, link: Link, actor: Actor) -> Link:
        with self._database.writing() as tx:
            _refuse_ended_family(tx, link)
            # With the values beside it: SQLAlchemy compiles a statement once that is the same.
            added = tx.execute(_ADD_LINK[tx.dialect.name], write_link(link))
            if not added.rowcount:
                return _link(tx, link.id) or replace(link, url=None)
            event = "link.minted" if link.family == link.id else "link.refreshed"
            _note(tx, event, self._clock.now(), link_id=link.id, actor=actor)
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
        with self._database.writing() as tx:
            link = _link(tx, link_id)
            if link is None:
                return None
            revoked = tx.execute(
                update(links)
                .where(links.c.family == link.family, links.c.revoked_at.is_(None))
                .values(revoked_at=now)
            )
            _end_sessions(tx, sessions.c.family == link.family, now)
            if revoked.rowcount:
                _advance(tx)
                _note(tx, "link.revoked", now, link_id=link_id, actor=actor)
            return _link(tx, link_id)

    def redeem(self, redemption: Redemption) -> Session:
        with self._database.writing() as tx:
            used = tx.execute(
                update(links).where(_redeemable(redemption)).values(uses=links.c.uses + 1)
            )
            link = _link(tx, redemption.link_id)
            if link is None or link.audience != redemption.audience:
                raise LinkNotFoundError("There is no such link.")
            # The UPDATE holds the link's row: another with the same nonce has finished, or waits.
            repeated = _by_nonce(tx, redemption)
            if used.rowcount and repeated is None:
                return _begin_session(tx, link, redemption)
            if repeated is None or not _repeatable(repeated, redemption.now):
                raise _refusal(link, redemption.now)
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
        with self._database.writing() as tx:
            ended = _end_sessions(tx, sessions.c.id == session_id, now)
            session = _session(tx, sessions.c.id == session_id)
            if session and ended:
                _advance(tx)
                _note(
                    tx,
                    "session.ended",
                    now,
                    link_id=session.link_id,
                    session_id=session_id,
                    actor=actor,
                )
            return session

    def revision(self) -> int:
        with self._database.reading() as tx:
            return int(tx.scalars(select(meta.c.value).where(meta.c.name == "revision")).one())

    def audit(self, *, limit: int = 500) -> tuple[AuditRow, ...]:
        with self._database.reading() as tx:
            rows = tx.execute(select(audit).order_by(audit.c.id.desc()).limit(limit))
            return tuple(read_audit(row) for row in rows)

    def purge(self, *, before: datetime) -> int:
        with self._database.writing() as tx:
            gone = tx.execute(delete(sessions).where(sessions.c.expires_at < before)).rowcount
            # A session outlives its link, and needs it for its foreign key.
            has_session = select(sessions.c.id).where(sessions.c.link_id == links.c.id).exists()
            gone += tx.execute(
                delete(links).where(links.c.expires_at < before, ~has_session)
            ).rowcount
            return gone

    def close(self) -> None:
        self._database.close()


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


def _redeemable(redemption: Redemption) -> ColumnElement[bool]:
    return and_(
        links.c.id == redemption.link_id,
        links.c.audience == redemption.audience,
        links.c.revoked_at.is_(None),
        links.c.expires_at > redemption.now,
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


def _repeatable(session: Session, now: datetime) -> bool:
    # The distance, so that a clock set back does not open the window again.
    recent = abs(now - session.created_at) < REPEAT_WITHIN
    return recent and session.state(now) is SessionState.LIVE


def _begin_session(tx: Connection, link: Link, redemption: Redemption) -> Session:
    session = Session(
        id=redemption.session_id,
        link_id=link.id,
        family=link.family,
        target=link.target,
        scope=link.scope,
        audience=link.audience,
        created_at=redemption.now,
        expires_at=redemption.now + timedelta(seconds=link.session_seconds),
        narrowing=link.narrowing,
        allowed_ips=(redemption.address,) if link.bind_ip else link.allowed_ips,
        address=redemption.address,
        note=link.note,
    )
    tx.execute(insert(sessions), write_session(session, redemption))
    _note(
        tx,
        "link.redeemed",
        redemption.now,
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
