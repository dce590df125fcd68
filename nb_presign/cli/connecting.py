"""The servers that one command talks to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nb_presign.blocking import background
from nb_presign.commands import Connections
from nb_presign.commands.connections import Connect


@contextmanager
def connections(connect: Connect | None) -> Iterator[Connections]:
    """Connect as it is asked for, and close all when the command is over."""
    kept = Connections(connect)
    try:
        yield kept
    finally:
        background.run(kept.aclose())
