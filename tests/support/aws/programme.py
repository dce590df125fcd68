"""Which faults come next."""

from __future__ import annotations

import threading
from collections import defaultdict, deque

from support.aws.faults import Fault


class Programme:
    """Faults by operation, each for so many calls; those of `*` come when there are no others."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[tuple[Fault, int | None]]] = defaultdict(deque)
        self._played: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, operation: str, fault: Fault, times: int | None) -> None:
        """Have the next calls meet it; None: all calls from now on."""
        with self._lock:
            self._queues[operation].append((fault, times))
            self._played.append(fault)

    def next(self, operation: str) -> Fault:
        """Take what a call meets, which may be nothing."""
        with self._lock:
            for name in (operation, "*"):
                if queue := self._queues.get(name):
                    fault, left = queue.popleft()
                    if left is None or left > 1:
                        queue.appendleft((fault, left and left - 1))
                    return fault
        return Fault()

    def end(self) -> None:
        """Forget all, and let go what they hold back."""
        with self._lock:
            self._queues.clear()
            played, self._played = self._played, []
        for each in played:
            each.release()
