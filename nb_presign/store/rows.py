"""Rows of the tables turned into values and back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from nb_presign.errors import BadReferenceError
from nb_presign.model import AccessKey, Link, Narrowing, Permission, Scope, Session, Target
from nb_presign.reference import format_reference, parse
from nb_presign.store.base import AuditRow, Redemption


def write_link(link: Link) -> dict[str, Any]:
    """Turn a link into columns; its URL is left out."""
    return {
        "id": link.id,
        "family": link.family,
        "target": format_reference(link.target),
        "created_at": link.created_at,
        "expires_at": link.expires_at,
        "session_seconds": link.session_seconds,
        "scope": link.scope.value,
        "max_uses": link.max_uses,
        "uses": link.uses,
        "allowed_ips": list(link.allowed_ips),
        "note": link.note,
        "minted_by": link.minted_by,
        "revoked_at": link.revoked_at,
        "audience": link.audience,
        "interactive": link.interactive,
        "bind_ip": link.bind_ip,
        "credentials_expire_at": link.credentials_expire_at,
        "renew_by": link.renew_by,
        **_write_permission(link.permission),
        **_write_narrowing(link.narrowing),
    }


def read_link(row: Row[Any]) -> Link:
    """Turn a row of `links` into a link."""
    return Link(
        id=row.id,
        family=row.family,
        target=_read_target(row.target),
        created_at=row.created_at,
        expires_at=row.expires_at,
        session_seconds=row.session_seconds,
        scope=Scope(row.scope),
        max_uses=row.max_uses,
        uses=row.uses,
        allowed_ips=tuple(row.allowed_ips),
        note=row.note,
        minted_by=row.minted_by,
        revoked_at=row.revoked_at,
        audience=row.audience,
        narrowing=_read_narrowing(row),
        interactive=row.interactive,
        bind_ip=row.bind_ip,
        credentials_expire_at=row.credentials_expire_at,
        renew_by=row.renew_by,
        permission=_read_permission(row),
    )


def write_session(session: Session, redemption: Redemption) -> dict[str, Any]:
    """Turn a new session into columns, with the hashes it is found by."""
    return {
        "id": session.id,
        "link_id": session.link_id,
        "family": session.family,
        "target": format_reference(session.target),
        "scope": session.scope.value,
        "audience": session.audience,
        "created_at": session.created_at,
        "expires_at": session.expires_at,
        "ended_at": session.ended_at,
        "allowed_ips": list(session.allowed_ips),
        "address": session.address,
        "note": session.note,
        "cookie_hash": redemption.cookie_hash,
        "nonce_hash": redemption.nonce_hash,
        **_write_permission(session.permission),
        **_write_narrowing(session.narrowing),
    }


def read_session(row: Row[Any]) -> Session:
    """Turn a row of `sessions` into a session."""
    return Session(
        id=row.id,
        link_id=row.link_id,
        family=row.family,
        target=_read_target(row.target),
        scope=Scope(row.scope),
        audience=row.audience,
        created_at=row.created_at,
        expires_at=row.expires_at,
        narrowing=_read_narrowing(row),
        allowed_ips=tuple(row.allowed_ips),
        address=row.address,
        note=row.note,
        ended_at=row.ended_at,
        permission=_read_permission(row),
    )


def write_access_key(key: AccessKey, sealed: str) -> dict[str, Any]:
    """Turn an access key into columns, with its encrypted secret."""
    return {
        "id": key.id,
        "created_at": key.created_at,
        "scope": key.scope.value,
        "policy": key.policy,
        "note": key.note,
        "revoked_at": key.revoked_at,
        "sealed": sealed,
    }


def read_access_key(row: Row[Any]) -> AccessKey:
    """Turn a row of `access_keys` into an access key."""
    return AccessKey(
        id=row.id,
        created_at=row.created_at,
        scope=Scope(row.scope),
        policy=row.policy,
        note=row.note,
        revoked_at=row.revoked_at,
    )


def read_audit(row: Row[Any]) -> AuditRow:
    """Turn a row of `audit` into a value."""
    return AuditRow(
        at=row.at,
        event=row.event,
        link_id=row.link_id,
        session_id=row.session_id,
        actor=row.actor,
        address=row.address,
    )


def _write_narrowing(narrowing: Narrowing | None) -> dict[str, str | None]:
    return {
        "narrowed_path": narrowing.path if narrowing else None,
        "narrowed_kernel": narrowing.kernel_id if narrowing else "",
        "narrowed_session": narrowing.session_id if narrowing else "",
    }


def _read_narrowing(row: Row[Any]) -> Narrowing | None:
    if row.narrowed_path is None:
        return None
    return Narrowing(row.narrowed_path, row.narrowed_kernel, row.narrowed_session)


def _write_permission(permission: Permission | None) -> dict[str, str | None]:
    return {
        "policy": permission.policy if permission else None,
        "policy_action": permission.action if permission else "",
    }


def _read_permission(row: Row[Any]) -> Permission | None:
    return None if row.policy is None else Permission(row.policy, row.policy_action)


def _read_target(text: str) -> Target:
    target = parse(text)
    if not isinstance(target, Target):
        raise BadReferenceError("A reference in the store has no provider.")
    return target
