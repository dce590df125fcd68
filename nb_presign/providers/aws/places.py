"""Several profiles and regions as one list: where to look, and how far each has been read."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from itertools import product

import msgspec

from nb_presign.aws.place import Place
from nb_presign.errors import InputError, PresignError
from nb_presign.model import TargetPage
from nb_presign.providers.aws.operation import Listed
from nb_presign.providers.merging import LONGEST_CURSOR
from nb_presign.settings import Settings

#: Pages of one list; who has more asks for less.
MOST_PAGES = 200


class Cursor(msgspec.Struct, frozen=True):
    """How far a list has been read."""

    #: Pages that there were.
    pages: int
    #: Profile, region, and the token of the next page, of each place that has one.
    left: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """One place, and the token of the page that is to be read."""

    place: Place
    token: str = ""


def configured(settings: Settings, *, profile: str = "", region: str = "") -> tuple[Place, ...]:
    """List the places that a profile and a region leave to the configuration."""
    profiles = (profile,) if profile else settings.aws_profiles or ("",)
    regions = (region,) if region else settings.aws_regions or ("",)
    return tuple(dict.fromkeys(Place(*each) for each in product(profiles, regions)))


async def page(
    places: Iterable[Place],
    cursor: str,
    read: Callable[[Place, str], Awaitable[Listed]],
) -> TargetPage:
    """Read a page of each place that has more, or the first one of each.

    A place that fails is a problem of the page; an only one raises. Raises `InputError` for a
    cursor that is none of ours.
    """
    before = _decode(cursor) if cursor else None
    turns = (
        [Turn(Place(profile, region), token) for profile, region, token in before.left]
        if before
        else [Turn(place) for place in places]
    )
    found = await asyncio.gather(
        *(_try(turn, read) if len(turns) > 1 else read(turn.place, turn.token) for turn in turns)
    )
    problems = [problem for each in found for problem in each.problems]
    left = tuple(
        (turn.place.profile, turn.place.region, each.token)
        for turn, each in zip(turns, found, strict=True)
        if each.token
    )
    pages = (before.pages if before else 0) + 1
    if left and pages >= MOST_PAGES:
        problems.append(f"The list has more than {MOST_PAGES} pages; the rest was left out.")
        left = ()
    written = _encode(Cursor(pages, left)) if left else ""
    if len(written) > LONGEST_CURSOR:
        problems.append("There are too many places to go on with all: name a profile or region.")
        written = ""
    return TargetPage(
        items=tuple(item for each in found for item in each.items),
        cursor=written,
        problems=tuple(problems),
    )


async def _try(turn: Turn, read: Callable[[Place, str], Awaitable[Listed]]) -> Listed:
    try:
        return await read(turn.place, turn.token)
    except PresignError as error:
        return Listed(items=(), problems=(f"{turn.place}: {error}",))


def _encode(cursor: Cursor) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode()


def _decode(cursor: str) -> Cursor:
    try:
        if len(cursor) > LONGEST_CURSOR:
            msg = "too long"
            raise ValueError(msg)  # noqa: TRY301  # read as the other ways of being no cursor
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor), type=Cursor)
    except (ValueError, msgspec.DecodeError) as error:
        raise InputError(
            "Not a cursor of this list.", hint="Start the list again without one."
        ) from error
