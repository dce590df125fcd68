"""A process that redeems as fast as it can: `redeeming.py <store url> <threads> <links>`.

It makes its links, prints `ready`, begins when a line comes in, and prints JSON: when it began and
ended by the machine's monotonic clock, and how long each redemption took, seconds.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import insert
from support.values import a_link, a_redemption

from nb_presign.clock import SystemClock
from nb_presign.model import Actor, Link
from nb_presign.store.rows import write_link
from nb_presign.store.schema import links
from nb_presign.store.sql import SqlStore


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(url: str, threads: int, number: int) -> None:
    store = SqlStore(url, SystemClock(), busy_seconds=60)
    made = [a_link(store.now(), max_uses=1) for _ in range(number)]
    with store._database.writing() as tx:
        tx.execute(insert(links), [write_link(link) for link in made])

    def redeem(link: Link) -> float:
        began = time.monotonic()
        store.redeem(a_redemption(link, store._clock.now()))
        return time.monotonic() - began

    with ThreadPoolExecutor(threads) as pool:
        warm = [a_link(store.now()) for _ in range(threads)]
        for link in warm:
            store.add_link(link, Actor("owner"))
        list(pool.map(redeem, warm * 5))
        say("ready")
        sys.stdin.readline()
        began = time.monotonic()
        took = list(pool.map(redeem, made))
        ended = time.monotonic()
    store.close()
    say(json.dumps({"began": began, "ended": ended, "took": took}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
