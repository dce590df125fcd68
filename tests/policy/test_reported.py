"""Which facts of a link that was minted elsewhere are believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from nb_presign.errors import OutOfRangeError
from nb_presign.model import Link, Scope, Target
from nb_presign.policy import Bounds, Range
from nb_presign.policy.reported import AHEAD, believed

NOW = datetime(2030, 1, 2, tzinfo=timezone.utc)
BOUNDS = Bounds(
    Range(300, 300, 300),
    Range(1_800, 43_200, 43_200),
    scopes=(Scope.FULL,),
    default_scope=Scope.FULL,
)
LINK = Link(
    id="lnk_0123456789abcdef",
    target=Target("cloud", "a"),
    created_at=NOW,
    expires_at=NOW + timedelta(minutes=5),
    session_seconds=1_800,
    scope=Scope.FULL,
)


def test_what_could_be_true_is_kept():
    assert believed(LINK, BOUNDS, NOW) == LINK


@pytest.mark.parametrize(("told", "kept"), [(1, 1), (None, None), (5, None), (0, None)])
def test_a_url_opens_once_or_as_often_as_its_upstream_lets_it(told, kept):
    assert believed(replace(LINK, max_uses=told), BOUNDS, NOW).max_uses == kept


def test_a_scope_that_the_provider_lacks_is_its_own():
    assert believed(replace(LINK, scope=Scope.READ), BOUNDS, NOW).scope is Scope.FULL


@pytest.mark.parametrize(
    "facts",
    [
        {"expires_at": NOW},
        {"expires_at": NOW + timedelta(days=2)},
        {
            "created_at": NOW + AHEAD + timedelta(seconds=1),
            "expires_at": NOW + AHEAD + timedelta(seconds=9),
        },
        {"session_seconds": 43_201},
        {"session_seconds": -1},
    ],
)
def test_times_that_no_link_has_are_refused(facts):
    with pytest.raises(OutOfRangeError):
        believed(replace(LINK, **facts), BOUNDS, NOW)
