"""What a server does for its store now and then: keeps the time, and forgets what is long over.

In a thread, a little at a time: whoever wants to write in between gets a turn.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from nb_presign.clock import Clock
from nb_presign.errors import StoreError
from nb_presign.store.base import Store

#: Seconds between two turns; a clock that is set back after a crash brings back no more than that.
TURN_SECONDS = 60.0
#: Seconds between two purges.
PURGE_SECONDS = 300.0
#: Rows that one transaction deletes.
BATCH = 500
#: Transactions of one purge: what is left waits for the next.
BATCHES = 20
#: Seconds between two transactions.
PAUSE = 0.2

_log = logging.getLogger(__name__)


class Upkeep:
    """Takes its turn when it is told to; `turn` blocks, and several at once are one."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        keep: timedelta,
        keep_audit: timedelta,
        in_use: Callable[[], bool] = lambda: True,
        batch: int = BATCH,
        pause: float = PAUSE,
    ) -> None:
        """`in_use` tells whether this process has opened the store: it is not opened for this."""
        self._store = store
        self._clock = clock
        self._keep = keep
        self._keep_audit = keep_audit
        self._in_use = in_use
        self._batch = batch
        self._pause = pause
        self._busy = threading.Lock()
        self._closed = threading.Event()
        self._purged_at = float("-inf")

    def turn(self) -> None:
        """Keep the time, and purge if it is time for that; trouble is left to who needs the store.

        It is tried again at the next turn.
        """
        if not self._in_use() or not self._busy.acquire(blocking=False):
            return
        try:
            self._store.witness(self._clock.now())
            if self._clock.monotonic() - self._purged_at >= PURGE_SECONDS:
                self._purge()
                self._purged_at = self._clock.monotonic()
        except StoreError as error:
            _log.debug("The store's upkeep has to wait: %s", error.message)
        finally:
            self._busy.release()

    def close(self) -> None:
        """Take no further batch."""
        self._closed.set()

    def _purge(self) -> None:
        now = self._clock.now()
        purges = (
            (self._store.purge, now - self._keep),
            (self._store.purge_audit, now - self._keep_audit),
        )
        for purge, before in purges:
            for _ in range(BATCHES):
                if self._closed.is_set() or not purge(before=before, limit=self._batch):
                    break
                self._closed.wait(self._pause)
