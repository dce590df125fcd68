"""What the models say values must be like, and how AWS says that they are not.

botocore holds its callers to types, required members and minima; AWS to lengths, ranges, patterns
and enumerations as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from nb_presign.aws.botocore_types import Shape
from nb_presign.aws.calls.rules import MOST_MATCHED, compiled
from nb_presign.aws_api.refusal import RefusedError

#: Characters of a value that are told.
SHOWN = 200
#: Broken rules that are told; AWS, too, stops at some point.
TOLD = 10


def check(shape: Shape | None, given: Mapping[str, object], *, service: str) -> None:
    """Hold an operation's input against its model; raises `RefusedError` in AWS's words."""
    broken = [] if shape is None else [*_structure(shape, given, "")]
    if broken:
        many = "error" if len(broken) == 1 else "errors"
        told = "; ".join(broken[:TOLD])
        message = f"{len(broken)} validation {many} detected: {told}"
        if service == "athena":
            raise RefusedError("InvalidRequestException", message, AthenaErrorCode="INVALID_INPUT")
        raise RefusedError("ValidationException", message)


def _structure(shape: Shape, given: Mapping[str, object], at: str) -> Iterator[str]:
    for name in shape.required_members:
        if name not in given:
            yield _said("null", _inside(at, name), "Member must not be null")
    for name, value in given.items():
        yield from _value(shape.members[name], value, _inside(at, name))


def _value(shape: Shape, value: object, at: str) -> Iterator[str]:
    if isinstance(value, str):
        yield from _bounds(shape, len(value), _shown(shape, value), at, "length")
        yield from _text(shape, value, at)
    elif isinstance(value, list):
        yield from _bounds(shape, len(value), _shown(shape, value), at, "length")
        for number, each in enumerate(value, 1):
            yield from _value(shape.member, each, f"{at}.{number}.member")
    elif isinstance(value, Mapping):
        if shape.type_name == "structure":
            yield from _structure(shape, value, at)
            return
        yield from _bounds(shape, len(value), _shown(shape, value), at, "length")
        for key, each in value.items():
            yield from _value(shape.key, key, f"{at}.key")
            yield from _value(shape.value, each, f"{at}.{key[:SHOWN]}.member")
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from _bounds(shape, value, _shown(shape, value), at, "value")


def _text(shape: Shape, value: str, at: str) -> Iterator[str]:
    pattern = shape.metadata.get("pattern", "")
    if pattern and not _matches(pattern, value):
        rule = f"Member must satisfy regular expression pattern: {pattern}"
        yield _said(_shown(shape, value), at, rule)
    choices = shape.metadata.get("enum", ())
    if choices and value not in choices:
        rule = f"Member must satisfy enum value set: [{', '.join(choices)}]"
        yield _said(_shown(shape, value), at, rule)


def _bounds(shape: Shape, size: int, shown: str, at: str, what: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if high is not None and size > high:
        yield _said(shown, at, f"Member must have {what} less than or equal to {high}")
    if low is not None and size < low:
        yield _said(shown, at, f"Member must have {what} greater than or equal to {low}")


def _matches(pattern: str, value: str) -> bool:
    """Match as Java does, of which a pair of surrogates is one character."""
    pattern = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    expression = compiled(pattern)
    if len(value) > MOST_MATCHED:
        return pattern == ".*"  # of tokens, which their operation reads; nothing else is that long
    return expression is None or expression.fullmatch(value) is not None


def _inside(at: str, name: str) -> str:
    """Name a member as AWS does: it begins with a small letter."""
    name = name[:1].lower() + name[1:]
    return f"{at}.{name}" if at else name


def _shown(shape: Shape, value: object) -> str:
    if shape.metadata.get("sensitive"):
        return "(sensitive)"
    text = _plain(value)
    return f"'{text}'" if len(text) <= SHOWN else f"'{text[:SHOWN]}…'"


def _plain(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}={_plain(each)}' for key, each in value.items())}}}"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _said(shown: str, at: str, rule: str) -> str:
    return f"Value {shown} at '{at}' failed to satisfy constraint: {rule}"
