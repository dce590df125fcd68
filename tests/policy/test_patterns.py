from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nb_presign.policy.patterns import ArnPattern, Wildcard


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("*", "", True),
        ("*", "anything:at/all\n", True),
        ("a*c", "ac", True),
        ("a*c", "abbbc", True),
        ("a*c", "abbb", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a.c", "abc", False),
        ("[a]", "a", False),
        ("a", "A", False),
        ("a", "a ", False),
    ],
)
def test_wildcards(pattern, text, fits):
    assert Wildcard(pattern).matches(text) is fits


def test_case_is_not_minded_where_it_is_said():
    assert Wildcard("SageMaker:create*", ignore_case=True).matches("sagemaker:CreateX")


@given(st.text(max_size=20))
def test_a_text_without_wildcards_fits_itself_only(text):
    plain = text.replace("*", "").replace("?", "")
    assert Wildcard(plain).matches(plain)
    assert not Wildcard(plain).matches(plain + "x")


def test_many_stars_take_no_time():
    began = time.perf_counter()
    assert not Wildcard("*" * 200 + "b").matches("a" * 5000)
    assert time.perf_counter() - began < 1


ARN = "arn:nb-presign:jupyter:::server/gpu/session/5e55"


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("*", True),
        (ARN, True),
        ("arn:*:*:*:*:*", True),
        ("arn:nb-presign:jupyter:::server/gpu*", True),
        ("arn:nb-presign:jupyter:::server/gpu", False),
        ("arn:nb-presign:jupyter:::server/?pu/*", True),
        ("arn:aws:sagemaker:*:*:notebook-instance/*", False),
        ("arn:nb-presign:jupyter:eu:*:server/*", False),
        ("arn:nb-*:*:::SERVER/gpu*", False),
    ],
)
def test_resources_are_matched_part_by_part(pattern, fits):
    assert ArnPattern(pattern).matches(ARN) is fits


def test_a_star_stays_in_its_part():
    assert not ArnPattern("arn:a*z:s:::r").matches("arn:a:s:::z:s:::r")
    assert ArnPattern("arn:a:s:::r*").matches("arn:a:s:::r:with:colons")


@pytest.mark.parametrize("text", ["", "server/gpu", "arn:aws:s3", "arn:*", "xarn:a:b:c:d:e", "**"])
def test_what_is_no_arn(text):
    with pytest.raises(ValueError, match="ARN"):
        ArnPattern(text)
