"""A process whose children redeem until they are killed: `redeemers.py real|naive <directory>`.

The directory has the store, the keys, and `links.json`, a list of [link id, token, nonce]. Each
line that comes in is the number of a link: a child redeems from that one on, and prints the number
of each that it has redeemed. Its process id is printed first, and `over` once it is no more.

Children are forked, so that a round takes no longer than what it is about.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from store.naive import NaiveStore
from support.values import SERVER, a_link, a_redemption

from nb_presign.attempts import Attempts
from nb_presign.clock import SystemClock
from nb_presign.offload import Offload
from nb_presign.redemption import Redeemer, cookie_hash
from nb_presign.secret import Secret
from nb_presign.signing.keys import KeyRing
from nb_presign.signing.token import TokenSigner
from nb_presign.store.sql import SqlStore

Facts = Sequence[str]
CLOCK = SystemClock()


def store_path(directory: Path) -> Path:
    return directory / "store.sqlite"


def a_store(directory: Path) -> SqlStore:
    return SqlStore(f"sqlite:///{store_path(directory)}", CLOCK)


def a_signer(directory: Path) -> TokenSigner:
    return TokenSigner(KeyRing(directory / "keys.json"))


def a_redeemer(directory: Path) -> Redeemer:
    """Put together what a server redeems with."""
    return Redeemer(
        signer=a_signer(directory),
        store=a_store(directory),
        offload=Offload(),
        clock=CLOCK,
        audience=SERVER,
        attempts=Attempts(CLOCK),
    )


def say(word: object) -> None:
    os.write(1, f"{word}\n".encode())


async def redeem_all(directory: Path, links: Sequence[Facts], first: int) -> None:
    """Redeem as a server does."""
    redeemer = a_redeemer(directory)
    for number, (_, token, nonce) in enumerate(links[first:], first):
        await redeemer.redeem(Secret(token), nonce, "127.0.0.1")
        say(number)


def redeem_naively(directory: Path, links: Sequence[Facts], first: int) -> None:
    """Redeem in two transactions: use the link, then write the session down."""
    store = NaiveStore(str(store_path(directory)))
    for number, (link_id, _, nonce) in enumerate(links[first:], first):
        link = a_link(CLOCK.now(), id=link_id)
        page = cookie_hash(nonce)
        store.redeem(a_redemption(link, CLOCK.now(), nonce_hash=page, cookie_hash=page))
        say(number)


def main(how: str, directory: Path) -> None:
    links = json.loads((directory / "links.json").read_text())
    acts: dict[str, Callable[[int], None]] = {
        "real": lambda first: asyncio.run(redeem_all(directory, links, first)),
        "naive": lambda first: redeem_naively(directory, links, first),
    }
    say("ready")
    for line in sys.stdin:
        child = os.fork()
        if not child:
            say(f"pid {os.getpid()}")
            acts[how](int(line))
            os._exit(0)
        os.waitpid(child, 0)
        say("over")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
