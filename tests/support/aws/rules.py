"""What the models say values must be like; AWS holds its callers to all of it, botocore to some."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from botocore.model import Shape

_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list, tuple),
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "boolean": (bool,),
    "double": (int, float),
    "float": (int, float),
    "timestamp": (datetime, int, float, str),
    "blob": (bytes, str),
}


def broken(shape: Shape | None, value: object, at: str = "") -> Iterator[str]:
    """Tell each rule that a value breaks, in AWS's words.

    The words are those of "1 validation error detected: …"; `at` is where in the value it is.
    """
    if shape is None:
        if value:
            yield f"Value at '{at}' failed to satisfy constraint: Member must be empty"
        return
    wanted = _TYPES[shape.type_name]
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        yield _said(value, at, f"Member must be a {shape.type_name}")
    elif isinstance(value, Mapping) and shape.type_name == "structure":
        yield from _structure(shape, value, at)
    elif shape.type_name == "list":
        yield from _bounds(shape, len(value), value, at)  # type: ignore[arg-type]
        for index, each in enumerate(value, 1):  # type: ignore[arg-type]
            yield from broken(shape.member, each, f"{at}.{index}.member")
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from broken(shape.key, key, f"{at}.key")
            yield from broken(shape.value, each, f"{at}.{key}.value")
    else:
        yield from _scalar(shape, value, at)


def _structure(shape: Shape, value: Mapping[str, Any], at: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            where = _inside(at, name)
            yield f"Value null at '{where}' failed to satisfy constraint: Member must not be null"
    for name, each in value.items():
        if name not in shape.members:
            yield _said(each, _inside(at, name), "Member must be known")
        elif each is not None:
            yield from broken(shape.members[name], each, _inside(at, name))


def _scalar(shape: Shape, value: object, at: str) -> Iterator[str]:
    if isinstance(value, str):
        yield from _bounds(shape, len(value), value, at)
        pattern = shape.metadata.get("pattern")
        if pattern and not _matches(pattern, value):
            yield _said(value, at, f"Member must satisfy regular expression pattern: {pattern}")
        if (values := shape.metadata.get("enum")) and value not in values:
            yield _said(value, at, f"Member must satisfy enum value set: [{', '.join(values)}]")
    elif isinstance(value, (int, float)) and shape.type_name != "timestamp":
        yield from _bounds(shape, value, value, at)


def _bounds(shape: Shape, size: float, value: object, at: str) -> Iterator[str]:
    what = "value" if isinstance(value, (int, float)) else "length"
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield _said(value, at, f"Member must have {what} greater than or equal to {low}")
    if high is not None and size > high:
        yield _said(value, at, f"Member must have {what} less than or equal to {high}")


def _matches(pattern: str, value: str) -> bool:
    # Java reads a pair of surrogates as one character; Python's strings have no pairs.
    pattern = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    return re.fullmatch(pattern, value) is not None


def _inside(at: str, name: str) -> str:
    name = name[:1].lower() + name[1:]
    return f"{at}.{name}" if at else name


def _said(value: object, at: str, rule: str) -> str:
    return f"Value '{value}' at '{at}' failed to satisfy constraint: {rule}"
