"""With whose credentials, and where, AWS is asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A profile and a region; empty is what botocore's own chain finds."""

    profile: str = ""
    region: str = ""

    def __str__(self) -> str:
        return f"{self.profile or 'default'} in {self.region or 'the default region'}"
