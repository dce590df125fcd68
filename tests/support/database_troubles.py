"""What can happen to a database, and to the way there, for as long as a block lasts."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from support.postgres import Cluster
from support.wire import Wire


@dataclass(frozen=True)
class Shared:
    """A database, and the wire that leads a server there."""

    cluster: Cluster
    wire: Wire

    def url(self, database: str, **how: bool) -> str:
        """Write the URL of a database by way of the wire."""
        straight = self.cluster.url(database, **how)
        return straight.replace(f":{self.cluster.port}/", f":{self.wire.port}/")


@contextmanager
def killed(shared: Shared) -> Iterator[None]:
    """Kill all of PostgreSQL's processes, and start it again."""
    shared.cluster.kill()
    try:
        yield
    finally:
        shared.cluster.start()


@contextmanager
def paused(shared: Shared) -> Iterator[None]:
    """Let none of its processes run; TCP goes on to take what is sent."""
    shared.cluster.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        shared.cluster.signal(signal.SIGCONT)


@contextmanager
def packets_lost(shared: Shared) -> Iterator[None]:
    """Let nothing through between it and the server."""
    shared.wire.lose()
    try:
        yield
    finally:
        shared.wire.mend()


@contextmanager
def connections_forgotten(shared: Shared) -> Iterator[None]:
    """Let nothing through, and then nothing of what was connected before."""
    shared.wire.lose()
    try:
        yield
    finally:
        shared.wire.forget()
        shared.wire.mend()


TROUBLES: dict[str, Callable[[Shared], AbstractContextManager[None]]] = {
    "killed": killed,
    "paused": paused,
    "packets lost": packets_lost,
    "connections forgotten": connections_forgotten,
}
