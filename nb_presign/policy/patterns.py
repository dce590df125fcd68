"""Wildcards of policy documents: `*` for any characters, `?` for exactly one.

AWS: actions do not mind case; of a resource each of the six parts between colons is matched by
itself (IAM User Guide, "Resource" and "ARN condition operators").

A text is gone through once, however many stars there are: what stands between two stars is taken
where it is found first, and that is never taken back. A regular expression of `.*` tries each place
of each star with each of the others, and the text may be a stranger's.
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
    #: What stands before the first star, between two, and after the last; each fits texts of its
    #: own length only.
    _pieces: tuple[Pattern[str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        flags = re.DOTALL | (re.IGNORECASE if self.ignore_case else 0)
        pieces = re.sub(r"\*+", "*", self.text).split("*")
        compiled = (re.compile(re.escape(piece).replace(r"\?", "."), flags) for piece in pieces)
        object.__setattr__(self, "_pieces", tuple(compiled))

    def matches(self, text: str) -> bool:
        """Tell whether the whole text fits."""
        first, *others = self._pieces
        if not others:
            return first.fullmatch(text) is not None
        *inner, last = others
        found = first.match(text)
        for piece in inner:
            if found is None:
                return False
            found = piece.search(text, found.end())
        if found is None:
            return False
        # From the end, where there must be as much left as the piece is long.
        length = len(self.text) - (self.text.rindex("*") + 1)
        start = len(text) - length
        return start >= found.end() and last.fullmatch(text, start) is not None


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
