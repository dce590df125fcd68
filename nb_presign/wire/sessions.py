"""Guests' sessions and redemption on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from nb_presign import reference
from nb_presign.model import (
    Scope,
    Session,
    SessionState,
)
from nb_presign.wire.fields import (
    Instant,
    NarrowingOut,
    Policy,
    read_narrowing,
    read_policy,
    read_target,
    write_narrowing,
    write_policy,
)


class SessionOut(Struct):
    """A guest's session."""

    id: str
    link_id: str
    family: str
    target: str
    scope: Scope
    state: SessionState
    audience: str
    created_at: Instant
    expires_at: Instant
    ended_at: Instant | None
    narrowing: NarrowingOut | None
    allowed_ips: list[str]
    address: str
    note: str
    policy: Policy = None
    policy_action: str = ""

    @classmethod
    def of(cls, session: Session, now: datetime) -> SessionOut:
        """Write a session down."""
        policy, action = write_policy(session.permission)
        return cls(
            id=session.id,
            link_id=session.link_id,
            family=session.family,
            target=reference.format_reference(session.target),
            scope=session.scope,
            state=session.state(now),
            audience=session.audience,
            created_at=session.created_at,
            expires_at=session.expires_at,
            ended_at=session.ended_at,
            narrowing=write_narrowing(session.narrowing),
            allowed_ips=list(session.allowed_ips),
            address=session.address,
            note=session.note,
            policy=policy,
            policy_action=action,
        )

    def session(self) -> Session:
        """Read the session."""
        return Session(
            id=self.id,
            link_id=self.link_id,
            family=self.family,
            target=read_target(self.target),
            scope=self.scope,
            audience=self.audience,
            created_at=self.created_at,
            expires_at=self.expires_at,
            ended_at=self.ended_at,
            narrowing=read_narrowing(self.narrowing),
            allowed_ips=tuple(self.allowed_ips),
            address=self.address,
            note=self.note,
            permission=read_policy(self.policy, self.policy_action),
        )


class RedeemBody(Struct, forbid_unknown_fields=True):
    """What `POST redeem` takes."""

    #: Of any length that a body can have: whatever is no token gets one and the same answer.
    token: str
    #: 128 random bits of the landing page, base64url without padding.
    nonce: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{22}$", max_length=22)]


class RedeemOut(Struct):
    """Where a redeemed link leads; the cookie is in the header."""

    location: str
    scope: Scope
    expires_at: Instant
