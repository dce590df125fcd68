"""Errors on the wire."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from nb_presign.errors import PresignError


class ErrorOut(Struct):
    """Any refusal."""

    code: str
    message: str
    hint: str
    fields: dict[str, Any] = {}

    @classmethod
    def of(cls, error: PresignError) -> ErrorOut:
        """Write an error down."""
        return cls(error.code, error.message, error.hint, dict(error.fields))
