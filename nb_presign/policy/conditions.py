"""The conditions of policy documents: which keys there are, and how they are compared.

As AWS documents it (IAM User Guide, "Condition operators" and "Conditions with multiple context
keys or values"): of several values one is enough, for a negated operator none may match; all keys
and all operators must hold. A key that the request does not have fails a comparison, satisfies a
negated one, and satisfies whatever ends in `IfExists`. Names of keys do not mind case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any, TypeAlias

from nb_presign.errors import OutOfRangeError
from nb_presign.policy.addresses import Address, Network, parse_network
from nb_presign.policy.patterns import Wildcard

#: What a request may say under a key.
Fact: TypeAlias = str | bool | datetime | Address
IF_EXISTS = "IfExists"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: A date, which begins at midnight UTC, or a time with its zone.
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{3})?)?(?:Z|[+-]\d\d:\d\d))?", re.ASCII
)
#: The year 9999, so that milliseconds taken for seconds are noticed.
_MAX_EPOCH = 253_402_300_799


class Kind(str, Enum):
    """What a key's value is, which decides how it can be compared."""

    TEXT = "a text"
    ADDRESS = "an address"
    TIME = "a time"
    TRUTH = "true or false"


#: Keys by their name in lower case; the first of each pair is how it is written. A later door into
#: this server adds its own here.
KEYS: dict[str, tuple[str, Kind]] = {
    name.lower(): (name, kind)
    for name, kind in (
        ("aws:SourceIp", Kind.ADDRESS),
        ("aws:CurrentTime", Kind.TIME),
        ("aws:EpochTime", Kind.TIME),
        ("aws:SecureTransport", Kind.TRUTH),
        ("nb-presign:Scope", Kind.TEXT),
        ("nb-presign:Provider", Kind.TEXT),
        ("nb-presign:Target", Kind.TEXT),
        ("nb-presign:Path", Kind.TEXT),
    )
}


@dataclass(frozen=True, slots=True)
class Operator:
    """How a key of one kind is compared with one value of the document."""

    #: None: any kind.
    kind: Kind | None
    #: Reads a value of the document; raises ValueError.
    read: Callable[[object], Any]
    #: Compares what the request says with what was read.
    matches: Callable[[Any, Any], bool]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One key under one operator."""

    #: As written, with `IfExists`.
    operator: str
    #: As in `KEYS`.
    key: str
    #: As written.
    values: tuple[str, ...]
    rule: Operator
    #: The values, read.
    wanted: tuple[Any, ...]

    @property
    def minds_absence(self) -> bool:
        """Whether it says itself what a request without the key comes to."""
        return self.operator == NULL or self.operator.endswith(IF_EXISTS)

    def holds(self, context: Mapping[str, Fact]) -> bool:
        """Judge a request's context, whose keys are in lower case."""
        found = context.get(self.key.lower())
        if self.operator == NULL:
            return any((found is None) is wanted for wanted in self.wanted)
        if found is None:
            return self.rule.negated or self.operator.endswith(IF_EXISTS)
        return any(self.rule.matches(found, each) for each in self.wanted) != self.rule.negated

    def told(self, context: Mapping[str, Fact]) -> str:
        """Say what it asks for, and what a request has."""
        found = context.get(self.key.lower())
        has = "which the request does not have" if found is None else f"which is {show(found)}"
        return f"{self.operator} {self.key} {' or '.join(self.values)}, {has}"


def show(fact: Fact) -> str:
    """Write what a request says as a document would."""
    if isinstance(fact, datetime):
        return fact.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    return str(fact).lower() if isinstance(fact, bool) else str(fact)


def _text(value: object) -> str:
    if not isinstance(value, str):
        msg = "not a text in quotes"
        raise ValueError(msg)  # noqa: TRY004  # readers say what is wrong in one way
    return value


def _wildcard(value: object) -> Wildcard:
    return Wildcard(_text(value))


def _block(value: object) -> Network:
    try:
        return parse_network(_text(value))
    except OutOfRangeError as error:
        msg = "not an address or CIDR block such as 203.0.113.0/24 or 2001:db8::/32"
        raise ValueError(msg) from error


def _truth(value: object) -> bool:
    found = {"true": True, "false": False}.get(str(value).lower())
    if found is None or not isinstance(value, (bool, str)):
        msg = "neither true nor false"
        raise ValueError(msg)
    return found


def read_time(value: object) -> datetime:
    """Read a time as AWS takes it: W3C's form of ISO 8601, or seconds since 1970.

    Raises ValueError.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        value = ""
    text = str(value)
    if text.isascii() and text.isdecimal():
        if int(text) > _MAX_EPOCH:
            msg = "too far away; seconds since 1970, not milliseconds"
            raise ValueError(msg)
        return _EPOCH + timedelta(seconds=int(text))
    if not _TIME.fullmatch(text):
        msg = "not a time such as 2030-01-31T12:00:00Z, nor seconds since 1970"
        raise ValueError(msg)
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        msg = "no time of any calendar"
        raise ValueError(msg) from error
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def _in_block(found: Address, block: Network) -> bool:
    return found in block


NULL = "Null"
#: By their names without `IfExists`.
OPERATORS: dict[str, Operator] = {
    "StringEquals": Operator(Kind.TEXT, _text, str.__eq__),
    "StringNotEquals": Operator(Kind.TEXT, _text, str.__eq__, negated=True),
    "StringEqualsIgnoreCase": Operator(Kind.TEXT, _text, lambda a, b: a.lower() == b.lower()),
    "StringNotEqualsIgnoreCase": Operator(
        Kind.TEXT, _text, lambda a, b: a.lower() == b.lower(), negated=True
    ),
    "StringLike": Operator(Kind.TEXT, _wildcard, lambda a, b: b.matches(a)),
    "StringNotLike": Operator(Kind.TEXT, _wildcard, lambda a, b: b.matches(a), negated=True),
    "IpAddress": Operator(Kind.ADDRESS, _block, _in_block),
    "NotIpAddress": Operator(Kind.ADDRESS, _block, _in_block, negated=True),
    "DateEquals": Operator(Kind.TIME, read_time, lambda a, b: a == b),
    "DateNotEquals": Operator(Kind.TIME, read_time, lambda a, b: a == b, negated=True),
    "DateLessThan": Operator(Kind.TIME, read_time, lambda a, b: a < b),
    "DateLessThanEquals": Operator(Kind.TIME, read_time, lambda a, b: a <= b),
    "DateGreaterThan": Operator(Kind.TIME, read_time, lambda a, b: a > b),
    "DateGreaterThanEquals": Operator(Kind.TIME, read_time, lambda a, b: a >= b),
    "Bool": Operator(Kind.TRUTH, _truth, lambda a, b: a is b),
    NULL: Operator(None, _truth, lambda _a, _b: False),
}
