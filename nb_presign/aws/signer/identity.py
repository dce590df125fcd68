"""Who AWS takes us for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """What `sts:GetCallerIdentity` answers."""

    account: str
    arn: str
