"""Wildcards of policy documents: `*` for any characters, `?` for exactly one.

AWS: actions do not mind case; of a resource each of the six parts between colons is matched by
itself (IAM User Guide, "Resource" and "ARN condition operators").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from re import Pattern

ARN_PARTS = 6


@dataclass(frozen=True, slots=True)
class Wildcard:
    """One pattern with wildcards."""

    text: str
    ignore_case: bool = False
    _pattern: Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        flags = re.DOTALL | (re.IGNORECASE if self.ignore_case else 0)
        # One star does what several would, and takes no time to fail.
        pattern = re.escape(re.sub(r"\*+", "*", self.text))
        pattern = pattern.replace(r"\*", ".*").replace(r"\?", ".")
        object.__setattr__(self, "_pattern", re.compile(pattern, flags))

    def matches(self, text: str) -> bool:
        """Tell whether the whole text fits."""
        return self._pattern.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class ArnPattern:
    """The pattern of a resource: `*`, or an ARN whose parts may hold wildcards."""

    text: str
    _parts: tuple[Wildcard, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raise ValueError for what is no ARN."""
        parts = self.text.split(":", ARN_PARTS - 1)
        if self.text != "*" and (len(parts) != ARN_PARTS or parts[0] != "arn"):
            msg = "neither '*' nor an ARN: arn:partition:service:region:account:resource"
            raise ValueError(msg)
        kept = () if self.text == "*" else tuple(Wildcard(part) for part in parts)
        object.__setattr__(self, "_parts", kept)

    def matches(self, arn: str) -> bool:
        """Tell whether an ARN fits, part by part."""
        if not self._parts:
            return True
        parts = arn.split(":", ARN_PARTS - 1)
        return len(parts) == ARN_PARTS and all(
            wildcard.matches(part) for wildcard, part in zip(self._parts, parts, strict=True)
        )
