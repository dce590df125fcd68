"""What a transaction on PostgreSQL locks before it looks what time it is, and decides.

On SQLite whoever writes is alone in any case. On PostgreSQL rows are locked, always in this order
so that no two transactions wait for each other: endings, an access key, links by id, sessions. What
deletes old rows takes only those that nobody holds.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, select

from nb_presign.store.schema import access_keys, links, meta

Lock = Select[Any]

#: One ending at a time: several touch the same sessions, and all advance the revision, which must
#: not be seen to grow before what it tells of.
ENDINGS: Lock = select(meta.c.name).where(meta.c.name == "revision").with_for_update()


def link_row(link_id: str) -> Lock:
    """Lock one link: it is used, and revoked, by one transaction after the other."""
    return select(links.c.id).where(links.c.id == link_id).with_for_update()


def family_of(link_id: str) -> Lock:
    """Lock a link with all its kin: who mints a successor meanwhile waits, or has done so."""
    family = select(links.c.family).where(links.c.id == link_id).scalar_subquery()
    return select(links.c.id).where(links.c.family == family).order_by(links.c.id).with_for_update()


def key_row(key_id: str) -> Lock:
    """Lock an access key: what is being minted with it comes first, or not at all."""
    return select(access_keys.c.id).where(access_keys.c.id == key_id).with_for_update()


def links_of(minter: str) -> Lock:
    """Lock what somebody has minted, with all its kin."""
    families = select(links.c.family).where(links.c.minted_by == minter)
    return (
        select(links.c.id)
        .where(links.c.family.in_(families))
        .order_by(links.c.id)
        .with_for_update()
    )


def take(tx: Connection, *locks: Lock) -> None:
    """Wait until these are ours until the transaction ends."""
    if tx.dialect.name == "postgresql":
        for lock in locks:
            tx.execute(lock).all()
