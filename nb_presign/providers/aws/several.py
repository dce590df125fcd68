"""One target, and several places where it may be: which of them has it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeAlias

from nb_presign.errors import AmbiguousTargetError, PresignError, TargetNotFoundError
from nb_presign.model import Target
from nb_presign.providers.aws.aim import Aim
from nb_presign.providers.aws.looking import Seen

#: What a place said; what went wrong there is its answer, too.
Told: TypeAlias = tuple[Aim, "Seen | PresignError"]


async def ask_all(aims: Iterable[Aim], ask: Callable[[Aim], Awaitable[Seen]]) -> list[Told]:
    """Look at each place at the same time."""

    async def tried(aim: Aim) -> Told:
        try:
            return aim, await ask(aim)
        except PresignError as error:
            return aim, error

    return list(await asyncio.gather(*map(tried, aims)))


def pick(target: Target, told: Sequence[Told]) -> tuple[Aim, Seen]:
    """Pick the one place that has a target.

    Raises `TargetNotFoundError`, `AmbiguousTargetError` where several places have one, and what
    kept a place from saying so: it might have another one of that name.
    """
    for aim, answer in told:
        if isinstance(answer, PresignError) and not isinstance(answer, TargetNotFoundError):
            raise _unsure(aim, answer)
    found = [(aim, seen) for aim, seen in told if isinstance(seen, Seen)]
    sure = [(aim, seen) for aim, seen in found if seen.denied is None] or found
    if len(sure) == 1:
        return sure[0]
    if sure:
        written = ", ".join(aim.reference for aim, _ in sure)
        raise AmbiguousTargetError(
            f"Several places have one that is called {target.id!r}: {written}.",
            hint="Write one of them.",
            matches=written,
        )
    raise next(answer for _, answer in told if isinstance(answer, PresignError))


def _unsure(aim: Aim, error: PresignError) -> PresignError:
    """Say of which place it is not known whether it has the target, and how to do without it."""
    found = type(error)(
        f"{aim.place}: {error.message}",
        hint=f"{error.hint} If it is in another place, name that: ?profile=…&region=….".strip(),
    )
    found.fields = error.fields
    return found
