"""Tell the outside what happened, as Jupyter events; the store keeps its own rows of the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One thing that happened; ids and names, never a secret."""

    #: `link.minted`, `link.refreshed`, `link.revoked`, `link.redeemed`, `link.refused`, `session.ended`.
    event: str
    link_id: str = ""
    session_id: str = ""
    target: str = ""
    scope: str = ""
    actor: str = ""
    address: str = ""
    #: Code of the error, for a refusal.
    reason: str = ""


Emit = Callable[[AuditEvent], None]


def nowhere(event: AuditEvent) -> None:
    """Emit to nobody."""
    del event
