"""Parts that several wire types share."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, TypeAlias

from msgspec import Meta, Raw, Struct, UnsetType

from nb_presign import reference
from nb_presign.errors import BadReferenceError
from nb_presign.model import (
    BareTarget,
    Narrowing,
    Permission,
    Target,
)

Seconds: TypeAlias = Annotated[int, Meta(ge=1, le=10**9, description="Whole seconds.")]
#: With its offset: a time without one is nobody's.
Instant: TypeAlias = Annotated[datetime, Meta(tz=True)]
Reference: TypeAlias = Annotated[str, Meta(min_length=1, max_length=reference.MAX_LENGTH)]
#: A policy document, kept as it was sent: what is there twice in it must be seen, and refused.
PolicyText: TypeAlias = (
    Annotated[
        Raw,
        Meta(description="A policy document.", extra_json_schema={"type": ["object", "null"]}),
    ]
    | UnsetType
)
#: What minting was called, such as `athena:CreatePresignedNotebookUrl`.
PolicyAction: TypeAlias = Annotated[str, Meta(max_length=200)]
#: As it is told of a link or session.
Policy: TypeAlias = dict[str, Any] | None


class NarrowingOut(Struct):
    """The directory, or the one notebook, that a link or session is limited to."""

    path: str
    kernel_id: str = ""
    session_id: str = ""


def write_target(target: Target | BareTarget) -> str:
    """Write a target as a reference."""
    if isinstance(target, Target):
        return reference.format_reference(target)
    # A colon would make the name's first part a provider.
    return reference.format_reference(target.of("bare")).removeprefix("bare:").replace(":", "%3A")


def read_target(text: str) -> Target:
    """Read a reference; raises `BadReferenceError` for a bare one."""
    target = reference.parse(text)
    if isinstance(target, BareTarget):
        raise BadReferenceError(f"A reference without its provider: {text[:80]!r}.")
    return target


def write_narrowing(narrowing: Narrowing | None) -> NarrowingOut | None:
    """Write down what a scope is limited to, if anything."""
    if narrowing is None:
        return None
    return NarrowingOut(narrowing.path, narrowing.kernel_id, narrowing.session_id)


def read_narrowing(narrowing: NarrowingOut | None) -> Narrowing | None:
    """Read what a scope is limited to, if anything."""
    if narrowing is None:
        return None
    return Narrowing(narrowing.path, narrowing.kernel_id, narrowing.session_id)


def write_policy(permission: Permission | None) -> tuple[Policy, str]:
    """Write down what sessions are held to, if anything, and what minting was called.

    What is no document any more, and lets nobody in, is written as an empty one.
    """
    if permission is None:
        return None, ""
    try:
        found = json.loads(permission.policy)
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}, permission.action


def read_policy(policy: Policy, action: str, *, held: bool = False) -> Permission | None:
    """Read what sessions are held to, if anything.

    `held` says that they are held to a document, also where it is left out.
    """
    if policy is None:
        return Permission("", action) if held else None
    return Permission(json.dumps(policy, separators=(",", ":")), action)
