"""A string that does not leak by accident."""

from __future__ import annotations

import hmac
from typing import NoReturn


class Secret:
    """Hold a secret string: URLs, tokens, cookies, keys.

    `reveal()` is the one way out. Its `repr`, `str` and every format show a placeholder; it cannot
    be pickled, copied into JSON or used as a dictionary key, and it compares in constant time.
    """

    __slots__ = ("_value",)

    #: Unhashable, so that no cache or set keeps a copy under a key.
    __hash__ = None  # type: ignore[assignment]  # the documented way to say so

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself; whoever calls this answers for where it goes."""
        return self._value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret('…')"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        msg = "a Secret is not pickled: pass an id and ask for the secret where it is used"
        raise TypeError(msg)

    __copy__ = None
    __deepcopy__ = None
