"""Lists, a page at a time."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from support.aws.exchange import Asked
from support.aws.refusal import RefusedError

T = TypeVar("T")
#: How parameters are called that say how long a page may be, and where it begins.
SIZES = ("MaxResults", "maxResults", "Limit")
TOKENS = ("NextToken", "nextToken", "Marker")


def page(asked: Asked, items: Sequence[T], member: str, told: Callable[[T], Any]) -> dict[str, Any]:
    """Answer with the page that was asked for, its items under `member`.

    A token is good for one operation and one set of filters, as AWS's are.
    """
    name = token_name(asked)
    start = _start(asked, asked.parameters.get(name))
    wanted = next((asked.parameters[s] for s in SIZES if s in asked.parameters), asked.page_size)
    most = asked.meant.model.output_shape.members[member].metadata.get("max", wanted)
    end = start + min(wanted, asked.page_size, most)
    answer: dict[str, Any] = {member: [told(each) for each in items[start:end]]}
    if end < len(items):
        answer[name] = _token(asked, end)
    return answer


def token_name(asked: Asked) -> str:
    """Return how this operation calls what leads to the next page."""
    members = asked.meant.model.output_shape.members
    return next(name for name in TOKENS if name in members)


def _token(asked: Asked, start: int) -> str:
    said = json.dumps([start, asked.meant.operation, *_filters(asked)]).encode()
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


def _start(asked: Asked, token: str | None) -> int:
    if token is None:
        return 0
    try:
        said = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except ValueError:
        said = None
    if not said or said[1:] != [asked.meant.operation, *_filters(asked)]:
        raise RefusedError("ValidationException", "Invalid pagination token.")
    return said[0]


def _filters(asked: Asked) -> list[str]:
    given = asked.parameters.items()
    return sorted(f"{k}={v}" for k, v in given if k not in SIZES and k not in TOKENS)
