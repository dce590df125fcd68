"""Lists, a page at a time: a token says after which item the next page begins.

It holds that item's key and not a number, so that what comes or goes between two calls neither
repeats an item nor leaves one out.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

from nb_presign.aws_api.refusal import RefusedError

T = TypeVar("T")
#: What a list is sorted by; no two items have the same.
Key: TypeAlias = tuple[str, ...]


def page(
    given: Mapping[str, Any],
    items: Iterable[T],
    key: Callable[[T], Key],
    *,
    name: str,
    most: int,
    refusal: str,
    descending: bool = False,
) -> tuple[list[T], dict[str, str]]:
    """Return the items of one page, and the member NextToken where there are more.

    `name` is the list's: the token of another list is refused, as is what is no token, by an error
    of the type `refusal`. `most` items are on a page where `given` has no MaxResults.
    """
    listed = sorted(items, key=key, reverse=descending)
    if token := given.get("NextToken"):
        after = _read(token, name, refusal)
        listed = [
            item for item in listed if (key(item) < after if descending else key(item) > after)
        ]
    size = int(given.get("MaxResults", most))
    shown = listed[:size]
    more = {"NextToken": _write(name, key(shown[-1]))} if len(listed) > size else {}
    return shown, more


def _write(name: str, key: Key) -> str:
    text = json.dumps([name, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read(token: str, name: str, refusal: str) -> Key:
    try:
        parts = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, RecursionError):
        parts = None
    if (
        not isinstance(parts, list)
        or parts[:1] != [name]
        or not all(isinstance(part, str) for part in parts)
    ):
        raise RefusedError(refusal, "Invalid NextToken: it is none of this list.")
    return tuple(parts[1:])
