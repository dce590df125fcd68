"""Names what was probably meant by a word that means nothing."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, names: Iterable[str]) -> str:
    """Say which of some names is nearest, or which there are."""
    near = get_close_matches(word, names, n=1)
    return f"Did you mean '{near[0]}'?" if near else f"Possible: {', '.join(names)}."


def shown(word: str) -> str:
    """Quote a word; one that may hold a token is not repeated."""
    return "a URL" if "://" in word else repr(word[:40])
