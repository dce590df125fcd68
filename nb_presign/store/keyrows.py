"""Access keys in the store: made, revoked with all they have minted, sealed anew, forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Select, and_, insert, literal, select, update

from nb_presign.errors import NotAllowedError
from nb_presign.model import ACCESS_KEY, AccessKey, Actor, Link
from nb_presign.store.base import LONGEST_SESSION, RevokedKey
from nb_presign.store.rows import read_access_key, read_link, read_session, write_access_key
from nb_presign.store.schema import access_keys, links, sessions
from nb_presign.store.statements import advance, end_sessions, note


def add_key(tx: Connection, key: AccessKey, sealed: str, *, now: datetime, actor: Actor) -> None:
    """Keep an access key."""
    tx.execute(insert(access_keys), write_access_key(key, sealed))
    note(tx, "access-key.created", now, link_id=key.id, actor=actor)


def find_key(tx: Connection, key_id: str) -> tuple[AccessKey, str] | None:
    """Look one access key up, with its encrypted secret."""
    row = tx.execute(select(access_keys).where(access_keys.c.id == key_id)).one_or_none()
    return None if row is None else (read_access_key(row), row.sealed)


def list_keys(tx: Connection) -> tuple[AccessKey, ...]:
    """List all, newest first, those of one moment by id."""
    query = select(access_keys).order_by(access_keys.c.created_at.desc(), access_keys.c.id)
    return tuple(read_access_key(row) for row in tx.execute(query))


def revoke_key(tx: Connection, key_id: str, *, now: datetime, actor: Actor) -> RevokedKey | None:
    """Revoke an access key, its links by their families, and their sessions."""
    found = tx.execute(
        update(access_keys)
        .where(access_keys.c.id == key_id, access_keys.c.revoked_at.is_(None))
        .values(revoked_at=now, sealed="")
    ).rowcount
    kept = find_key(tx, key_id)
    if kept is None or not found:
        return None if kept is None else RevokedKey(key=kept[0])
    families = select(links.c.family).where(links.c.minted_by == str(Actor(key_id, ACCESS_KEY)))
    unrevoked = and_(links.c.family.in_(families), links.c.revoked_at.is_(None))
    open_until = now - timedelta(seconds=LONGEST_SESSION)
    going = select(links).where(unrevoked, links.c.expires_at > open_until).order_by(links.c.id)
    links_over = tuple(read_link(row) for row in tx.execute(going))
    # Links first: on PostgreSQL this waits for redemptions under way, whose sessions are seen then.
    tx.execute(update(links).where(unrevoked).values(revoked_at=now))
    live = select(sessions).where(_live_of(families, now))
    over = RevokedKey(
        key=kept[0],
        links=links_over,
        sessions=tuple(read_session(row) for row in tx.execute(live)),
    )
    end_sessions(tx, sessions.c.family.in_(families), now)
    advance(tx)
    note(tx, "access-key.revoked", now, link_id=key_id, actor=actor)
    for family in dict.fromkeys(link.family for link in over.links):
        note(tx, "link.revoked", now, link_id=family, actor=actor)
    return over


def refuse_revoked_key(tx: Connection, link: Link) -> None:
    """Refuse a link whose access key was revoked while it was being minted."""
    if not _by_access_key(link):
        return
    key_id = link.minted_by.partition(":")[2]
    # Shared: one key may mint several links at once, and its end waits for them.
    ended = select(access_keys.c.revoked_at).where(access_keys.c.id == key_id)
    if tx.scalar(ended.with_for_update(read=True)):
        raise NotAllowedError(
            f"The access key {key_id} was revoked.",
            hint="Make another: jupyter presign aws-keys create",
            id=key_id,
        )


def claim_link(tx: Connection, link: Link) -> bool:
    """Write down that an access key has minted a link which is there already.

    So it is where another server of this store made it, asked by its owner's token: its row came
    first. None is claimed that was not minted under the key's own policy, whatever the other server
    answers.
    """
    if not _by_access_key(link) or link.permission is None:
        return False
    made_for_it = and_(
        links.c.id == link.id,
        links.c.audience == link.audience,
        links.c.policy == link.permission.policy,
        links.c.policy_action == link.permission.action,
        links.c.minted_by.not_like(f"{ACCESS_KEY}:%"),
    )
    claimed = update(links).where(made_for_it).values(minted_by=link.minted_by)
    return bool(tx.execute(claimed).rowcount)


def _by_access_key(link: Link) -> bool:
    return link.minted_by.startswith(f"{ACCESS_KEY}:")


def reseal_key(tx: Connection, key_id: str, sealed: str, *, was: str) -> bool:
    """Replace an encrypted secret, if it still is `was`."""
    row = and_(access_keys.c.id == key_id, access_keys.c.sealed == was)
    return bool(tx.execute(update(access_keys).where(row).values(sealed=sealed)).rowcount)


def forgettable_keys(before: datetime) -> ColumnElement[bool]:
    """Select those that were revoked before, and that no link names."""
    minted = select(links.c.id).where(
        links.c.minted_by == literal(f"{ACCESS_KEY}:").concat(access_keys.c.id)
    )
    return and_(access_keys.c.revoked_at < before, ~minted.exists())


def _live_of(families: Select[tuple[str]], now: datetime) -> ColumnElement[bool]:
    return and_(
        sessions.c.family.in_(families),
        sessions.c.ended_at.is_(None),
        sessions.c.expires_at > now,
    )
