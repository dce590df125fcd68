"""The secrets of a server's access keys, moved to the newest signing key while the older is there.

`presign keys retire` does so for the store of the configuration files, by
`nb_presign.commands.doing.rescue`. A server that was started with another one, on its command
line, looks after that by itself.
"""

from __future__ import annotations

import logging
import threading
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
    """Takes its turn when it is told to; `turn` blocks, and several at once are one.

    A key that is retired between two turns was seen at the first, and is used once more at the
    second. Then it is forgotten: from that on it opens nothing. As long as the store is not open,
    or cannot be written, retired keys are held in memory.
    """

    def __init__(
        self, keys: Known, access_keys: Sealed, *, in_use: Callable[[], bool] = lambda: True
    ) -> None:
        """`in_use` tells whether this process has opened the store: it is not opened for this."""
        self._keys = keys
        self._access_keys = access_keys
        self._in_use = in_use
        self._busy = threading.Lock()
        #: Keys whose secrets may not be moved yet, and those that there were when all were.
        self._seen: tuple[Key, ...] = ()
        self._moved: tuple[Key, ...] = ()

    def turn(self) -> None:
        """Move what older keys have sealed, if keys have changed; tried again where that fails.

        Never raises, since nobody waits for it: what fails is logged.
        """
        if not self._busy.acquire(blocking=False):
            return
        try:
            self._take_turn()
        except PresignError as error:
            _log.debug("Secrets of access keys are not moved yet: %s", error.message)
        except Exception as error:  # noqa: BLE001  # nobody else hears of it
            # By its kind alone: its text may hold what was read.
            _log.warning("Secrets of access keys are not moved: %s.", type(error).__name__)
        finally:
            self._busy.release()

    def _take_turn(self) -> None:
        now = self._keys.known()
        if not now or now == self._moved:
            return
        left = {key.id for key in now}
        self._seen = (*(key for key in self._seen if key.id not in left), *now)
        if not self._in_use():
            return
        older = frozenset(key.id for key in self._seen[:-1])
        moved = self._access_keys.reseal(Sealer(HeldKeys(self._seen)), older) if older else 0
        self._seen = self._moved = now
        if moved:
            _log.info("Moved the secrets of %d access keys to the newest signing key.", moved)
