from __future__ import annotations

import pytest

TARGETS = "nb-presign/api/targets"


def test_targets_are_listed_with_their_state(owner):
    (target,) = owner.get(TARGETS, params={"provider": "jupyter"}).json()["items"]
    assert (target["target"], target["state"], target["provider"]) == (
        "jupyter:b",
        "ready",
        "jupyter",
    )


@pytest.mark.parametrize(
    "query", ["colour=red", "provider=jupyter&provider=session", "cursor=%ff", "region=%00"]
)
def test_what_is_not_understood_is_refused(owner, query):
    answer = owner.get(f"{TARGETS}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-input")
    assert query.partition("=")[0] in answer.json()["message"]


def test_an_unknown_provider_is_named_with_the_nearest(owner):
    answer = owner.get(TARGETS, params={"provider": "jupiter"})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown-provider")
    assert "jupyter" in answer.json()["hint"]


@pytest.mark.parametrize("query", ["1732156200000", "_xsrf=x", "no_track_activity=1"])
def test_what_jupyter_and_its_front_end_append_is_passed_over(owner, query):
    assert owner.get(f"{TARGETS}?provider=jupyter&{query}").status_code == 200


def test_a_method_that_is_not_there_says_so_in_json(owner):
    answer = owner.put(TARGETS)
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
