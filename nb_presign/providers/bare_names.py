"""Targets whose provider is not said: who knows the name, and which of them is meant."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from nb_presign.errors import AmbiguousTargetError, PresignError, TargetNotFoundError
from nb_presign.model import BareTarget, Target
from nb_presign.providers.base import Provider
from nb_presign.reference import format_reference


async def who_knows(providers: Iterable[Provider], bare: BareTarget) -> tuple[list[str], list[str]]:
    """Ask providers for a bare name: which of them know it, and why some could not be asked."""
    asked = tuple(providers)
    told = await asyncio.gather(*(_knows(provider, bare) for provider in asked))
    answers = list(zip(asked, told, strict=True))
    return (
        [provider.name for provider, answer in answers if answer is True],
        [answer for _, answer in answers if isinstance(answer, str)],
    )


def choose(bare: BareTarget, names: Sequence[str], problems: Sequence[str]) -> Target:
    """Give a bare target the provider that knows it.

    Raises `AmbiguousTargetError`, or `TargetNotFoundError` with what could not be asked.
    """
    if len(names) == 1:
        return bare.of(names[0])
    if names:
        written = ", ".join(format_reference(bare.of(name)) for name in names)
        raise AmbiguousTargetError(
            f"Several targets are called {bare.id!r}: {written}.",
            hint="Write one of them.",
            matches=written,
        )
    raise TargetNotFoundError(
        " ".join((f"No provider knows a target {bare.id!r}.", *problems)),
        hint="See 'presign targets', and name the provider.",
    )


async def _knows(provider: Provider, bare: BareTarget) -> bool | str:
    """Ask one provider; returns what kept it from answering, in words."""
    status = await provider.status()
    if not status.usable:
        # What nobody has set up here is nothing to tell of.
        return f"{provider.title}: {status.reason}" if status.configured else False
    try:
        return await provider.knows(bare)
    except PresignError as error:
        return f"{provider.title}: {error.message}"
