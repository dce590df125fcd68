"""People who do one thing again and again while something is done, and note how long it took."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
from support.channels import Channels
from support.kinds import KernelKind
from support.servers import RunningServer

#: Nobody waits longer for the event loop, seconds, however busy this machine is.
LONGEST = 1.0


class Onlooker:
    """Does one thing again and again in a thread, and notes how long it took."""

    def __init__(self, name: str, act: Callable[[], None], *, every: float) -> None:
        self.name = name
        self.waits: list[float] = []
        self.trouble: list[str] = []
        self._act = act
        self._every = every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(60)

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            began = time.monotonic()
            try:
                self._act()
            except Exception as error:  # noqa: BLE001  # told by the test, not by the thread
                self.trouble.append(repr(error))
            self.waits.append(time.monotonic() - began)


@contextmanager
def looking_on(
    server: RunningServer, kernel: KernelKind | None
) -> Iterator[dict[str, list[float]]]:
    """Let the owner work until the block ends, and somebody feel the pulse of the event loop.

    What they waited is there at the end; that something was refused to them fails the test.
    """
    waits: dict[str, list[float]] = {}
    with server.owner() as owner, server.stranger() as stranger:
        acts = {
            "pulse": (lambda: _expect(stranger.get("api")), 0.02),
            "contents": (lambda: _expect(owner.get("api/contents")), 0.05),
        }
        line = kernel.owner() if kernel else None
        if isinstance(line, Channels):
            acts["kernel"] = (lambda: _echo(line), 0.05)
        onlookers = [Onlooker(name, act, every=every) for name, (act, every) in acts.items()]
        for each in onlookers:
            each.start()
        try:
            yield waits
        finally:
            for each in onlookers:
                each.stop()
                waits[each.name] = each.waits
            if line:
                line.socket.shutdown()
    for each in onlookers:
        assert each.trouble == [], (each.name, each.trouble[:3])


def _expect(answer: httpx.Response) -> None:
    assert answer.status_code == 200, answer.status_code


def _echo(line: Channels) -> None:
    # Lines answer no pings by themselves, and Jupyter hangs up on who answers none for a while.
    line.socket.pong()
    line.wait_for("kernel_info_reply", line.send("shell", "kernel_info_request", {}))
