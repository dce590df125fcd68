"""What is to be known of a live link at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from nb_presign.model import Link


class Mode(str, Enum):
    """When a link refreshes by itself."""

    VISIBLE = "visible"
    ALWAYS = "always"
    NEVER = "never"

    def __str__(self) -> str:
        return self.value


class LiveState(str, Enum):
    """How a live link is doing."""

    LIVE = "live"
    REFRESHING = "refreshing"
    EXPIRED = "expired"
    REVOKED = "revoked"
    #: Refreshing or revoking failed; until it expires, the link still opens.
    FAILED = "failed"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that is to be known of a live link at one moment."""

    #: The newest of the chain; its `url` is a secret.
    link: Link
    state: LiveState
    auto: bool
    #: Why it is as it is and what to do, in sentences; without secrets.
    hint: str = ""
    refreshes: int = 0
    #: None: it does not refresh by itself, or nobody looks.
    next_refresh_at: datetime | None = None

    @property
    def revocable(self) -> bool:
        """Whether it can be taken back: our own servers redeem their links, a cloud its own."""
        return bool(self.link.audience)
