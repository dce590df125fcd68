"""Conditions as AWS documents them: operators, several keys or values, keys that are absent."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from ipaddress import ip_address

import pytest

from nb_presign.policy import conditions, reading

NOW = datetime(2030, 6, 1, 12, tzinfo=timezone.utc)
EPOCH = int(NOW.timestamp())
IP, TIME, TLS, SCOPE = "aws:SourceIp", "aws:CurrentTime", "aws:SecureTransport", "nb-presign:Scope"


def holds(condition, **context):
    """Judge one condition block; context by the names above without prefix, in lower case."""
    prefixes = {"scope": "nb-presign:", "target": "nb-presign:"}
    facts = {prefixes.get(name, "aws:") + name: fact for name, fact in context.items()}
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    (read,) = reading.read({"Statement": statement}).statements
    return all(each.holds(facts) for each in read.conditions)


V4, V6 = ip_address("203.0.113.7"), ip_address("2001:db8::7")


@pytest.mark.parametrize(
    ("values", "inside"),
    [
        ("203.0.113.7", True),
        ("203.0.113.7/32", True),
        ("203.0.113.0/24", True),
        ("198.51.100.0/24", False),
        (["198.51.100.0/24", "203.0.113.0/24"], True),
        (["198.51.100.0/24", "2001:db8::/32"], False),
        ("::/0", False),
    ],
)
def test_addresses_and_their_negation(values, inside):
    assert holds({"IpAddress": {IP: values}}, sourceip=V4) is inside
    assert holds({"NotIpAddress": {IP: values}}, sourceip=V4) is not inside


def test_addresses_of_version_6():
    assert holds({"IpAddress": {IP: "2001:DB8::/32"}}, sourceip=V6)
    assert not holds({"IpAddress": {IP: "0.0.0.0/0"}}, sourceip=V6)


@pytest.mark.parametrize(
    ("operator", "value", "present", "absent"),
    [
        ("IpAddress", "203.0.113.0/24", True, False),
        ("NotIpAddress", "203.0.113.0/24", False, True),
        ("IpAddressIfExists", "203.0.113.0/24", True, True),
        ("IpAddressIfExists", "198.51.100.0/24", False, True),
        ("NotIpAddressIfExists", "203.0.113.0/24", False, True),
        ("NotIpAddressIfExists", "198.51.100.0/24", True, True),
        ("Null", "true", False, True),
        ("Null", "false", True, False),
        ("Null", False, True, False),
    ],
)
def test_a_key_that_is_not_there(operator, value, present, absent):
    assert holds({operator: {IP: value}}, sourceip=V4) is present
    assert holds({operator: {IP: value}}) is absent


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("StringEquals", "read", True),
        ("StringEquals", "Read", False),
        ("StringEquals", ["full", "read"], True),
        ("StringNotEquals", "read", False),
        ("StringNotEquals", ["full", "execute"], True),
        ("StringNotEquals", ["full", "read"], False),
        ("StringEqualsIgnoreCase", "READ", True),
        ("StringNotEqualsIgnoreCase", "READ", False),
        ("StringLike", "r*d", True),
        ("StringLike", "r?d", False),
        ("StringNotLike", ["f*", "e*"], True),
        ("StringNotLike", ["f*", "r*"], False),
    ],
)
def test_texts(operator, values, expected):
    assert holds({operator: {SCOPE: values}}, scope="read") is expected


@pytest.mark.parametrize("operator", ["StringEquals", "StringLike", "StringEqualsIgnoreCase"])
def test_a_text_that_is_not_there(operator):
    assert not holds({operator: {SCOPE: "*"}})
    assert holds({operator.replace("String", "StringNot"): {SCOPE: "read"}})
    assert holds({f"{operator}IfExists": {SCOPE: "x"}})


BEFORE, AT, AFTER = "2030-06-01T11:59:59Z", "2030-06-01T12:00:00Z", "2030-06-01T12:00:01Z"


@pytest.mark.parametrize(
    ("operator", "before", "at", "after"),
    [
        ("DateEquals", False, True, False),
        ("DateNotEquals", True, False, True),
        ("DateLessThan", False, False, True),
        ("DateLessThanEquals", False, True, True),
        ("DateGreaterThan", True, False, False),
        ("DateGreaterThanEquals", True, True, False),
    ],
)
def test_times(operator, before, at, after):
    found = [holds({operator: {TIME: each}}, currenttime=NOW) for each in (BEFORE, AT, AFTER)]
    assert found == [before, at, after]


@pytest.mark.parametrize(
    "written",
    [
        EPOCH,
        str(EPOCH),
        "2030-06-01T12:00:00Z",
        "2030-06-01T12:00Z",
        "2030-06-01T14:00:00+02:00",
        "2030-06-01T12:00:00.000Z",
    ],
)
def test_one_instant_in_all_its_spellings(written):
    for key in ("aws:CurrentTime", "aws:EpochTime"):
        fact = {key.partition(":")[2].lower(): NOW}
        assert holds({"DateEquals": {key: written}}, **fact)


def test_a_date_begins_at_midnight():
    midnight = NOW - timedelta(hours=12)
    assert holds({"DateEquals": {TIME: "2030-06-01"}}, currenttime=midnight)


@pytest.mark.parametrize(
    ("written", "secure", "expected"),
    [("true", True, True), (True, True, True), ("True", False, False), ("false", False, True)],
)
def test_truth(written, secure, expected):
    assert holds({"Bool": {TLS: written}}, securetransport=secure) is expected
    assert not holds({"Bool": {TLS: written}})


def test_all_keys_and_operators_must_hold():
    both = {"IpAddress": {IP: "203.0.113.0/24"}, "StringEquals": {SCOPE: "read"}}
    assert holds(both, sourceip=V4, scope="read")
    assert not holds(both, sourceip=V4, scope="full")
    assert not holds(both, sourceip=V6, scope="read")
    two_keys = {"StringLike": {SCOPE: "*", "nb-presign:Target": "jupyter:*"}}
    assert holds(two_keys, scope="read", target="jupyter:b")
    assert not holds(two_keys, scope="read", target="session:b")


def test_names_of_keys_do_not_mind_case():
    assert holds({"IpAddress": {"AWS:sourceIP": "203.0.113.7"}}, sourceip=V4)


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (NOW, "2030-06-01T12:00:00Z"),
        (NOW.astimezone(timezone(timedelta(hours=2))), "2030-06-01T12:00:00Z"),
        (NOW.replace(microsecond=5), "2030-06-01T12:00:00Z"),
        (True, "true"),
        (False, "false"),
        (V4, "203.0.113.7"),
        (V6, "2001:db8::7"),
        ("Read", "Read"),
    ],
)
def test_facts_are_shown_as_a_document_writes_them(fact, expected):
    assert conditions.show(fact) == expected


def test_the_last_second_of_the_calendar_is_a_time():
    last = 253_402_300_799
    assert conditions.read_time(last) == datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)
    with pytest.raises(ValueError, match=r"^too far away; seconds since 1970, not milliseconds$"):
        conditions.read_time(last + 1)


@pytest.mark.parametrize("value", [True, 1.5, None, [1], "2030-06-01 12:00", "12:00", ""])
def test_what_is_no_time_is_told_what_is(value):
    with pytest.raises(ValueError, match=r"^not a time such as 2030-01-31T12:00:00Z, nor seconds"):
        conditions.read_time(value)


def test_what_no_calendar_has_is_told_so():
    with pytest.raises(ValueError, match=r"^no time of any calendar$"):
        conditions.read_time("2030-02-30")
