"""When a link is refreshed, by its three clocks; and when it is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.values import a_link

from nb_presign.errors import (
    AccessDeniedError,
    CredentialsExpiredError,
    NoCredentialsError,
    UnreachableError,
    UpstreamThrottledError,
)
from nb_presign.live.timing import LONGEST_PAUSE, SHORTEST_WAIT, refresh_in, retry_in

MADE = datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
CHANCES = st.floats(0, 1, exclude_max=True)


def made(url=300.0, credentials=None, renew=None, **facts):
    at = {"expires_at": url, "credentials_expire_at": credentials, "renew_by": renew}
    times = {k: MADE + timedelta(seconds=v) for k, v in at.items() if v is not None}
    return a_link(MADE, **times, **facts)


@pytest.mark.parametrize(("link", "earliest", "latest"), [
    (made(300), 210, 255),
    (made(300, credentials=43_200), 210, 255),  # they outlast it
    (made(300, credentials=100), 70, 85),
    (made(300, credentials=40), 40, 55),  # too late for another: what is wrong is heard at the end
    (made(3600, renew=540), 459, 540),  # Athena's ten minutes
    (made(3600, credentials=300, renew=540), 210, 255),
    (made(90, renew=30), 60, 60),  # an upstream that wants it soon is not asked all the time
    (made(90, renew=-30), 60, 60),
    (made(300, credentials=0), 150, 450),
    (made(300, credentials=-7200), 150, 450),
    (made(-5), 150, 450),
])  # fmt: skip
def test_refresh_before_the_first_clock_ends(link, earliest, latest):
    assert refresh_in(link, 0.0) == pytest.approx(earliest)
    assert refresh_in(link, 0.5) >= earliest
    assert refresh_in(link, 0.9999999) == pytest.approx(latest, rel=1e-3)


@given(
    url=st.floats(5, 86_400),
    credentials=st.floats(-86_400, 86_400),
    chance=CHANCES,
)
def test_credentials_that_nobody_renews_do_not_make_ever_shorter_waits(url, credentials, chance):
    """Refresh until an hour after the credentials ended, each successor made with the same ones."""
    now, asked = max(0.0, credentials - 2 * url), 0
    while now < max(credentials, 0) + 3600:
        now += refresh_in(made(url, credentials=credentials - now), chance)
        asked += 1
    # Those of the URL, a few on the way to the end, then one in some minutes.
    assert asked <= 2 / 0.7 + 12 + 3600 / (LONGEST_PAUSE / 2)


@given(ends=st.floats(5, 86_400), chance=CHANCES)
def test_a_token_that_always_ends_at_the_same_time_does_not_either(ends, chance):
    now, waits = 0.0, []
    while now < ends + 3600:
        waits.append(refresh_in(made(ends - now, audience=""), chance))
        now += waits[-1]
    early = [wait for wait in waits if wait < SHORTEST_WAIT]
    assert len(early) <= 2
    assert len(waits) <= 10 + 3600 / (LONGEST_PAUSE / 2)


@given(
    st.floats(-600, 86_400),
    st.none() | st.floats(-600, 86_400),
    st.none() | st.floats(-600, 86_400),
    CHANCES,
)
def test_it_never_waits_for_nothing(url, credentials, renew, chance):
    link = made(url, credentials, renew)
    wait = refresh_in(link, chance)
    lifetime = (link.good_until - MADE).total_seconds()
    assert wait >= min(0.7 * lifetime, 60) if lifetime > 0 else wait >= LONGEST_PAUSE / 2


def test_credentials_are_looked_for_at_leisure_from_the_first_failure_on():
    for error in (CredentialsExpiredError("Over."), NoCredentialsError("None.")):
        for failures in (1, 2, 50):
            assert retry_in(error, failures, 0.0) == 150
            assert retry_in(error, failures, 0.5) == 300


def test_what_passes_is_tried_again_soon_and_then_later():
    pauses = [retry_in(UnreachableError("Away."), failures, 0.5) for failures in range(1, 12)]
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_an_upstream_that_says_how_long_is_believed_within_reason():
    assert retry_in(UpstreamThrottledError("Slowly.", retry_after=20), 1, 0.0) == 20
    assert retry_in(UpstreamThrottledError("Slowly.", retry_after=20), 1, 0.5) == 30
    assert retry_in(UpstreamThrottledError("Slowly.", retry_after=86_400), 1, 0.0) == 300
    assert retry_in(UpstreamThrottledError("Slowly.", retry_after="soon"), 1, 0.5) == 2


def test_what_needs_a_person_is_not_tried_again():
    assert retry_in(AccessDeniedError("No."), 1, 0.5) is None
