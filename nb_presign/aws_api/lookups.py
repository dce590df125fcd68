"""Looks for access keys, a few at a time: whoever asks may be a stranger.

Their ids are no secret, and an unknown one costs a look into the store as a known one does. While a
store hangs, strangers must not fill the threads that guests' sessions are looked up in.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from nb_presign.aws_api.refusal import refused
from nb_presign.clock import Clock
from nb_presign.errors import PresignError, RateLimitedError
from nb_presign.model import AccessKey
from nb_presign.secret import Secret
from nb_presign.throttle import Throttle

#: Looks that are under way at once, of the threads that all of nb_presign has, and that wait.
AT_ONCE, WAITING = 2, 32
#: Seconds between two lines of a store or key ring that is away.
TOLD_EVERY = 60.0

_log = logging.getLogger(__name__)


class AccessKeys(Protocol):
    """Who knows the keys."""

    async def find(self, key_id: str) -> tuple[AccessKey, Secret] | None:
        """Find a key that is not revoked, with its secret."""
        ...


class Lookups:
    """Asks `AccessKeys`; lives on the event loop."""

    def __init__(self, keys: AccessKeys, clock: Clock) -> None:
        self._keys = keys
        self._told = Throttle(clock, rate=1 / TOLD_EVERY, burst=1.0)
        self._free = asyncio.Semaphore(AT_ONCE)
        self._asked = 0

    async def find(self, key_id: str) -> tuple[AccessKey, Secret] | None:
        """Find a key that is not revoked, with its secret.

        Raises `RateLimitedError` where too many ask, and `RefusedError` where nobody can tell: why
        is for the log, and not for whoever has signed nothing yet.
        """
        if self._asked >= AT_ONCE + WAITING:
            raise RateLimitedError("Rate exceeded", retry_after=1)
        self._asked += 1
        try:
            async with self._free:
                return await self._keys.find(key_id)
        except PresignError as error:
            if self._told.take(error.code):
                _log.error("AWS's protocol: access keys cannot be looked up: %s", error)
            raise refused(error, "") from None
        finally:
            self._asked -= 1
