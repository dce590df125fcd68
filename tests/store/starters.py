"""A process whose children open one store at the same moment: `starters.py <how many>`.

Each line that comes in is the URL of a store. The children print what revision they found, or what
went wrong, and `over` comes last. They are forked: importing takes longer than what this is about.
"""

from __future__ import annotations

import os
import sys

import sqlalchemy.dialects.postgresql.psycopg  # noqa: F401  # what each child would import

import nb_presign.store.patient  # noqa: F401
from nb_presign.clock import SystemClock
from nb_presign.errors import StoreError
from nb_presign.store.sql import SqlStore


def start(url: str, gate: int) -> None:
    os.read(gate, 1)  # closed for all at once
    try:
        store = SqlStore(url, SystemClock())
        said = str(store.revision())
        store.close()
    except StoreError as error:
        said = error.message
    os.write(1, f"{said}\n".encode())


def main(children: int) -> None:
    os.write(1, b"ready\n")
    for line in sys.stdin:
        gate, opens = os.pipe()
        pids = []
        for _ in range(children):
            pid = os.fork()
            if not pid:
                os.close(opens)
                start(line.strip(), gate)
                os._exit(0)
            pids.append(pid)
        os.close(gate)
        os.close(opens)
        for pid in pids:
            os.waitpid(pid, 0)
        os.write(1, b"over\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
