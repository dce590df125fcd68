"""A store that does not answer: somebody else holds its locks, and does not let go."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: All eight locks of the WAL index lie from byte 120 on (SQLite, wal.c). A process of its own: the
#: tests' own process would lose them whenever it closes one of its connections.
_HOLD = """
import fcntl, sys
with open(sys.argv[1], "r+b") as index:
    fcntl.lockf(index, fcntl.LOCK_EX, 8, 120)
    print("locked", flush=True)
    sys.stdin.read()
"""


@contextmanager
def deaf(database: Path) -> Iterator[None]:
    """Keep everybody from reading and writing a SQLite database until the block ends."""
    index = database.with_name(f"{database.name}-shm")
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(index)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        yield
    finally:
        holder.communicate()
