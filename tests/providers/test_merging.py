from __future__ import annotations

import asyncio

import pytest

from nb_presign.errors import InputError, UnknownProviderError, UnreachableError
from nb_presign.model import Target, TargetInfo, TargetPage, TargetQuery, TargetState
from nb_presign.providers.merging import (
    LONGEST_CURSOR,
    merged,
    read_cursors,
    write_cursors,
)


class Lists:
    """Lists of one target a page, by provider."""

    def __init__(self, **names):
        self.names = names
        self.asked = []

    async def __call__(self, query):
        self.asked.append((query.provider, query.region, query.cursor))
        if query.provider not in self.names:
            raise UnreachableError("No answer.")
        if not self.names[query.provider]:
            raise UnknownProviderError("There is none.")
        at = int(query.cursor or 0)
        name = self.names[query.provider][at]
        more = at + 1 < len(self.names[query.provider])
        info = TargetInfo(target=Target(query.provider, name), title=name, state=TargetState.READY)
        return TargetPage(items=(info,), cursor=str(at + 1) if more else "")


def read(lists, names, **asked):
    """Read all pages."""
    pages, cursor = [], ""
    while True:
        query = TargetQuery(cursor=cursor, **asked)
        page = asyncio.run(merged(query, names, lists))
        pages.append(page)
        cursor = page.cursor
        if not cursor:
            return pages


def titles(pages):
    return [[item.title for item in page.items] for page in pages]


def test_each_list_goes_on_until_it_ends():
    lists = Lists(a="xyz", b="u")
    assert titles(read(lists, ["a", "b"])) == [["x", "u"], ["y"], ["z"]]


def test_each_is_asked_what_was_asked_for():
    lists = Lists(a="x", b="y")
    read(lists, ["a", "b"], region="r")
    assert lists.asked == [("a", "r", ""), ("b", "r", "")]


def test_one_that_fails_is_a_problem_and_no_more():
    (page,) = read(Lists(a="x"), ["a", "gone"])
    assert titles([page]) == [["x"]]
    (problem,) = page.problems
    assert problem == "gone: No answer."


def test_a_cursor_that_names_nobody_is_refused():
    with pytest.raises(InputError):
        read(Lists(x=""), ["x"])


def test_nothing_of_nobody():
    assert read(Lists(), []) == [TargetPage(items=())]


@pytest.mark.parametrize("cursor", ["x", "e30", "ey", write_cursors({})[:-2] + "!", "WzFd"])
def test_a_cursor_of_something_else_is_refused(cursor):
    with pytest.raises(InputError):
        read_cursors(cursor)


def test_cursors_come_back():
    cursors = {"a": "1&=?", "ü": "x" * 100}
    assert read_cursors(write_cursors(cursors)) == cursors


def test_no_cursor_is_written_that_would_not_be_taken():
    async def ask(query):
        del query
        return TargetPage(items=(), cursor="x" * 30_000)

    page = asyncio.run(merged(TargetQuery(), ["a"], ask))
    assert 30_000 < len(page.cursor) <= LONGEST_CURSOR
    assert page.problems == ()
    page = asyncio.run(merged(TargetQuery(), ["a", "b"], ask))
    assert page.cursor == ""
    assert "name one provider" in page.problems[0]
