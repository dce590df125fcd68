"""A process that makes and changes key files: `keymakers.py real|naive`.

Each line that comes in is `make <moment> <file>` or `change <file>`. `make` makes the file at that
moment of the monotonic clock, which all processes share, and prints the id of the key that signs.
`change` forks a child that changes the file until it is killed; its process id is printed, and
`over` once it is no more.

The naive way looks whether the file is there, and writes it in place.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from pathlib import Path

from nb_presign.clock import SystemClock
from nb_presign.secret import Secret
from nb_presign.signing import rotation
from nb_presign.signing.keyfile import Key
from nb_presign.signing.keys import KeyRing

CLOCK = SystemClock()


def say(word: object) -> None:
    os.write(1, f"{word}\n".encode())


class Real:
    def make(self, path: Path) -> str:
        return KeyRing(path).all()[-1].id

    def change(self, path: Path) -> None:
        keys = rotation.rotate(path, CLOCK.now())
        say(f"made {keys[-1].id}")
        rotation.retire(path, [key.id for key in keys[:-1]])


class Naive:
    def make(self, path: Path) -> str:
        if not path.exists():
            path.write_text(json.dumps({"keys": [secrets.token_urlsafe(32)]}))
        keys = json.loads(path.read_text())["keys"]
        return Key(Secret(keys[-1])).id

    def change(self, path: Path) -> None:
        keys = json.loads(path.read_text())["keys"][-1:]
        path.write_text(json.dumps({"keys": [*keys, secrets.token_urlsafe(32)]}))


def make_at(maker: Real | Naive, moment: float, path: Path) -> str:
    while time.monotonic() < moment:
        pass
    try:
        return maker.make(path)
    except (ValueError, OSError) as error:
        return type(error).__name__


def change_for_ever(maker: Real | Naive, path: Path) -> None:
    child = os.fork()
    if not child:
        say(f"pid {os.getpid()}")
        while True:
            maker.change(path)
    os.waitpid(child, 0)
    say("over")


def main(how: str) -> None:
    maker = {"real": Real, "naive": Naive}[how]()
    say("ready")
    for line in sys.stdin:
        asked, *facts = line.split()
        if asked == "make":
            say(make_at(maker, float(facts[0]), Path(facts[1])))
        else:
            change_for_ever(maker, Path(facts[0]))


if __name__ == "__main__":
    main(sys.argv[1])
