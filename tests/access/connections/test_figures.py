"""How often a frame of an ended guest has an effect, and how long connections live on.

The same is done to a server that ends guests by closing their sockets, as one would at first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from statistics import median

import pytest
import websocket
from support.everything import PROXIED
from support.host import Host
from support.kinds import KINDS, ProxiedKind
from support.servers import RunningServer
from support.stream import Stream
from support.tally import Tally, record

from nb_presign.model import Scope

BASELINE = "a server that only closes the sockets"
#: Seconds for which a guest keeps sending.
SENDING = 0.4
#: Trials of each kind. The baseline shows the same nearly each time and takes longer: a fourth of
#: them, and then more until it has shown it, at most so many.
FEW, MANY = 2, 40
ENOUGH = 40
#: Seconds that a connection may live on: half a second, and four times that on a machine that does
#: all kinds of tests at once. The former is asked of many by themselves (`faults`).
PROMISED, BUSY = 0.5, 2.0
_GONE = (ConnectionError, websocket.WebSocketConnectionClosedException)


@dataclass
class Side:
    """One of the two servers: how guests come in, and how they are ended."""

    server: RunningServer
    headers: Mapping[str, str]
    #: Ends the guest in the server, by its owner; returns once that is done.
    end: Callable[[], object]
    #: Ends the guest from another process.
    revoke: Callable[[], object]


@contextmanager
def guarded(house: Host) -> Iterator[Side]:
    guest = house.guest(Scope.FULL)
    with house.server.owner() as owner:
        place = f"nb-presign/api/sessions/{guest.session.id}"
        headers = {**guest.headers, "Referer": f"{house.server.url}lab"}
        yield Side(house.server, headers, lambda: owner.delete(place), lambda: house.revoke(guest))
    guest.client.close()


@contextmanager
def unguarded(server: RunningServer) -> Iterator[Side]:
    with server.owner() as owner:
        headers = {"Cookie": "guest=1", "Referer": f"{server.url}lab"}
        end = lambda: owner.post("naive/end")  # noqa: E731  # two names for one thing
        yield Side(server, headers, end, end)
        owner.post("naive/begin")


@dataclass
class Found:
    """What was seen in all trials of one side."""

    sent: int = 0
    effects: int = 0
    lived: list[float] = field(default_factory=list)

    def late(self, limit: float) -> int:
        return sum(each >= limit for each in self.lived)

    @property
    def times(self) -> str:
        return f"median {median(self.lived):.2f} s, slowest {max(self.lived):.2f} s"


def frames_after_the_end(side: Side, kind_of, number: int, found: Found) -> None:
    """End a guest who keeps sending, and count which of the later frames had an effect."""
    kind = kind_of(side.server, side.server.root.parent)
    kind.prepare()
    try:
        owner, line = kind.owner(), kind.open(side.headers)
        kind.mark(line, f"before-{number}")
        assert side.end().status_code in {200, 204}
        ended = time.monotonic()
        with suppress(*_GONE):
            while time.monotonic() - ended < SENDING:
                # Counted first: what breaks while it is sent may have arrived.
                found.sent += 1
                kind.make(line, f"after-{number}-{found.sent}")
                time.sleep(0.002)  # or the server, on the same processor, reads none of it
        kind.mark(owner, f"owner-{number}")
        # A terminal shows what is typed as well as what comes of it.
        found.effects += len({mark for mark in kind.marks() if mark.startswith(f"after-{number}-")})
    finally:
        kind.clean()


def life_after_revocation(side: Side, kind_of, found: Found, limit: float) -> None:
    """Revoke a guest who says nothing, and time the connection, up to the limit."""
    kind = kind_of(side.server, side.server.root.parent)
    kind.prepare()
    try:
        line = kind.open(side.headers)
        # An effect says that the server has opened its end of it too.
        kind.mark(line, f"open-{len(found.lived)}")
        side.revoke()
        found.lived.append(lived(line.wait_for_hang_up, limit))
    finally:
        kind.clean()


def lived(wait: Callable[..., float], limit: float) -> float:
    try:
        return wait(seconds=limit)
    except AssertionError:
        return limit


RESPONSES = {
    "download": ("files/big.bin", {}),
    "idle event stream": (f"{PROXIED}/events", {"Accept": "text/event-stream"}),
    "chatty event stream": (f"{PROXIED}/events?every=0.02", {"Accept": "text/event-stream"}),
    "long poll": (f"{PROXIED}/events", {}),
}


def responses_after_revocation(side: Side, names: list[str], found: list[Found], limit) -> None:
    """Revoke a guest while these are on their way to them, and time each."""
    with ExitStack() as stack:
        streams = [begun(side, name, stack) for name in names]
        # Time for the guard to know of them: nothing says when it does.
        time.sleep(0.05)
        side.revoke()
        threads = stack.enter_context(ThreadPoolExecutor(len(names)))
        waits = [
            threads.submit(lived, partial(s.wait_for_hang_up, pause=0.02), limit) for s in streams
        ]
        for each, wait in zip(found, waits, strict=True):
            each.lived.append(wait.result())


def begun(side: Side, name: str, stack: ExitStack) -> Stream:
    """Ask for a response of this name, and wait until it has begun."""
    path, more = RESPONSES[name]
    stream = Stream(side.server.url, buffer=32768)
    stack.callback(stream.socket.close)
    answered = name != "long poll"
    app = ProxiedKind(side.server, side.server.root.parent)
    before = app.count("stream-opened")
    stream.ask(path, {**side.headers, **more}, answered=answered)
    if not answered:
        app.wait_for_another("stream-opened", before)
    return stream


@pytest.fixture(scope="module")
def both(house, naive):
    for server in (house.server, naive):
        (server.root / "big.bin").write_bytes(bytes(32 * 1024 * 1024))
    return (lambda: guarded(house)), (lambda: unguarded(naive))


def of_baseline(times: int, shown: Callable[[], bool]) -> Iterator[int]:
    """Count a baseline's trials."""
    for number in range(ENOUGH):
        if number >= max(1, times // 4) and shown():
            return
        yield number


def compare_frames(both, kind_of, times):
    ours, base = Found(), Found()
    trials = range(times), of_baseline(times, lambda: base.effects > 0)
    for each, begin, numbers in zip((ours, base), both, trials, strict=True):
        for number in numbers:
            with begin() as side:
                frames_after_the_end(side, kind_of, number, each)
    what = f"frames of an ended guest that had an effect, {kind_of.name}"
    record(Tally(what, ours.effects, ours.sent, BASELINE, base.effects, base.sent))
    assert ours.sent >= times


def compare_lives(both, names, measure, times, limit):
    """Measure what is called so, all at once, on both sides."""
    found, naively = ([Found() for _ in names] for _ in both)
    trials = range(times), of_baseline(times, lambda: all(each.late(limit) for each in naively))
    for each, begin, numbers in zip((found, naively), both, trials, strict=True):
        for _ in numbers:
            with begin() as side:
                measure(side, each, limit)
    for name, ours, base in zip(names, found, naively, strict=True):
        what = f"{name}s open {limit} s after a revocation by another process ({ours.times})"
        record(Tally(what, ours.late(limit), times, BASELINE, base.late(limit), len(base.lived)))


def sockets_of(kind_of):
    return lambda side, found, limit: life_after_revocation(side, kind_of, found[0], limit)


def compare_responses(both, names, times, limit):
    def measure(side, found, limit):
        responses_after_revocation(side, names, found, limit)

    compare_lives(both, names, measure, times, limit)


by_kind = pytest.mark.parametrize("kind_of", KINDS, ids=lambda kind: kind.name)
by_response = pytest.mark.parametrize("name", RESPONSES)


@by_kind
def test_frames_after_the_end(both, kind_of):
    compare_frames(both, kind_of, FEW)


@by_kind
@pytest.mark.faults
@pytest.mark.timeout(900)
def test_many_frames_after_the_end(both, kind_of):
    compare_frames(both, kind_of, MANY)


@by_kind
@pytest.mark.faults
@pytest.mark.timeout(900)
def test_how_long_many_sockets_live_on(both, kind_of):
    compare_lives(both, [f"{kind_of.name} socket"], sockets_of(kind_of), MANY, PROMISED)


def test_how_long_sockets_live_on(both):
    kind_of = KINDS[-1]
    compare_lives(both, [f"{kind_of.name} socket"], sockets_of(kind_of), 2 * FEW, BUSY)


def test_how_long_responses_live_on(both):
    compare_responses(both, list(RESPONSES), FEW, BUSY)


@by_response
@pytest.mark.faults
@pytest.mark.timeout(900)
def test_how_long_many_responses_live_on(both, name):
    compare_responses(both, [name], MANY, PROMISED)
