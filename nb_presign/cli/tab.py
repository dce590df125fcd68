"""What a Tab in a shell offers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from jupyter_core.paths import jupyter_runtime_dir

from nb_presign.blocking import background
from nb_presign.cli.connecting import connections
from nb_presign.clock import SystemClock
from nb_presign.commands.completion.completion import Completer
from nb_presign.commands.completion.remembered import Memory
from nb_presign.commands.connections import Connect


def complete(words: Sequence[str], connect: Connect | None, *, wait: float) -> Iterable[str]:
    """Tell what the last word could become, for the shells' scripts; `wait` is in seconds."""
    memory = Memory(Path(jupyter_runtime_dir()), SystemClock())
    with connections(connect) as kept:
        completer = Completer(kept, memory=memory)
        if completer.asks(words):
            # Its second would be taken from the servers' time.
            from nb_presign.bootstrap import connecting  # noqa: PLC0415, F401
        return background.run(completer.complete(words, wait=wait))
