"""Links and redemptions with everything filled in that a test does not care about."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from nb_presign.model import AccessKey, Link, Scope, Target, new_access_key_id, new_id
from nb_presign.store.base import Redemption

SERVER = "srv_0123456789abcdef"


def a_link(now: datetime, **facts: Any) -> Link:
    """Make a link of this moment, good for five minutes."""
    values: dict[str, Any] = {
        "id": new_id("lnk"),
        "target": Target("jupyter", "b", "lab/tree/analysis.ipynb"),
        "created_at": now,
        "expires_at": now + timedelta(minutes=5),
        "session_seconds": 1800,
        "scope": Scope.READ,
        "audience": SERVER,
    }
    return Link(**{**values, **facts})


def an_access_key(now: datetime, **facts: Any) -> AccessKey:
    """Make the facts of an access key of this moment, which may do anything."""
    values: dict[str, Any] = {
        "id": new_access_key_id(),
        "created_at": now,
        "scope": Scope.READ,
        "policy": '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    }
    return AccessKey(**{**values, **facts})


def a_redemption(link: Link, now: datetime, **facts: Any) -> Redemption:
    """Make an attempt with a cookie and nonce of its own."""
    session_id = new_id("ses")
    values: dict[str, Any] = {
        "link_id": link.id,
        "audience": link.audience,
        "now": now,
        "session_id": session_id,
        "cookie_hash": hashlib.sha256(f"cookie {session_id}".encode()).digest(),
        "nonce_hash": hashlib.sha256(f"nonce {session_id}".encode()).digest(),
        "address": "192.0.2.7",
    }
    return Redemption(**{**values, **facts})
