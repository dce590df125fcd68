from __future__ import annotations

import re

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


def as_expression(pattern, flags):
    """Say it as a regular expression, which may take its time."""
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL | flags)


@given(st.text("aB*?\n", max_size=7), st.text("aAbB\n*?", max_size=9), st.booleans())
def test_it_fits_what_a_regular_expression_fits(pattern, text, ignore_case):
    wanted = as_expression(pattern, re.IGNORECASE if ignore_case else 0).fullmatch(text)
    assert Wildcard(pattern, ignore_case=ignore_case).matches(text) is (wanted is not None)


class Counted:
    """A piece of a pattern that counts how often, and in how much of the text, it is looked for."""

    def __init__(self, piece):
        self.piece, self.calls, self.passed = piece, 0, 0

    def search(self, text, start):
        self.calls += 1
        found = self.piece.search(text, start)
        self.passed += (found.end() if found else len(text)) - start
        return found

    def __getattr__(self, name):
        return getattr(self.piece, name)


@pytest.mark.parametrize("last", ["b", "a?b", "a"])
def test_many_stars_go_through_a_text_once(last):
    wildcard, text = Wildcard("*a?" * 40 + "*" + last), "a" * 4_000
    pieces = tuple(map(Counted, wildcard._pieces))
    object.__setattr__(wildcard, "_pieces", pieces)
    assert wildcard.matches(text) is (last == "a")
    assert max(piece.calls for piece in pieces) == 1
    assert sum(piece.passed for piece in pieces) <= len(text)


@pytest.mark.parametrize("pattern", ["jupyter:gpu/*/*/*/*/*/*.ipynb", "*a" * 40 + "*b", "*" * 200])
def test_what_would_never_end_by_trying(pattern):
    assert Wildcard(pattern + "!").matches("jupyter:gpu/" + "/a" * 2_000) is False


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
