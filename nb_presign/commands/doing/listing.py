"""Lists the targets of all pages."""

from __future__ import annotations

from nb_presign.api import PresignApi
from nb_presign.commands.outcome import Targets
from nb_presign.model import TargetInfo, TargetQuery


async def list_targets(
    api: PresignApi, provider: str, *, region: str = "", profile: str = ""
) -> Targets:
    """List what links could open, by provider, and what could not be listed."""
    found: list[TargetInfo] = []
    notes: list[str] = []
    cursor = ""
    while True:
        page = await api.targets(
            TargetQuery(provider=provider, region=region, profile=profile, cursor=cursor)
        )
        found.extend(page.items)
        notes.extend(page.problems)
        cursor = page.cursor
        if not cursor:
            return Targets(targets=_grouped(found), notes=tuple(notes))


def _grouped(found: list[TargetInfo]) -> tuple[TargetInfo, ...]:
    """Put targets of one provider together: pages of several may alternate."""
    first = {info.target.provider: at for at, info in reversed(list(enumerate(found)))}
    return tuple(sorted(found, key=lambda info: first[info.target.provider]))
