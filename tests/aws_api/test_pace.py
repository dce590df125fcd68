from __future__ import annotations

from contextlib import suppress

import pytest
from support.clock import FakeClock

from nb_presign.aws_api.operations.table import OPERATIONS
from nb_presign.aws_api.pace import CALLS, CALLS_AT_ONCE, MINTS_AT_ONCE, Pace
from nb_presign.errors import RateLimitedError

SAGEMAKER = OPERATIONS["sagemaker"]
LIST, MINT = SAGEMAKER["ListNotebookInstances"], SAGEMAKER["CreatePresignedNotebookInstanceUrl"]


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def pace(clock):
    return Pace(clock)


def done(pace, operation, key="a", most=1000):
    """Count how often an operation may be done at once."""
    number = 0
    with suppress(RateLimitedError):
        while number < most:
            pace.check(key, operation)
            number += 1
    return number


def test_calls(pace, clock):
    assert done(pace, LIST) == CALLS_AT_ONCE
    assert done(pace, LIST, key="b", most=1) == 1
    clock.tick(1)
    assert done(pace, LIST) == CALLS


def test_links(pace, clock):
    assert done(pace, MINT) == MINTS_AT_ONCE
    assert done(pace, LIST, most=1) == 1
    clock.tick(60)
    assert done(pace, MINT) == MINTS_AT_ONCE


@pytest.mark.parametrize(
    "operation",
    [each for names in OPERATIONS.values() for each in names.values()],
    ids=lambda each: each.action,
)
def test_each_operation_that_mints_counts_as_one(pace, operation):
    mints = "Presigned" in operation.name
    assert done(pace, operation) == (MINTS_AT_ONCE if mints else CALLS_AT_ONCE)
