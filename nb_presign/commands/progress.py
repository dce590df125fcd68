"""How a verb that takes long is going: told on its event loop, read by whoever waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar

from nb_presign.blocking import background

T = TypeVar("T")

#: Seconds after which a person is told that something still goes on.
QUIET_FOR = 1.0


@dataclass(frozen=True, slots=True)
class Step:
    """Where it stands: a sentence, and what of it changes by the second."""

    text: str
    detail: str = ""
    #: Worth keeping on the screen when all is done.
    lasting: bool = False

    def __str__(self) -> str:
        return f"{self.text} {self.detail}".strip()


#: What a person sees who has not been told anything yet.
ASKING = Step("Asking …")


class Screen(Protocol):
    """Shows steps to a person."""

    def show(self, step: Step) -> None:
        """Show a step in place of the one before."""
        ...

    def clear(self) -> None:
        """Take away what is not lasting."""
        ...


class Progress:
    """Takes steps from a verb to whoever waits for it; for two threads."""

    def __init__(self) -> None:
        self._steps: SimpleQueue[Step | None] = SimpleQueue()
        #: What goes on when the wait is broken off, as a sentence; empty: nothing.
        self.left_behind = ""
        self._task: asyncio.Task[Any] | None = None

    async def follow(self, begin: Callable[[Progress], Coroutine[Any, Any, T]]) -> T:
        """Do what is told of here."""
        self._task = asyncio.current_task()
        return await begin(self)

    def cancel(self) -> None:
        """Break it off; on its event loop."""
        if self._task is not None:
            self._task.cancel()

    def tell(self, step: Step) -> None:
        """Say where it stands."""
        self._steps.put(step)

    def end(self) -> None:
        """Say that it is over."""
        self._steps.put(None)

    def steps(self) -> Iterator[Step]:
        """Go through the steps as they are told, until the end; waits.

        Where none comes for a second, the last one is said again: it still goes on.
        """
        last = ASKING
        while True:
            # Not without end: a signal that comes just before a wait does not end it.
            try:
                step = self._steps.get(timeout=QUIET_FOR)
            except Empty:
                yield last
                continue
            if step is None:
                return
            yield step
            last = step


def attend(begin: Callable[[Progress], Coroutine[Any, Any, T]], screen: Screen) -> T:
    """Run a verb in the background to its end, and show how it goes.

    Ctrl-C cancels it, and is raised again with what goes on after all as its text.
    """
    progress = Progress()
    try:
        future = background.start(progress.follow(begin))
        future.add_done_callback(lambda _: progress.end())
        for step in progress.steps():
            screen.show(step)
        return future.result()
    except KeyboardInterrupt:
        raise KeyboardInterrupt(progress.left_behind) from None
    finally:
        # Ctrl-C may come before this thread has the future, but not before the loop has the task:
        # its first step stands in the queue before this, and one hop is to be behind it. What is
        # done already stays as it is.
        background.loop.call_soon_threadsafe(background.loop.call_soon, progress.cancel)
        screen.clear()
