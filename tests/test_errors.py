from __future__ import annotations

import re

import pytest

from nb_presign import errors
from nb_presign.errors import LinkExpiredError, PresignError, by_code


def tree(cls: type[PresignError]) -> list[type[PresignError]]:
    """List a class and all below it."""
    return [cls, *(found for sub in cls.__subclasses__() for found in tree(sub))]


OURS = [cls for cls in tree(PresignError) if cls.__module__.startswith(errors.__name__)]


def test_codes_are_unique_and_stable_names():
    codes = [cls.code for cls in OURS]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


@pytest.mark.parametrize("cls", OURS)
def test_a_code_names_its_class(cls):
    assert by_code(cls.code) is cls


def test_a_code_from_a_newer_version_is_still_an_error():
    assert by_code("from-the-future") is PresignError


def test_every_class_is_public_and_drawn():
    names = {cls.__name__ for cls in OURS}
    assert names | {"by_code"} == set(errors.__all__)
    drawn = re.findall(r"\b\w+Error\b", errors.__doc__)
    assert set(drawn) == names


def test_the_drawing_shows_who_is_below_whom():
    above: dict[int, str] = {}
    for line in errors.__doc__.splitlines():
        found = re.match(r"([ │├└─]*)(\w+Error)\b", line)
        if not found:
            continue
        depth, name = len(found[1]), found[2]
        parents = [above[d] for d in above if d < depth]
        if parents:
            assert getattr(errors, name).__bases__ == (getattr(errors, parents[-1]),)
        above = {d: n for d, n in above.items() if d < depth} | {depth: name}


def test_an_error_says_what_and_what_next():
    error = LinkExpiredError("It has expired.", hint="Mint a new one.", id="lnk_1")
    assert str(error) == "It has expired. Mint a new one."
    assert (error.message, error.hint) == ("It has expired.", "Mint a new one.")
    assert error.fields == {"id": "lnk_1"}
    assert str(LinkExpiredError("It has expired.")) == "It has expired."
