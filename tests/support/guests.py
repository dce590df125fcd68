"""Sessions with everything filled in that a test does not care about."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from nb_presign.model import Scope, Session, Target, new_id

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
SERVER = "srv_0123456789abcdef"


def a_session(**facts: Any) -> Session:
    """Make a session that began at `NOW` and lasts half an hour."""
    values: dict[str, Any] = {
        "id": new_id("ses"),
        "link_id": "lnk_0",
        "family": "lnk_0",
        "target": Target("jupyter", "b", "lab"),
        "scope": Scope.READ,
        "audience": SERVER,
        "created_at": NOW,
        "expires_at": NOW + timedelta(minutes=30),
    }
    return Session(**{**values, **facts})
