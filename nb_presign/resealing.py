"""The secrets of a server's access keys, moved to the newest signing key while the older is there.

`presign keys retire` does so for the store of the configuration files. A server that was started
with another one, on its command line, looks after that by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from nb_presign.errors import PresignError
from nb_presign.signing.keyfile import Key
from nb_presign.signing.sealing import HeldKeys, Sealer

_log = logging.getLogger(__name__)


class Known(Protocol):
    """What is used of a `KeyRing`."""

    def known(self) -> tuple[Key, ...]:
        """Return the keys that there are, oldest to newest; makes none, never raises."""
        ...


class Sealed(Protocol):
    """What is used of `AccessKeys`."""

    def reseal(self, sealer: Sealer, ids: frozenset[str]) -> int:
        """Encrypt anew what was encrypted with some signing keys."""
        ...


class Resealing:
    """Takes its turn when it is told to; blocks, in one thread at a time.

    A key that is retired between two turns was seen at the first, and is used once more at the
    second. Then it is forgotten: from that on it opens nothing.
    """

    def __init__(
        self, keys: Known, access_keys: Sealed, *, in_use: Callable[[], bool] = lambda: True
    ) -> None:
        """`in_use` tells whether this process has opened the store: it is not opened for this."""
        self._keys = keys
        self._access_keys = access_keys
        self._in_use = in_use
        #: Keys whose secrets may not be moved yet, and those that there were when all were.
        self._seen: tuple[Key, ...] = ()
        self._moved: tuple[Key, ...] = ()

    def turn(self) -> None:
        """Move what older keys have sealed, if keys have changed; tried again where that fails."""
        now = self._keys.known()
        if not now or now == self._moved:
            return
        left = {key.id for key in now}
        self._seen = (*(key for key in self._seen if key.id not in left), *now)
        if not self._in_use():
            return
        older = frozenset(key.id for key in self._seen[:-1])
        try:
            moved = self._access_keys.reseal(Sealer(HeldKeys(self._seen)), older) if older else 0
        except PresignError as error:
            _log.debug("Secrets of access keys are not moved yet: %s", error.message)
            return
        self._seen = self._moved = now
        if moved:
            _log.info("Moved the secrets of %d access keys to the newest signing key.", moved)
