"""What a guest asks for, as far as rules look at it: one request, in plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nb_presign.access.gate.paths import BadPathError, decoded
from nb_presign.access.gate.reach import WHOLE, Reach
from nb_presign.model import Scope


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of one guest."""

    #: Path below the base URL, as sent.
    below: str = ""
    #: Named groups of the row's pattern, as sent.
    groups: Mapping[str, str | None] = field(default_factory=dict)
    #: Those of the query, then those of a form in the body, as tornado's `get_argument` looks.
    arguments: Mapping[str, Sequence[bytes]] = field(default_factory=dict)
    body: bytes = b""
    scope: Scope = Scope.READ
    reach: Reach = WHOLE
    #: Path of the file whose id the request names; empty where there is none.
    file: str = ""

    def path(self) -> str:
        """Return the path in the URL, decoded once. Raises `BadPathError`."""
        return decoded(self.groups.get("path") or "")

    def argument(self, name: str) -> str | None:
        """Return the one value of an argument, or None.

        Handlers take the last of several, and strip each (tornado 6.6): what could be read in two
        ways raises `BadPathError`.
        """
        values = self.arguments.get(name, ())
        if not values:
            return None
        try:
            text = values[0].decode("utf-8", "strict")
        except UnicodeDecodeError as error:
            raise BadPathError from error
        if len(values) > 1 or text != text.strip():
            raise BadPathError
        return text

    def json(self) -> dict[str, object]:
        """Read the body with the parser that the handlers use, so that both see the same.

        Raises `BadPathError` for what is no object.
        """
        text = self.body.strip()
        if not text:
            return {}
        try:
            found = json.loads(text.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise BadPathError from error
        if not isinstance(found, dict):
            raise BadPathError
        return found
