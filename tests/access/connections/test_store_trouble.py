"""What becomes of open connections when the store says nothing, or something about others."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager

import pytest
from support.deaf_store import deaf
from support.kinds import KernelKind, ProxiedKind
from support.stream import Stream

from nb_presign.access.connections.sockets import GRACE_SECONDS, UNSURE_CODE
from nb_presign.access.entry.book import POLL_SECONDS, STALE_SECONDS
from nb_presign.model import Scope
from nb_presign.store.engine import BUSY_SECONDS

#: From the store's last word to the end of the last connection; a second for busy machines.
BOUND = STALE_SECONDS + 2 * POLL_SECONDS + GRACE_SECONDS + 1


@pytest.fixture
def store_file(house):
    return house.server.root.parent / "data" / "nb_presign" / "store.sqlite"


@pytest.fixture
def kernel(house):
    found = KernelKind(house.server, house.server.root.parent)
    found.prepare()
    yield found
    found.clean()


@pytest.fixture
def proxied(house):
    found = ProxiedKind(house.server, house.server.root.parent)
    yield found
    found.clean()


def test_a_store_that_stops_answering_ends_guests_and_not_the_owner(
    house, let_in, kernel, store_file
):
    owner, guest = kernel.owner(), let_in(Scope.FULL)
    line = kernel.open(guest.headers)
    kernel.mark(line, "before-deaf")
    download = Stream(house.server.url)
    assert download.ask("tiny/events", {**guest.headers, "Accept": "text/event-stream"}) == 200
    with deaf(store_file):
        took = line.wait_for_hang_up(seconds=10)
        assert took < BOUND
        # The session may live on: a page goes on trying, and does not say that it is over.
        assert line.closed_with == UNSURE_CODE
        assert guest.client.get("api/me").status_code == 503
        assert guest.client.get("api/status").status_code == 403
        download.wait_for_hang_up(seconds=1)
        began = time.monotonic()
        kernel.mark(owner, "owner-deaf")
        with house.server.owner() as client:
            assert client.get("api/status").status_code == 200
        # Nobody waits on the event loop for as long as the store does for its locks.
        assert time.monotonic() - began < BUSY_SECONDS / 2
    download.socket.close()
    # The store answers again, and the session was never over.
    deadline = time.monotonic() + 30
    while guest.client.get("api/status").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    kernel.mark(kernel.open(guest.headers), "after-deaf")


def test_a_short_silence_of_the_store_ends_nobody(let_in, proxied, store_file):
    line = proxied.open(let_in(Scope.FULL).headers)
    proxied.mark(line, "before-silence")
    with deaf(store_file):
        time.sleep(0.4)  # the silence itself: shorter than the second that counts
    proxied.mark(line, "after-silence")


@contextmanager
def others_come_and_go(house):
    """Let guests in and revoke them again, many times a second."""
    stop, ended = threading.Event(), []

    def keep_on():
        while not stop.is_set():
            guest = house.guest(Scope.READ)
            house.revoke(guest)
            guest.client.close()
            ended.append(guest)

    thread = threading.Thread(target=keep_on)
    thread.start()
    try:
        yield ended
    finally:
        stop.set()
        thread.join()


def test_revocations_of_others_lose_and_reorder_nothing(house, let_in, proxied, kernel):
    line = proxied.open(let_in(Scope.FULL).headers)
    watcher = kernel.open(let_in(Scope.READ).headers)
    owner = kernel.owner()
    with others_come_and_go(house) as ended:
        asked = owner.execute(
            "import time\nfor i in range(200):\n    print(i, flush=True)\n    time.sleep(0.01)"
        )
        made = []
        while len(made) < 400 or len(ended) <= 5:
            made.append(f"frame-{len(made)}")
            proxied.make(line, made[-1])
            time.sleep(0.005)
        echoed = []
        for message in line.messages(seconds=20):
            echoed.append(message)
            if len(echoed) == len(made):
                break
        owner.wait_for("execute_reply", asked)
    assert echoed == made
    written = [m for m in proxied.file.read_text().split() if m.startswith("frame-")]
    assert written == echoed
    printed = ""
    for found in map(json.loads, watcher.messages(seconds=20)):
        if found["parent_header"].get("msg_id") != asked:
            continue
        printed += found["content"].get("text", "")
        if found["content"].get("execution_state") == "idle":
            break
    assert printed.split() == [str(number) for number in range(200)]
