"""How long who waits for a database, by the clock of nobody."""

from __future__ import annotations

import pytest

from nb_presign.access.entry.book import POLL_SECONDS, STALE_SECONDS
from nb_presign.errors import StoreError
from nb_presign.store.limits import (
    CONNECT_SECONDS,
    PING_SECONDS,
    Limits,
    read_limits,
    seconds_to_connect,
)

#: Seconds after the database's return in which guests are let in again.
RECOVERY = 2.0


def test_whatever_is_under_way_ends_soon_enough_for_the_next_try():
    longest = max(CONNECT_SECONDS, PING_SECONDS, Limits().patience, Limits().pool_timeout)
    assert longest + POLL_SECONDS <= RECOVERY


def test_who_finds_a_connection_dead_has_time_for_another():
    assert PING_SECONDS < STALE_SECONDS


def test_locks_are_waited_for_less_than_statements():
    assert Limits().lock_timeout < Limits().statement_timeout < Limits().patience * 1000


def test_who_may_wait_longer_in_postgresql_is_waited_for():
    assert read_limits({"statement_timeout": "5000"}).patience == 5.25


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ({}, CONNECT_SECONDS),
        ({"connect_timeout": "30"}, 30),
        ({"connect_timeout": "0"}, float("inf")),
        ({"connect_timeout": "soon"}, float("inf")),  # psycopg refuses it
    ],
)
def test_connecting_takes_what_the_url_says(query, seconds):
    assert seconds_to_connect(query) == seconds


@pytest.mark.parametrize("value", ["x", "-1", "1.5", ("1", "2")])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(StoreError, match="lock_timeout") as refused:
        read_limits({"lock_timeout": value})
    assert "?lock_timeout=1000" in refused.value.hint


def test_no_limit_at_all_is_refused():
    with pytest.raises(StoreError, match="for ever") as refused:
        read_limits({"statement_timeout": "0"})
    assert "?statement_timeout=60000" in refused.value.hint
    # These are bounded by the former, or do not wait.
    limits = read_limits({"lock_timeout": "0", "pool_timeout": "0"})
    assert (limits.lock_timeout, limits.pool_timeout) == (0, 0)
