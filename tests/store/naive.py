"""A store as one writes it first: look, then change. Each statement is safe; together they are not.

It works on the tables of the real one, whose figures are measured against it.
"""

from __future__ import annotations

import sqlite3
import threading
from datetime import datetime
from typing import Any

from nb_presign.errors import LinkRevokedError, LinkUsedUpError
from nb_presign.store.base import Redemption
from nb_presign.store.schema import write_time

_SESSION = {
    "family": "",
    "target": "jupyter:b",
    "scope": "read",
    "narrowed_kernel": "",
    "narrowed_session": "",
    "allowed_ips": "[]",
    "note": "",
}


class NaiveStore:
    """Redeems and revokes; returns ids."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._mine = threading.local()

    def redeem(self, redemption: Redemption) -> str:
        known = self._one(
            "SELECT id FROM sessions WHERE link_id = ? AND nonce_hash = ?",
            redemption.link_id,
            redemption.nonce_hash,
        )
        if known:
            return str(known[0])
        uses, most, revoked, seconds = self._one(
            "SELECT uses, max_uses, revoked_at, session_seconds FROM links WHERE id = ?",
            redemption.link_id,
        )
        if revoked is not None:
            raise LinkRevokedError("revoked")
        if most is not None and uses >= most:
            raise LinkUsedUpError("used up")
        self._one("UPDATE links SET uses = uses + 1 WHERE id = ?", redemption.link_id)
        self._insert(redemption, seconds)
        return redemption.session_id

    def revoke(self, link_id: str, now: datetime) -> None:
        at = write_time(now)
        self._one("UPDATE links SET revoked_at = ? WHERE id = ?", at, link_id)
        self._one("UPDATE sessions SET ended_at = ? WHERE link_id = ?", at, link_id)

    def _insert(self, redemption: Redemption, seconds: int) -> None:
        now = write_time(redemption.now)
        row = _SESSION | {
            "id": redemption.session_id,
            "link_id": redemption.link_id,
            "audience": redemption.audience,
            "created_at": now,
            "expires_at": now + seconds * 1_000_000,
            "address": redemption.address,
            "cookie_hash": redemption.cookie_hash,
            "nonce_hash": redemption.nonce_hash,
        }
        marks = ", ".join("?" * len(row))
        self._one(f"INSERT INTO sessions ({', '.join(row)}) VALUES ({marks})", *row.values())  # noqa: S608  # names from above

    def _one(self, statement: str, *values: Any) -> Any:
        if not hasattr(self._mine, "connection"):
            self._mine.connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        return self._mine.connection.execute(statement, values).fetchone()
