"""Parts that several wire types share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from nb_presign import reference
from nb_presign.errors import BadReferenceError
from nb_presign.model import (
    BareTarget,
    Narrowing,
    Target,
)

Seconds: TypeAlias = Annotated[int, Meta(ge=1, le=10**9, description="Whole seconds.")]
#: With its offset: a time without one is nobody's.
Instant: TypeAlias = Annotated[datetime, Meta(tz=True)]
Reference: TypeAlias = Annotated[str, Meta(min_length=1, max_length=reference.MAX_LENGTH)]


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
