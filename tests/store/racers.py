"""A process of eight racers: `racers.py real|naive <URL of the store>`.

Each line that comes in is a round, `{"link": id, "page": name or "", "also": what the first does}`;
all begin at once, and a line goes out with what each of them got: the id of a session, or why not.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from store.naive import NaiveStore
from support.values import a_link, a_redemption

from nb_presign.clock import SystemClock
from nb_presign.errors import PresignError
from nb_presign.model import Actor
from nb_presign.store.base import Redemption
from nb_presign.store.sql import SqlStore

RACERS = 8
CLOCK = SystemClock()


class Real:
    def __init__(self, url: str) -> None:
        self.store = SqlStore(url, CLOCK, busy_seconds=30)

    def redeem(self, redemption: Redemption) -> str:
        return self.store.redeem(redemption).id

    def revoke(self, link_id: str) -> None:
        self.store.revoke(link_id, now=CLOCK.now(), actor=Actor("ann"))

    def purge(self, link_id: str) -> None:
        del link_id
        while self.store.purge(before=CLOCK.now() - timedelta(days=1), limit=5):
            pass


class Naive:
    def __init__(self, url: str) -> None:
        self.store = NaiveStore(url.removeprefix("sqlite:///"))

    def redeem(self, redemption: Redemption) -> str:
        return self.store.redeem(redemption)

    def revoke(self, link_id: str) -> None:
        self.store.revoke(link_id, CLOCK.now())


def attempt(asked: Mapping[str, str]) -> Redemption:
    """Make an attempt; those of one landing page have its cookie and nonce."""
    made = a_redemption(a_link(CLOCK.now(), id=asked["link"]), CLOCK.now())
    if not asked["page"]:
        return made
    digest = hashlib.sha256(asked["page"].encode()).digest()
    return a_redemption(
        a_link(CLOCK.now(), id=asked["link"]), CLOCK.now(), nonce_hash=digest, cookie_hash=digest
    )


def outcome(call: Callable[[], Any]) -> str:
    try:
        return call() or ""
    except PresignError as error:
        return error.code
    except sqlite3.Error as error:
        return type(error).__name__


def race(store: Real | Naive, asked: Mapping[str, str]) -> list[str]:
    got = [""] * RACERS
    start = threading.Barrier(RACERS)

    def run(number: int) -> None:
        redemption = attempt(asked)
        start.wait()
        if asked["also"] and number == 0:
            got[number] = outcome(lambda: getattr(store, asked["also"])(asked["link"]))
        else:
            got[number] = outcome(lambda: store.redeem(redemption))

    racers = [threading.Thread(target=run, args=(number,)) for number in range(RACERS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    return got


def main(which: str, url: str) -> None:
    store = {"real": Real, "naive": Naive}[which](url)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(race(store, json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
