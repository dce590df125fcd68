from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.aws_desk import LIST, MINT

from nb_presign.aws_api.reading import read_members, read_object
from nb_presign.aws_api.refusal import RefusedError

NO_TIME = "can not be converted to milliseconds since epoch"


@pytest.fixture(scope="session")
def shape(models):
    return models.operation("sagemaker", LIST).input_shape


def refused(call, *args):
    with pytest.raises(RefusedError) as error:
        call(*args)
    assert error.value.kind == "SerializationException"
    return error.value.message


@pytest.mark.parametrize(
    ("member", "value", "said"),
    [
        ("NextToken", 1, "NUMBER_VALUE can not be converted to String"),
        ("NextToken", 1.5, "DECIMAL_VALUE can not be converted to String"),
        ("NextToken", True, "TRUE_VALUE can not be converted to String"),
        ("NextToken", False, "FALSE_VALUE can not be converted to String"),
        ("NextToken", [], "Start of list found where not expected."),
        ("NextToken", {}, "Start of structure or map found where not expected."),
        ("MaxResults", "5", "STRING_VALUE can not be converted to Integer"),
        ("MaxResults", True, "TRUE_VALUE can not be converted to Integer"),
        ("MaxResults", 5.0, "DECIMAL_VALUE can not be converted to Integer"),
        ("CreationTimeAfter", "now", f"STRING_VALUE {NO_TIME}"),
        ("CreationTimeAfter", 1e300, f"DECIMAL_VALUE {NO_TIME}"),
        ("CreationTimeAfter", 10**400, f"NUMBER_VALUE {NO_TIME}"),
        ("CreationTimeAfter", float("inf"), f"DECIMAL_VALUE {NO_TIME}"),
        ("CreationTimeAfter", True, f"TRUE_VALUE {NO_TIME}"),
    ],
)
def test_other_types_are_told_by_their_kinds(shape, member, value, said):
    assert refused(read_members, shape, {member: value}) == said


def test_what_fits(shape):
    found = {"MaxResults": 5, "NextToken": "é🙂", "CreationTimeAfter": -1.5, "SortBy": None}
    read = read_members(shape, found)
    assert read.pop("CreationTimeAfter").isoformat() == "1969-12-31T23:59:58.500000+00:00"
    assert read == {"MaxResults": 5, "NextToken": "é🙂"}


def test_an_operation_without_input_takes_anything():
    assert read_members(None, {"a": 1}) == {}


def test_an_object_is_read_strictly():
    assert read_object(b' {"a": {"b": [1, null]}} ') == {"a": {"b": [1, None]}}
    assert "each member once" in refused(read_object, b'{"a": 1, "a": 1}')
    assert refused(read_object, b"[]") == "Start of structure or map found where not expected."


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(body):
    with suppress(RefusedError):
        assert read_object(body) == json.loads(body.decode())


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(value=_JSON | st.integers(10**300, 10**320))
def test_any_time_is_read_or_refused(shape, value):
    with suppress(RefusedError):
        read_members(shape, {"CreationTimeAfter": value})


@given(value=_JSON)
def test_any_value_is_read_or_refused(models, value):
    shape = models.operation("sagemaker", MINT).input_shape
    for member in shape.members:
        with suppress(RefusedError):
            read = read_members(shape, {member: value})
            assert read == ({} if value is None else {member: value})
