from __future__ import annotations

import pytest
from tornado.web import HTTPError

from nb_presign import errors
from nb_presign.rest.errors import STATUS, refusal, status_of


def _all(cls):
    return [cls, *(found for sub in cls.__subclasses__() for found in _all(sub))]


def test_every_error_has_the_status_that_the_tree_shows():
    shown = {}
    stack = []
    for line in errors.__doc__.splitlines():
        name = line.strip("│├└─ ").partition(" ")[0]
        if not name.endswith("Error"):
            continue
        depth = line.index(name)
        stack = [(d, s) for d, s in stack if d < depth]
        numbers = [int(word) for word in line.split() if word.isdecimal()]
        status = numbers[0] if numbers else (stack[-1][1] if stack else 500)
        stack.append((depth, status))
        shown[name] = status
    found = {cls.__name__: status_of(cls("x")) for cls in _all(errors.PresignError)}
    assert found == shown


def test_the_table_has_no_status_twice_by_accident():
    assert len(set(STATUS.values())) == len(STATUS)


def test_an_error_of_ours_is_told_in_full():
    error = errors.OutOfRangeError("Too long.", hint="Shorter.", low=1)
    status, told = refusal(error, 500, signed_in=True)
    assert status == 400
    assert (told.code, told.message, told.hint, told.fields) == (
        "out-of-range",
        "Too long.",
        "Shorter.",
        {"low": 1},
    )


@pytest.mark.parametrize(
    "error", [ValueError("canary"), HTTPError(500, "canary"), KeyError("canary")]
)
def test_nothing_of_an_unexpected_exception_is_told(error):
    status, told = refusal(error, 500, signed_in=True)
    assert status == 500
    assert "canary" not in repr(told)


def test_what_jupyter_refuses_keeps_its_status_and_loses_its_words():
    status, told = refusal(HTTPError(404, "canary /path?token=1"), 404, signed_in=True)
    assert (status, told.code) == (404, "not-found")
    assert "canary" not in repr(told)


@pytest.mark.parametrize(("signed_in", "status"), [(False, 401), (True, 403)])
def test_nobody_and_not_allowed_are_told_apart(signed_in, status):
    assert refusal(HTTPError(403), 403, signed_in=signed_in)[0] == status
