from __future__ import annotations

import logging

import pytest
from support.clock import FakeClock

from nb_presign.attempts import COUNTED, MOST_ANSWERS, NAMED, Attempts
from nb_presign.errors import RateLimitedError

HERE, THERE = "192.0.2.7", "192.0.2.8"
NONCE = "n" * 22


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def attempts(clock):
    return Attempts(clock)


@pytest.fixture
def reported(attempts, caplog):
    def report():
        caplog.clear()
        with caplog.at_level(logging.DEBUG, "nb_presign.attempts"):
            attempts.report()
        return caplog.messages

    return report


def passes(check, *asked):
    """Tell whether a check lets something pass, and does not say when to try again."""
    try:
        check(*asked)
    except RateLimitedError as error:
        return error.fields["retry_after"] < 1
    return True


def forge(attempts, address=HERE, times=1):
    """Send tokens that are not ours; returns how many of them were limited."""
    return [passes(attempts.forged, address) for _ in range(times)].count(False)


def spend(attempts, link="lnk_1", address=HERE, times=1):
    """Try a spent link; returns how many tries reached the store."""
    reached = 0
    for _ in range(times):
        if passes(attempts.admit, link, NONCE, address):
            reached += 1
            attempts.refused(link, address)
    return reached


def test_forged_tokens_are_limited_by_address(attempts, clock):
    assert forge(attempts, times=60) == 0
    assert forge(attempts, times=40) == 40
    assert forge(attempts, THERE) == 0
    clock.tick(1)
    assert forge(attempts, times=20) == 10


def test_who_is_limited_is_told_in_whole_seconds_when_to_try_again(attempts):
    forge(attempts, times=60)
    with pytest.raises(RateLimitedError) as refused:
        attempts.forged(HERE)
    assert refused.value.fields["retry_after"] == 1
    spend(attempts, times=20)
    with pytest.raises(RateLimitedError) as refused:
        attempts.admit("lnk_1", NONCE, HERE)
    assert refused.value.fields["retry_after"] == 1
    for _ in range(3):
        attempts.refused("lnk_1", HERE)
    with pytest.raises(RateLimitedError) as refused:
        attempts.admit("lnk_1", NONCE, HERE)
    assert refused.value.fields["retry_after"] == 4


def test_forged_tokens_never_stand_in_the_way_of_a_good_link(attempts):
    forge(attempts, times=1_000)
    attempts.admit("lnk_good", NONCE, HERE)


def test_one_customer_of_ipv6_is_one_source(attempts):
    assert forge(attempts, "2001:db8::1", times=60) == 0
    assert forge(attempts, "2001:db8::ffff:2") == 1
    assert forge(attempts, "2001:db8::ffff:0:0:2") == 1
    assert forge(attempts, "2001:db8:0:1::1") == 0


def test_a_spent_link_reaches_the_store_a_few_times_a_second(attempts, clock):
    assert spend(attempts, times=500) == 20
    clock.tick(5)
    assert spend(attempts, times=500) == 5


def test_a_spent_link_stands_in_nobody_elses_way(attempts):
    spend(attempts, times=500)
    attempts.admit("lnk_good", NONCE, HERE)
    attempts.admit("lnk_1", NONCE, THERE)  # not allowed from here perhaps, but from there


def test_those_that_are_tried_at_the_same_time_are_all_counted(attempts, clock):
    for _ in range(30):
        attempts.admit("lnk_1", NONCE, HERE)
    for _ in range(30):
        attempts.refused("lnk_1", HERE)
    clock.tick(10)
    assert spend(attempts, times=5) == 0
    clock.tick(1)
    assert spend(attempts, times=5) == 1


def test_who_got_a_session_a_moment_ago_may_ask_again(attempts, clock):
    attempts.redeemed("lnk_1", "m" * 22)
    spend(attempts, times=500)
    clock.tick(29)
    spend(attempts, times=500)
    attempts.admit("lnk_1", "m" * 22, HERE)
    with pytest.raises(RateLimitedError):
        attempts.admit("lnk_1", NONCE, HERE)
    clock.tick(1)
    spend(attempts, times=500)
    with pytest.raises(RateLimitedError):
        attempts.admit("lnk_1", "m" * 22, HERE)


def test_of_those_who_got_a_session_the_first_are_forgotten_first(attempts):
    def remembered(*numbers):
        return [passes(attempts.admit, "lnk_1", f"{number:022}", HERE) for number in numbers]

    spend(attempts, times=500)
    for number in range(MOST_ANSWERS):
        attempts.redeemed("lnk_1", f"{number:022}")
    assert remembered(0, 1, MOST_ANSWERS - 1, MOST_ANSWERS) == [True, True, True, False]
    attempts.redeemed("lnk_1", f"{MOST_ANSWERS:022}")
    assert remembered(0, 1, MOST_ANSWERS - 1, MOST_ANSWERS) == [False, True, True, True]


def test_the_same_refusal_is_news_once_a_minute(attempts, clock):
    def news(link="lnk_1", address=HERE, reason="link-expired"):
        return attempts.is_news(link, address, reason)

    assert [news() for _ in range(100)].count(True) == 1
    assert news("lnk_2")
    assert news(address=THERE)
    assert news(reason="not-allowed")
    clock.tick(59)
    assert not news()
    clock.tick(1.1)
    assert news()


def test_a_report_says_how_many_from_where(attempts, reported):
    assert reported() == []
    forge(attempts, times=100)
    spend(attempts, address=THERE, times=50)
    spend(attempts, address="")
    lines = reported()
    assert len(lines) == 3
    assert lines[0].endswith(f"from {HERE}: 100")
    assert lines[1].endswith(f"from {THERE}: 50")
    assert lines[2].endswith("from an unknown address: 1")
    assert reported() == []


def test_memory_and_lines_are_bounded_whoever_comes(attempts, reported):
    for number in range(20_000):
        address = f"2001:db8:{number >> 8:x}:{number & 255:x}::1"
        attempts.forged(address)
        attempts.refused(f"lnk_{number}", address)
        attempts.is_news(f"lnk_{number}", address, "link-expired")
        attempts.redeemed(f"lnk_{number}", NONCE)
    assert len(attempts._failed) <= COUNTED + 1
    assert len(attempts._answered) <= MOST_ANSWERS
    assert max(len(t) for t in (attempts._forged, attempts._spent, attempts._told)) <= 4096
    lines = reported()
    assert len(lines) == NAMED + 1
    assert sum(int(line.rpartition(" ")[2]) for line in lines) == 40_000
