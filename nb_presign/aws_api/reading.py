"""From the bytes of a body to the members that an operation is given.

Members that the model does not know are left out, as AWS does: SDKs may be newer than we are. What
JSON says twice is refused, since two readers could take it for two things.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, NoReturn

from nb_presign.aws.botocore_types import Shape
from nb_presign.aws_api.refusal import RefusedError

#: What SDKs send with AWS JSON 1.1.
MEDIA_TYPE = "application/x-amz-json-1.1"
#: Levels of lists and structures; the models of these operations have three.
DEEPEST = 16

#: How AWS's reader calls what it found, and what it was to become.
_FOUND = {True: "TRUE_VALUE", False: "FALSE_VALUE"}
_WANTED = {
    "string": "String",
    "integer": "Integer",
    "long": "Long",
    "boolean": "Boolean",
    "timestamp": "milliseconds since epoch",
}


def read_object(body: bytes) -> dict[str, Any]:
    """Read a body as one JSON object; raises `RefusedError`."""
    try:
        found = json.loads(
            body.decode("utf-8"), object_pairs_hook=_each_once, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        _refuse("The body is not one JSON object in UTF-8, with each member once.")
    if not isinstance(found, dict):
        _refuse("Start of structure or map found where not expected.")
    return found


def read_members(shape: Shape | None, found: Mapping[str, Any]) -> dict[str, Any]:
    """Turn JSON into the values of a structure; raises `RefusedError` for what has another type.

    Times become aware datetimes, in UTC. Whether values are allowed is for `constraints` to say.
    """
    return {} if shape is None else _structure(shape, found, 0)


def _structure(shape: Shape, found: object, depth: int) -> dict[str, Any]:
    if not isinstance(found, Mapping):
        _refuse(
            "Start of structure or map found where not expected." if found else "Not an object."
        )
    members = shape.members
    return {
        name: _value(members[name], value, depth + 1)
        for name, value in found.items()
        # As on AWS: null is nothing.
        if name in members and value is not None
    }


def _value(shape: Shape, found: object, depth: int) -> object:
    if depth > DEEPEST:
        _refuse("The body is nested too deeply.")
    return _READERS[shape.type_name](shape, found, depth)


def _string(shape: Shape, found: object, depth: int) -> str:
    del depth
    if not isinstance(found, str):
        _mistyped(shape, found)
    if not found.isascii():
        try:
            found.encode()
        except UnicodeEncodeError:  # half of a pair, which no database and no answer can hold
            _refuse("A string is not Unicode.")
    return found


def _integer(shape: Shape, found: object, depth: int) -> int:
    del depth
    if isinstance(found, bool) or not isinstance(found, int):
        _mistyped(shape, found)
    return found


def _boolean(shape: Shape, found: object, depth: int) -> bool:
    del depth
    if not isinstance(found, bool):
        _mistyped(shape, found)
    return found


def _timestamp(shape: Shape, found: object, depth: int) -> datetime:
    del depth
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        _mistyped(shape, found)
    try:
        return datetime.fromtimestamp(found, timezone.utc)
    except (ValueError, OverflowError, OSError):  # also of infinity, and of 400 digits
        _mistyped(shape, found)


def _list(shape: Shape, found: object, depth: int) -> list[object]:
    if not isinstance(found, list):
        _refuse("Expected list or null")
    return [_value(shape.member, each, depth + 1) for each in found]


def _map(shape: Shape, found: object, depth: int) -> dict[str, object]:
    if not isinstance(found, Mapping):
        _refuse("Start of structure or map found where not expected.")
    return {
        str(key): _value(shape.value, each, depth + 1)
        for key, each in found.items()
        if each is not None
    }


_READERS: Mapping[str, Callable[[Shape, object, int], object]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "integer": _integer,
    "long": _integer,
    "boolean": _boolean,
    "timestamp": _timestamp,
}


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        msg = "a member is there twice"
        raise ValueError(msg)
    return made


def _no_constant(name: str) -> NoReturn:
    msg = f"{name} is not JSON"
    raise ValueError(msg)


def _mistyped(shape: Shape, found: object) -> NoReturn:
    """Say it as AWS's reader does, which names kinds and never values."""
    if isinstance(found, (list, Mapping)):
        kind = "list" if isinstance(found, list) else "structure or map"
        _refuse(f"Start of {kind} found where not expected.")
    if isinstance(found, bool):
        name = _FOUND[found]
    elif isinstance(found, str):
        name = "STRING_VALUE"
    else:
        name = "DECIMAL_VALUE" if isinstance(found, float) else "NUMBER_VALUE"
    _refuse(f"{name} can not be converted to {_WANTED[shape.type_name]}")


def _refuse(message: str) -> NoReturn:
    raise RefusedError("SerializationException", message)
