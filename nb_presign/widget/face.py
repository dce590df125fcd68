"""What a countdown shows, as the page and the saved notebook get it: facts, and never a URL."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from nb_presign.live import Snapshot
from nb_presign.model import Link
from nb_presign.reference import format_reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """The facts of a live link. Times are epoch milliseconds of the kernel's clock."""

    id: str
    target: str
    scope: str
    #: Path of the one notebook that it is limited to, or empty.
    only: str
    session_seconds: int
    max_uses: int | None
    addresses: int
    note: str
    state: str
    hint: str
    auto: bool
    refreshes: int
    created_at: int
    expires_at: int
    next_refresh_at: int | None

    @classmethod
    def of(cls, snapshot: Snapshot) -> Face:
        """Write a snapshot down."""
        link = snapshot.link
        return cls(
            id=link.id,
            target=format_reference(link.target),
            scope=str(link.scope),
            only=link.narrowing.path if link.narrowing else "",
            session_seconds=link.session_seconds,
            max_uses=link.max_uses,
            addresses=len(link.allowed_ips),
            note=link.note,
            state=str(snapshot.state),
            hint=snapshot.hint,
            auto=snapshot.auto,
            refreshes=snapshot.refreshes,
            created_at=epoch_ms(link.created_at),
            expires_at=epoch_ms(link.expires_at),
            next_refresh_at=epoch_ms(snapshot.next_refresh_at)
            if snapshot.next_refresh_at
            else None,
        )

    def json(self) -> dict[str, Any]:
        """Turn into what a trait holds."""
        return asdict(self)


def epoch_ms(when: datetime) -> int:
    """Count milliseconds since 1970, as JavaScript's Date does."""
    return round(when.timestamp() * 1000)


def describe(link: Link) -> str:
    """Say in one line what a front end without widgets shows, and a saved notebook keeps."""
    return (
        f"Presigned link {link.id} to {format_reference(link.target)}, scope {link.scope}, "
        f"until {link.expires_at:%Y-%m-%d %H:%M:%S} UTC. Run the cell again for a new one."
    )
