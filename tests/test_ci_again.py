"""Which failed tests CI asks a second time, and which never."""

from __future__ import annotations

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FAILED = "make: *** [Makefile:112: test] Error 1\n"
BROWSER = "tests/browser/test_sidebar.py::test_a_link_is_minted"


@pytest.fixture(scope="module")
def again():
    """Import the program, whose name is none of a module's."""
    loader = SourceFileLoader("again", str(ROOT / ".ci" / "again"))
    spec = spec_from_loader("again", loader)
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_a_few_that_failed_are_asked_again(again):
    assert again.refusal([BROWSER] * again.AT_MOST, f"1 failed\n{FAILED}") == ""


@pytest.mark.parametrize(
    "test",
    [
        "tests/access/test_guests.py::test_a[x/y]",
        "tests/aws_api/test_signature.py::test_a",
        "tests/containment/test_a.py::test_a",
        "tests/rest/test_redeem.py::TestA::test_a",
        "tests/store/test_races.py::test_a",
        "tests/test_redemption.py::TestRedeemer::test_a",
    ],
)
def test_where_one_failure_is_the_finding_nothing_is(again, test):
    assert again.refusal([BROWSER, test], FAILED) == f"one failure of {test} is one too many"


def test_what_begins_alike_is_another(again):
    assert again.refusal(["tests/test_access_keys.py::test_a"], FAILED) == ""


@pytest.mark.parametrize("count", [0, 6])
def test_none_or_many_are_no_accident(again, count):
    assert f"{count} tests failed" in again.refusal([BROWSER] * count, FAILED)


@pytest.mark.parametrize(
    "output",
    [
        "",
        "make: *** [Makefile:112: test] Error 2\n",
        "make: *** [Makefile:112: test] Terminated\n",
        "make: *** [Makefile:60: setup] Error 1\n",
        f"it said: {FAILED}",
    ],
)
def test_a_run_that_broke_off_is_not(again, output):
    assert again.refusal([BROWSER], output) == "the run did not come to its end"


def test_a_file_that_cannot_be_read_is_not(again):
    assert "could not be read" in again.refusal(["tests/browser/test_sidebar.py"], FAILED)


def test_each_that_is_never_asked_twice_is_there(again):
    for name in again.ONCE:
        found = list((ROOT / "tests").glob(f"{name}*"))
        assert found, name
