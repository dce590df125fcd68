"""What all errors have: a code, a message, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class PresignError(Exception):
    """Tell what went wrong, and what to do about it.

    Neither `message` nor `hint` nor `fields` ever hold a secret: all three are logged and sent to
    clients.
    """

    #: Stable name of the class for machines; never changes once released.
    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "", **fields: object) -> None:
        super().__init__(message)
        self.message = message
        #: The next step, as an imperative sentence or a command; may be empty.
        self.hint = hint
        #: What a program may want to know, by name; JSON values only.
        self.fields: Mapping[str, object] = fields

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


def by_code(code: str) -> type[PresignError]:
    """Find the class that a `code` names; `PresignError` itself for one from a newer version."""
    found: list[type[PresignError]] = [PresignError]
    for cls in found:
        if cls.code == code:
            return cls
        found.extend(cls.__subclasses__())
    return PresignError
