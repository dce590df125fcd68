"""A process of its own that redeems: `racer.py race|loop <store url> <link id>`.

`race` lets eight threads redeem at the same moment, which is when a line comes in, and prints what
each got; `loop` redeems until it is killed, and prints the id of each session once it has it.
"""

from __future__ import annotations

import sys
import threading

from support.values import a_link, a_redemption

from nb_presign.clock import SystemClock
from nb_presign.errors import PresignError
from nb_presign.store.sql import SqlStore

THREADS = 8


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def main(how: str, url: str, link_id: str) -> None:
    clock = SystemClock()
    store = SqlStore(url, clock)
    link = a_link(clock.now(), id=link_id)
    if how == "loop":
        while True:
            say(store.redeem(a_redemption(link, clock.now())).id)

    start = threading.Barrier(THREADS + 1)

    def run() -> None:
        attempt = a_redemption(link, clock.now())
        start.wait()
        try:
            got = store.redeem(attempt).id
        except PresignError as error:
            got = error.code
        say(got)

    racers = [threading.Thread(target=run) for _ in range(THREADS)]
    for racer in racers:
        racer.start()
    store.revision()
    say("ready")
    sys.stdin.readline()
    start.wait()
    for racer in racers:
        racer.join()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
