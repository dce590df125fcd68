"""Paths as guests send them: plain ones are taken, whatever plays tricks is refused."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

#: What no decoded path may hold: controls, backslashes, and an escape that a second decoding would
#: resolve.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]|%[0-9A-Fa-f]{2}")


class BadPathError(ValueError):
    """A path, id or body that is not plainly one."""


def decoded(raw: str) -> str:
    """Decode a part of a URL's path once, as tornado does, and return it as `plain` does.

    Raises `BadPathError`.
    """
    try:
        return plain(unquote_to_bytes(raw).decode("utf-8", "strict"))
    except UnicodeDecodeError as error:
        raise BadPathError from error


def plain(path: object) -> str:
    """Take one slash from either end, and refuse what is not plainly a path below the root.

    Raises `BadPathError`.
    """
    if not isinstance(path, str) or _FORBIDDEN.search(path):
        raise BadPathError
    path = path.removeprefix("/").removesuffix("/")
    if path and {"", ".", ".."} & set(path.split("/")):
        raise BadPathError
    return path


def segment(name: object) -> str:
    """Return the name of one file or directory; it may be empty. Raises `BadPathError`."""
    if not isinstance(name, str) or "/" in name or ".." in name:
        raise BadPathError
    return plain(name)
