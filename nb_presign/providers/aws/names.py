"""What targets are called, remembered for a moment: for completion, titles and near matches."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from difflib import get_close_matches

from nb_presign.aws.place import Place
from nb_presign.clock import Clock
from nb_presign.errors import PresignError
from nb_presign.model import Target, TargetInfo
from nb_presign.providers.aws.operation import Listed
from nb_presign.reference import format_reference

#: Seconds.
KEPT_FOR = 30.0
#: Pages that are read for it.
MOST_PAGES = 3
#: Seconds that near matches are waited for: an error is to be told soon.
PATIENCE = 3.0


class Names:
    """Knows what a row's targets are called, by place."""

    def __init__(self, clock: Clock, read: Callable[[Place, str], Awaitable[Listed]]) -> None:
        self._clock = clock
        self._read = read
        self._kept: dict[Place, tuple[float, tuple[TargetInfo, ...]]] = {}

    async def at(self, place: Place) -> tuple[TargetInfo, ...]:
        """List the targets of a place, not all where there are very many; never raises."""
        kept = self._kept.get(place)
        if kept is not None and self._clock.monotonic() - kept[0] < KEPT_FOR:
            return kept[1]
        found: list[TargetInfo] = []
        token = ""
        try:
            for _ in range(MOST_PAGES):
                page = await self._read(place, token)
                found += page.items
                token = page.token
                if not token:
                    break
        except PresignError:
            return tuple(found)
        self._kept[place] = self._clock.monotonic(), tuple(found)
        return tuple(found)

    def learn(self, place: Place, items: tuple[TargetInfo, ...]) -> None:
        """Remember a whole list that was read for somebody."""
        self._kept[place] = self._clock.monotonic(), items

    def title(self, place: Place, target: Target) -> str:
        """Tell the title of a target if it is remembered, however old; else nothing."""
        wanted = target.id, target.path
        _, items = self._kept.get(place, (0.0, ()))
        return next((i.title for i in items if (i.target.id, i.target.path) == wanted), "")

    async def near(self, place: Place, target: Target) -> list[str]:
        """Find the references that are most like one that is not there."""
        try:
            items = await asyncio.wait_for(self.at(place), PATIENCE)
        except asyncio.TimeoutError:
            return []
        by_name = {f"{item.target.id}/{item.target.path}": item for item in items}
        by_name |= {item.title: item for item in items}
        wanted = f"{target.id}/{target.path}", target.id
        near = [
            name for each in wanted for name in get_close_matches(each, by_name, n=3, cutoff=0.6)
        ]
        return list(dict.fromkeys(format_reference(by_name[name].target) for name in near))[:3]
