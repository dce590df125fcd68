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
    #: 0: the upstream says nothing of it.
    session_seconds: int
    max_uses: int | None
    addresses: int
    note: str
    state: str
    hint: str
    auto: bool
    refreshes: int
    #: Whether it can be taken back, which says too that a server with nb_presign redeems it.
    revocable: bool
    #: Whether there is a token for programs, to be asked for.
    has_token: bool
    created_at: int
    expires_at: int
    #: When the credentials that signed it end; None: not known, or none signed it.
    credentials_expire_at: int | None
    #: When at the latest the upstream wants to be asked for a successor.
    renew_by: int | None
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
            revocable=snapshot.revocable,
            has_token=bool(link.auth_token),
            created_at=epoch_ms(link.created_at),
            expires_at=epoch_ms(link.expires_at),
            credentials_expire_at=_epoch_ms(link.credentials_expire_at),
            renew_by=_epoch_ms(link.renew_by),
            next_refresh_at=_epoch_ms(snapshot.next_refresh_at),
        )

    def json(self) -> dict[str, Any]:
        """Turn into what a trait holds."""
        return asdict(self)


def epoch_ms(when: datetime) -> int:
    """Count milliseconds since 1970, as JavaScript's Date does."""
    return round(when.timestamp() * 1000)


def _epoch_ms(when: datetime | None) -> int | None:
    return None if when is None else epoch_ms(when)


def describe(link: Link) -> str:
    """Say in one line what a front end without widgets shows, and a saved notebook keeps."""
    return (
        f"Presigned link {link.id} to {format_reference(link.target)}, scope {link.scope}, "
        f"until {link.good_until:%Y-%m-%d %H:%M:%S} UTC. Run the cell again for a new one."
    )
