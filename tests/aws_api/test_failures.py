from __future__ import annotations

import logging

import pytest
from support.clock import FakeClock

from nb_presign.aws_api.failures import BURST, COUNTED, NAMED, RATE, TOLD_AFTER, Failures
from nb_presign.errors import RateLimitedError


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def later():
    return []


@pytest.fixture
def failures(clock, later, caplog):
    caplog.set_level(logging.DEBUG)
    return Failures(clock, later=lambda *when: later.append(when))


def slowed(failures, address="203.0.113.7"):
    try:
        failures.add(address)
    except RateLimitedError:
        return True
    return False


def test_many_at_once_and_then_some_a_second(failures, clock):
    assert [slowed(failures) for _ in range(int(BURST) + 1)] == [False] * int(BURST) + [True]
    clock.tick(1)
    assert [slowed(failures) for _ in range(int(RATE) + 1)] == [False] * int(RATE) + [True]
    assert not slowed(failures, "198.51.100.1")


def test_a_customer_of_ipv6_is_one_source(failures):
    addresses = [f"2001:db8::{n:x}" for n in range(int(BURST) + 1)]
    assert [slowed(failures, each) for each in addresses][-1]
    assert not slowed(failures, "2001:db8:0:1::1")


def test_one_line_for_each_address_a_minute_later(failures, later, caplog):
    for _ in range(3):
        failures.add("203.0.113.7")
    failures.add("")
    assert caplog.text == ""
    ((seconds, report),) = later
    assert seconds == TOLD_AFTER
    report()
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        "Calls of AWS's protocol that were not signed, from 203.0.113.7: 3",
        "Calls of AWS's protocol that were not signed, from an unknown address: 1",
    ]
    report()
    assert len(caplog.records) == 2
    failures.add("203.0.113.7")
    assert len(later) == 2


def test_an_unknown_address_is_counted_as_one(failures, later, caplog):
    failures.add("")
    for number in range(COUNTED):
        failures.add(f"10.0.{number // 256}.{number % 256}")
    failures.add("")
    later[0][1]()
    assert caplog.messages[0].endswith("from an unknown address: 2")


def test_many_addresses_are_told_together(failures, later, caplog):
    for number in range(2 * COUNTED):
        failures.add(f"10.0.{number // 256}.{number % 256}")
    assert len(failures._failed) == COUNTED + 1
    later[0][1]()
    assert len(caplog.records) == NAMED + 1
    assert sum(int(record.getMessage().rpartition(" ")[2]) for record in caplog.records) == (
        2 * COUNTED
    )
