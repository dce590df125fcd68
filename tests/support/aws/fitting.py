"""Whether what an operation answers fits its model: members, types, lengths, patterns."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from botocore.model import Shape

from support.aws import models

_TYPES = {
    "string": str,
    "integer": int,
    "long": int,
    "structure": dict,
    "list": list,
    "map": dict,
    "timestamp": datetime,
    "boolean": bool,
}


def misfits(service: str, operation: str, answer: dict[str, Any]) -> list[str]:
    """Tell what of an answer the model of its operation does not allow."""
    shape = models.operation(service, operation).output_shape
    if shape is None:
        return [f"{operation}: it answers nothing"] if answer else []
    return list(_misfits(shape, answer, operation))


def _misfits(shape: Shape, value: Any, where: str) -> list[str]:
    if type(value) is not _TYPES[shape.type_name]:
        return [f"{where}: {type(value).__name__} is no {shape.type_name}"]
    if shape.type_name == "structure":
        unknown = [f"{where}: no member {name}" for name in value if name not in shape.members]
        missing = [
            f"{where}: {name} is missing" for name in shape.required_members if name not in value
        ]
        inner = [
            found
            for name, each in value.items()
            if name in shape.members
            for found in _misfits(shape.members[name], each, f"{where}.{name}")
        ]
        return [*unknown, *missing, *inner]
    if shape.type_name == "list":
        inner = [found for each in value for found in _misfits(shape.member, each, f"{where}[]")]
        return [*inner, *_length(shape, value, where)]
    if shape.type_name == "string":
        return [*_length(shape, value, where), *_text(shape, value, where)]
    return []


def _length(shape: Shape, value: Any, where: str) -> list[str]:
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", len(value))
    return [] if low <= len(value) <= high else [f"{where}: {len(value)} of {low} to {high}"]


def _text(shape: Shape, value: str, where: str) -> list[str]:
    pattern = shape.metadata.get("pattern")
    found = [] if not pattern or _fits(pattern, value) else [f"{where}: {value!r} is no {pattern}"]
    enum = getattr(shape, "enum", None)
    return found if not enum or value in enum else [*found, f"{where}: {value!r} is none of them"]


def _fits(pattern: str, value: str) -> bool:
    # Java's way to write two halves of a character, which Python takes for a range that ends
    # before it begins.
    pattern = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", "\U00010000-\U0010ffff")
    return re.fullmatch(pattern, value) is not None
