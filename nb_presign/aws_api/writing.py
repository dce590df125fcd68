"""From what an operation returns to the bytes of AWS JSON 1.1, by its model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from nb_presign.aws.botocore_types import Shape
from nb_presign.aws_api.refusal import RefusedError

#: What each type is made of; another is a mistake of ours.
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "structure": Mapping,
    "map": Mapping,
    "list": (list, tuple),
    "string": str,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "boolean": bool,
    "timestamp": datetime,
}


def write(shape: Shape | None, result: Mapping[str, object]) -> bytes:
    """Write an output; nothing at all where the operation has none.

    Raises `TypeError` for what the model does not have: it would be lost on the way.
    """
    if shape is None:
        return b""
    return json.dumps(_plain(shape, result)).encode()


def write_refusal(error: RefusedError, service: str) -> bytes:
    """Write an error; Athena's model spells its member with a capital."""
    said = {"__type": error.kind, **error.members}
    name = "Message" if service == "athena" and error.kind in _OF_ATHENA else "message"
    if error.message:
        said[name] = error.message
    return json.dumps(said).encode()


_OF_ATHENA = frozenset(
    ("InvalidRequestException", "ResourceNotFoundException", "InternalServerException")
)


def _plain(shape: Shape, value: object) -> object:
    wanted = _TYPES[shape.type_name]
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        msg = f"a {shape.type_name} is not made of {type(value).__name__}"
        raise TypeError(msg)
    if isinstance(value, Mapping):
        if shape.type_name == "map":
            return {str(key): _plain(shape.value, each) for key, each in value.items()}
        if unknown := sorted(value.keys() - shape.members.keys()):
            msg = f"the model has no member {unknown[0]}"
            raise TypeError(msg)
        return {name: _plain(shape.members[name], each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(shape.member, each) for each in value]
    # Seconds, and thousandths of them, as AWS writes times in JSON.
    return round(value.timestamp(), 3) if isinstance(value, datetime) else value
