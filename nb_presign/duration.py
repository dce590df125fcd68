"""Read and write lengths of time as people type them: `90`, `5m`, `1h30m`, `1h 30m`."""

from __future__ import annotations

import re
from datetime import timedelta

from nb_presign.errors import OutOfRangeError

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SPELLING = re.compile(
    r"(?:(\d{1,6})d)?\s*(?:(\d{1,6})h)?\s*(?:(\d{1,6})m)?\s*(?:(\d{1,6})s)?", re.ASCII
)
_PLAIN = re.compile(r"\d{1,9}", re.ASCII)
_HINT = "Write it like 90s, 5m, 1h30m or 12h; a bare number counts seconds."


def parse_duration(value: str | float | timedelta) -> int:
    """Turn text, seconds or a timedelta into whole seconds, at least 0.

    Raises `OutOfRangeError` for anything else, fractions of a second and negative lengths included.
    """
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise OutOfRangeError(f"Not a length of time: {value!r}.", hint=_HINT)
    if isinstance(value, str):
        return _parse_text(value)
    # NaN fails the comparison, infinity the equality with its own integer part.
    if not 0 <= value < 10**9 or value != int(value):
        raise OutOfRangeError(f"Not a whole number of seconds: {value!r}.", hint=_HINT)
    return int(value)


def _parse_text(text: str) -> int:
    text = text.strip().lower()
    if _PLAIN.fullmatch(text):
        return int(text)
    match = _SPELLING.fullmatch(text)
    if not match or not any(match.groups()):
        raise OutOfRangeError(f"Not a length of time: {text[:40]!r}.", hint=_HINT)
    return sum(int(n) * unit for n, unit in zip(match.groups(), _UNITS.values(), strict=True) if n)


def format_duration(seconds: float) -> str:
    """Write seconds in at most two units, rounded down: `12 h`, `1 h 30 min`, `4 min 59 s`."""
    left = max(0, int(seconds))
    parts = []
    for name, unit in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, unit)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"
