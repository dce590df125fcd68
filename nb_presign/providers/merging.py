"""One list out of several providers' lists, page by page."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace

import msgspec

from nb_presign.errors import InputError, PresignError, UnknownProviderError
from nb_presign.model import TargetPage, TargetQuery

#: Characters of a cursor. It travels in a URL, and tornado takes 65,536 bytes of request line and
#: headers in all; a token of SageMaker alone may have 8,192.
LONGEST_CURSOR = 60_000


async def merged(
    query: TargetQuery,
    names: Iterable[str],
    ask: Callable[[TargetQuery], Awaitable[TargetPage]],
) -> TargetPage:
    """List a page of each provider that has more, `names` being those of the first page.

    A provider that fails becomes a problem of the page. Raises `InputError` for a cursor that is
    none of ours.
    """
    cursors = read_cursors(query.cursor) if query.cursor else dict.fromkeys(names, "")
    asked = [replace(query, provider=name, cursor=cursor) for name, cursor in cursors.items()]

    async def tried(each: TargetQuery) -> TargetPage:
        try:
            return await ask(each)
        except UnknownProviderError:
            # Only a cursor that somebody made up names one.
            raise
        except PresignError as error:
            return TargetPage(items=(), problems=(f"{each.provider}: {error}",))

    pages = await asyncio.gather(*map(tried, asked))
    more = {
        each.provider: page.cursor for each, page in zip(asked, pages, strict=True) if page.cursor
    }
    problems = [problem for page in pages for problem in page.problems]
    cursor = write_cursors(more) if more else ""
    if len(cursor) > LONGEST_CURSOR:
        problems.append("There are too many lists to go on with all: name one provider.")
        cursor = ""
    return TargetPage(
        items=tuple(item for page in pages for item in page.items),
        cursor=cursor,
        problems=tuple(problems),
    )


def write_cursors(cursors: Mapping[str, str]) -> str:
    """Write the cursors of several lists as one."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursors)).decode()


def read_cursors(cursor: str) -> dict[str, str]:
    """Read what `write_cursors` wrote; raises `InputError`."""
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor), type=dict[str, str])
    except (ValueError, msgspec.DecodeError) as error:
        raise InputError(
            "Not a cursor of this list.", hint="Start the list again without one."
        ) from error
