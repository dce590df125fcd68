"""Which targets there are at a place: pages of lists, walked with care."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from nb_presign.aws.gateway import AwsGateway
from nb_presign.aws.place import Place
from nb_presign.errors import PresignError
from nb_presign.model import TargetInfo, TargetState
from nb_presign.providers.aws.aim import take_apart, target_of
from nb_presign.providers.aws.looking import detail, info, look, mend, text_at
from nb_presign.providers.aws.operation import Level, Listed, Operation
from nb_presign.reference import format_reference

T = TypeVar("T")

#: Pages of a list below another that are read at once; what is left is told of.
MOST_PAGES = 10
#: Lists below others that are read at the same time; and calls of one listing, however deep it
#: goes. More of them than AWS takes at a time would wait longer for their turn than anybody may.
AT_ONCE = 8
_turns: ContextVar[asyncio.Semaphore | None] = ContextVar("turns of a listing", default=None)

#: Targets of a page of which it is asked why they failed; each is a call of its own.
MOST_EXPLAINED = 10

ENDLESS = "{operation} repeats itself, and was cut short."
CUT = "{operation} has more than {count} pages for {within}; the rest was left out."


@dataclass(frozen=True, slots=True)
class Items:
    """Some items of a list, and the token of the next page."""

    items: tuple[Any, ...]
    token: str = ""
    problems: tuple[str, ...] = ()


async def list_page(gateway: AwsGateway, row: Operation, place: Place, token: str) -> Listed:
    """List one page of the first level, with everything below it."""
    if not row.listing.levels:
        return Listed(items=(), problems=(row.listing.missing,))
    first, *below = row.listing.levels
    page = await read_page(gateway, row, place, first, token)
    if not below:
        items = tuple(_info(row, place, (), item) for item in page.items)
        if row.listing.state:
            items = await _explained(gateway, row, items)
        else:
            items = await each_at_once(_looked_at(gateway, row, info) for info in items)
        return Listed(items=items, token=page.token, problems=page.problems)
    names = [name_of(first, item) for item in page.items]
    lists = await each_at_once(_below(gateway, row, place, below[0], name) for name in names)
    return joined(page, lists)


async def _below(
    gateway: AwsGateway, row: Operation, place: Place, level: Level, name: str
) -> Listed:
    try:
        page = await read_all(gateway, row, place, level, name)
    except PresignError as error:
        return Listed(items=(), problems=(f"{name}: {error}",))
    items = tuple(_info(row, place, (name,), item) for item in page.items)
    return Listed(items=items, problems=page.problems)


def joined(page: Items, lists: Sequence[Listed]) -> Listed:
    """Put lists that belong to one page together."""
    return Listed(
        items=tuple(item for each in lists for item in each.items),
        token=page.token,
        problems=(*page.problems, *(problem for each in lists for problem in each.problems)),
    )


async def read_page(  # who, what, where and how far
    gateway: AwsGateway,
    row: Operation,
    place: Place,
    level: Level,
    token: str = "",
    *,
    within: str = "",
) -> Items:
    """Read one page; a token that leads to itself ends the list."""
    parameters: dict[str, Any] = dict(level.parameters)
    if token:
        parameters[level.cursor] = token
    if level.within:
        parameters[level.within] = within
    async with _turns.get() or contextlib.nullcontext():
        answer = await gateway.read(place, row.service, level.operation, **parameters)
    following = answer.get(level.cursor) or ""
    problems: tuple[str, ...] = ()
    if following and following == token:
        following, problems = "", (ENDLESS.format(operation=level.operation),)
    return Items(tuple(answer.get(level.items) or ()), following, problems)


async def read_all(
    gateway: AwsGateway, row: Operation, place: Place, level: Level, within: str
) -> Items:
    """Read the pages of a list below another, up to `MOST_PAGES`."""
    items: list[Any] = []
    problems: list[str] = []
    seen: set[str] = set()
    token = ""
    for _ in range(MOST_PAGES):
        page = await read_page(gateway, row, place, level, token, within=within)
        items += page.items
        problems += page.problems
        token = page.token
        if not token:
            break
        if token in seen:
            problems.append(ENDLESS.format(operation=level.operation))
            break
        seen.add(token)
    else:
        problems.append(CUT.format(operation=level.operation, count=MOST_PAGES, within=within))
    return Items(tuple(items), problems=tuple(problems))


async def each_at_once(work: Iterable[Coroutine[Any, Any, T]]) -> tuple[T, ...]:
    """Run what is independent, `AT_ONCE` at a time; results are in order.

    The first error ends it all, and is raised when all has ended.
    """
    turns = asyncio.Semaphore(AT_ONCE)

    async def run(each: Coroutine[Any, Any, T]) -> T:
        async with turns:
            return await each

    all_work = list(work)
    with _one_listing():
        tasks = [asyncio.ensure_future(run(each)) for each in all_work]
    try:
        return tuple(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for each in all_work:
            each.close()  # those that have not begun


@contextlib.contextmanager
def _one_listing() -> Iterator[None]:
    """Have the tasks that are made meanwhile, and those that they make, share their turns."""
    token = _turns.set(_turns.get() or asyncio.Semaphore(AT_ONCE))
    try:
        yield
    finally:
        _turns.reset(token)


def name_of(level: Level, item: Any) -> str:  # noqa: ANN401  # an answer's own types
    """Read the name of a list's item."""
    return text_at(item, level.name) if level.name else str(item)


async def _looked_at(gateway: AwsGateway, row: Operation, listed: TargetInfo) -> TargetInfo:
    """Describe what its list tells the name of only."""
    try:
        aim = take_apart(row, listed.target)
        return info(aim, await look(gateway, aim), title=listed.title)
    except PresignError as error:
        return replace(listed, detail=error.message)


async def _explained(
    gateway: AwsGateway, row: Operation, items: tuple[TargetInfo, ...]
) -> tuple[TargetInfo, ...]:
    """Say of what has failed why: AWS's lists do not, its descriptions do."""
    if not any(each.reason for each in row.looks):
        return items
    failed = [each for each in items if each.state is TargetState.FAILED][:MOST_EXPLAINED]
    told = await each_at_once(_with_reason(gateway, row, each) for each in failed)
    by_target = {each.target: each for each in told}
    return tuple(by_target.get(each.target, each) for each in items)


async def _with_reason(gateway: AwsGateway, row: Operation, listed: TargetInfo) -> TargetInfo:
    try:
        seen = await look(gateway, take_apart(row, listed.target))
    except PresignError:
        return listed
    return replace(listed, detail=detail(listed.state, listed.detail, seen.reason))


def _info(row: Operation, place: Place, above: Sequence[str], item: Any) -> TargetInfo:  # noqa: ANN401
    listing = row.listing
    facts: Mapping[str, Any] = item if isinstance(item, Mapping) else {}
    name = name_of(listing.levels[-1], item)
    target = target_of(row, (*above, name), place)
    word = text_at(facts, listing.state)
    state = listing.states.get(word, TargetState.UNKNOWN)
    startable = word in listing.startable and bool(row.start)
    told = (detail(state, word), text_at(facts, listing.detail))
    return TargetInfo(
        target=target,
        title=text_at(facts, listing.title) or name,
        state=state,
        detail=", ".join(part for part in told if part),
        mend=mend(row, format_reference(target), state, startable=startable),
        instance_type=text_at(facts, listing.instance_type),
        startable=startable,
    )
