"""Redeeming: one transaction, with one conditional UPDATE, from a link to a session."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, update

from nb_presign.errors import (
    LinkExpiredError,
    LinkNotFoundError,
    LinkRevokedError,
    LinkUsedUpError,
    PresignError,
)
from nb_presign.model import Actor, Link, LinkState, Session, SessionState
from nb_presign.store.base import Redemption
from nb_presign.store.rows import write_session
from nb_presign.store.schema import links, sessions
from nb_presign.store.statements import find_link, find_session, note

#: How long the same landing nonce gets the same session: a lost answer must not burn a link.
REPEAT_WITHIN = timedelta(seconds=30)


def redeem(tx: Connection, redemption: Redemption, now: datetime) -> Session:
    """Use a link once and insert its session, or return the one that the nonce has begun.

    Raises what `nb_presign.store.base.Store.redeem` says.
    """
    used = tx.execute(
        update(links).where(_redeemable(redemption, now)).values(uses=links.c.uses + 1)
    )
    link = find_link(tx, redemption.link_id)
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


def _redeemable(redemption: Redemption, now: datetime) -> ColumnElement[bool]:
    return and_(
        links.c.id == redemption.link_id,
        links.c.audience == redemption.audience,
        links.c.revoked_at.is_(None),
        links.c.expires_at > now,
        or_(links.c.max_uses.is_(None), links.c.uses < links.c.max_uses),
    )


def _by_nonce(tx: Connection, redemption: Redemption) -> Session | None:
    return find_session(
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


def _begin_session(tx: Connection, link: Link, redemption: Redemption, now: datetime) -> Session:
    session = Session(
        id=redemption.session_id,
        link_id=link.id,
        family=link.family,
        target=link.target,
        scope=link.scope,
        audience=link.audience,
        created_at=now,
        expires_at=now + timedelta(seconds=min(link.session_seconds, redemption.at_most)),
        narrowing=link.narrowing,
        allowed_ips=(redemption.address,) if link.bind_ip else link.allowed_ips,
        address=redemption.address,
        note=link.note,
        permission=link.permission,
    )
    tx.execute(insert(sessions), write_session(session, redemption))
    note(
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
