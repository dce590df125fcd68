"""JSON in and out, strictly."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from nb_presign.errors import InputError

T = TypeVar("T")


def decode(body: bytes, kind: type[T]) -> T:
    """Read JSON strictly; raises `InputError`, which says where it is wrong."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise InputError(
            f"The JSON is not as expected: {error}.", hint="See api/openapi.json."
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"Not JSON: {error}.") from None


def encode(value: Struct | list[Any]) -> bytes:
    """Write JSON."""
    return msgspec.json.encode(value)


def builtins(value: Struct | list[Any]) -> Any:  # noqa: ANN401  # what json.dumps takes
    """Turn into dicts, lists and strings, for printing."""
    return msgspec.to_builtins(value)
