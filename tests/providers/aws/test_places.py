"""Several places as one list."""

from __future__ import annotations

import pytest

from nb_presign.aws.place import Place
from nb_presign.providers.aws import places
from nb_presign.providers.aws.operation import Listed
from nb_presign.providers.merging import LONGEST_CURSOR
from nb_presign.rest.targets import PARAMETERS

pytestmark = pytest.mark.anyio

#: As long as SageMaker's may be.
TOKEN = "t" * 8192


async def read(place: Place, token: str) -> Listed:
    del place, token
    return Listed(items=(), token=TOKEN)


async def test_the_longest_tokens_of_three_places_are_taken_back():
    three = [Place(f"p{number}") for number in range(3)]
    first = await places.page(three, "", read)
    assert first.problems == ()
    assert len(first.cursor) <= PARAMETERS["cursor"] == LONGEST_CURSOR
    second = await places.page(three, first.cursor, read)
    assert second.cursor


async def test_no_cursor_is_written_that_would_not_be_taken():
    page = await places.page([Place(f"p{number}") for number in range(9)], "", read)
    assert page.cursor == ""
    assert "name a profile or region" in page.problems[0]
