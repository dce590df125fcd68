"""Guests' sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from nb_presign.model.grant import Narrowing, Permission, Scope
from nb_presign.model.target import Target


class SessionState(str, Enum):
    """Whether a guest is still let in, and if not, why."""

    LIVE = "live"
    EXPIRED = "expired"
    ENDED = "ended"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a redeemed self-hosted link turned into: a guest's time-limited access to one server."""

    #: Public: the guest's user name, and what lists and logs show.
    id: str
    link_id: str
    family: str
    target: Target
    scope: Scope
    audience: str
    created_at: datetime
    expires_at: datetime
    narrowing: Narrowing | None = None
    allowed_ips: tuple[str, ...] = ()
    #: Address the link was redeemed from.
    address: str = ""
    note: str = ""
    ended_at: datetime | None = None
    #: Of the link: what each request and frame must satisfy.
    permission: Permission | None = None

    def state(self, now: datetime) -> SessionState:
        """Tell whether the guest is let in at `now`; equal to expiry is expired."""
        if self.ended_at is not None:
            return SessionState.ENDED
        return SessionState.EXPIRED if now >= self.expires_at else SessionState.LIVE
