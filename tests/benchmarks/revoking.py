"""A process with a guest who is to be revoked, again and again: `revoking.py <store url> [deaf]`.

For each line that comes in, the hash of a cookie in hexadecimal, it looks the session up, prints
`in`, and when the session is over, when that was by the machine's monotonic clock. `deaf`: it is
told of nothing, and asks.
"""

from __future__ import annotations

import asyncio
import sys
import time

from support.values import SERVER

from nb_presign.access.entry.book import SessionBook
from nb_presign.clock import SteadyClock, SystemClock
from nb_presign.offload import Offload
from nb_presign.store.sql import SqlStore


class DeafStore(SqlStore):
    def listen(self, heard: object) -> None:
        del heard


def say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def main(url: str, how: str = "") -> None:
    clock = SteadyClock(SystemClock())
    store = (DeafStore if how == "deaf" else SqlStore)(url, clock)
    offload = Offload()
    book = SessionBook(store, offload, clock, audience=SERVER)
    over = asyncio.Event()

    def watch() -> bool:
        over.set()  # somebody may be out
        return True

    book.watchers.append(watch)
    loop = asyncio.get_running_loop()
    while line := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        digest = bytes.fromhex(line)
        session = await book.find_by_hash(digest)
        assert session is not None
        assert book.live(session)
        epoch = book.epoch
        say("in")
        while book.epoch == epoch:
            over.clear()
            await over.wait()
        noticed = time.monotonic()
        found = await book.find_by_hash(digest)
        assert found is not None
        assert not book.live(found)
        say(noticed)
    book.close()
    offload.close()
    store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
