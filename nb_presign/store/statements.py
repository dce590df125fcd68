"""What several transactions do: finding rows, ending sessions, telling the audit trail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, select, text, update

from nb_presign.model import Actor, Link, Session
from nb_presign.store.listener import CHANNEL
from nb_presign.store.rows import read_link, read_session
from nb_presign.store.schema import audit, links, meta, sessions

#: Delivered when the transaction commits, and not before.
_NOTIFY = text(f"NOTIFY {CHANNEL}")


def find_link(tx: Connection, link_id: str) -> Link | None:
    """Look one link up."""
    row = tx.execute(select(links).where(links.c.id == link_id)).one_or_none()
    return None if row is None else read_link(row)


def find_session(tx: Connection, which: ColumnElement[bool]) -> Session | None:
    """Look one session up."""
    row = tx.execute(select(sessions).where(which)).one_or_none()
    return None if row is None else read_session(row)


def end_sessions(tx: Connection, which: ColumnElement[bool], now: datetime) -> int:
    """End those that have not ended; return how many."""
    return tx.execute(
        update(sessions).where(which, sessions.c.ended_at.is_(None)).values(ended_at=now)
    ).rowcount


def advance(tx: Connection) -> None:
    """Let every process know that something was revoked or ended."""
    tx.execute(update(meta).where(meta.c.name == "revision").values(value=meta.c.value + 1))
    if tx.dialect.name == "postgresql":
        tx.execute(_NOTIFY)


def note(
    tx: Connection,
    event: str,
    at: datetime,
    *,
    actor: Actor,
    link_id: str,
    session_id: str = "",
    address: str = "",
) -> None:
    """Write an audit row."""
    row = {
        "at": at,
        "event": event,
        "actor": str(actor),
        "link_id": link_id,
        "session_id": session_id,
        "address": address,
    }
    tx.execute(insert(audit), row)
