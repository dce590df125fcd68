"""A process of its own that changes keys: `keychanger.py rotate|loop <key file> [times]`.

`rotate` adds as many keys once a line comes in, and prints the id of each; `loop` adds keys and
retires all but the newest until it is killed, and prints each change once it is made.
"""

from __future__ import annotations

import sys
from pathlib import Path

from nb_presign.clock import SystemClock
from nb_presign.signing import rotation


def say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


def main(how: str, path: Path, times: int) -> None:
    clock = SystemClock()
    say("ready")
    sys.stdin.readline()
    while how == "loop":
        keys = rotation.rotate(path, clock.now())
        say("made", keys[-1].id)
        gone = [key.id for key in keys[:-1]]
        rotation.retire(path, gone)
        for one in gone:
            say("retired", one)
    for _ in range(times):
        say(rotation.rotate(path, clock.now())[-1].id)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int((sys.argv[3:] or ["1"])[0]))
