"""Guests' unfinished responses: they end with the session, and nobody else's do."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from support.everything import PROXIED
from support.kinds import ProxiedKind
from support.stream import Stream

from nb_presign.model import Scope

#: More than all buffers on the way hold.
BIG = 48 * 1024 * 1024
#: Seconds, on a machine that does other things, too; `test_figures` measures.
SOON = 3
EVENTS = {"Accept": "text/event-stream"}


@pytest.fixture(scope="module")
def big(house):
    """A file that takes a slow client a while."""
    path = house.server.root / "big.bin"
    path.write_bytes(bytes(range(256)) * (BIG // 256))
    yield "files/big.bin"
    path.unlink()


@pytest.fixture
def stream(house):
    """Open connections as somebody."""
    opened = []

    def connect(**options):
        opened.append(Stream(house.server.url, **options))
        return opened[-1]

    yield connect
    for each in opened:
        each.socket.close()


@pytest.fixture
def owner(house):
    return {"Authorization": f"token {house.server.token}"}


def headers(guest, **more):
    # Jupyter sends files only to pages of its own.
    return {**guest.headers, "Referer": str(guest.client.base_url) + "lab", **more}


def test_a_download_ends_in_the_middle(house, let_in, stream, big):
    guest = let_in(Scope.READ)
    slow = stream(buffer=32768)
    assert slow.ask(big, headers(guest)) == 200
    slow.read(100_000)
    house.revoke(guest)
    took = slow.wait_for_hang_up(seconds=10, pause=0.02)
    assert took < SOON
    assert len(slow.received) < BIG / 2


def test_a_download_ends_with_the_time(let_in, stream, big):
    guest = let_in(Scope.READ, lasts=timedelta(seconds=3))
    slow = stream(buffer=32768)
    assert slow.ask(big, headers(guest)) == 200
    # To read all of it would take longer.
    slow.wait_for_hang_up(seconds=15, pause=0.05)
    assert len(slow.received) < BIG / 2


@pytest.mark.parametrize("query", ["", "?every=0.02"], ids=["idle", "chatty"])
def test_an_event_stream_ends_and_the_owners_goes_on(house, let_in, stream, owner, query):
    guest = let_in(Scope.FULL)
    mine, theirs = stream(), stream()
    for each, who in ((mine, owner), (theirs, headers(guest))):
        assert each.ask(f"{PROXIED}/events{query}", {**who, **EVENTS}) == 200
        each.read(5)
    house.revoke(guest)
    assert theirs.wait_for_hang_up(seconds=5) < SOON
    so_far = len(mine.received)
    if query:
        mine.read(so_far + 500)
    else:
        mine.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            mine.socket.recv(1)


def test_a_long_poll_ends(house, let_in, stream):
    guest = let_in(Scope.FULL)
    waiting = stream()
    # Not as an event stream, so that the proxy waits for all of it.
    app = ProxiedKind(house.server, house.server.root.parent)
    before = app.count("stream-opened")
    waiting.ask(f"{PROXIED}/events", headers(guest), answered=False)
    app.wait_for_another("stream-opened", before)
    house.revoke(guest)
    assert waiting.wait_for_hang_up(seconds=5) < SOON
    assert waiting.received == b""


def test_a_connection_that_a_proxy_shares_is_cut_only_while_it_is_the_guests(
    house, let_in, stream, owner, big
):
    guest = let_in(Scope.READ)
    shared, own = stream(buffer=32768), stream(buffer=32768)
    assert own.ask(big, headers(guest)) == 200
    assert shared.ask("api/status", headers(guest)) == 200
    shared.read(int(shared.headers["content-length"]))
    assert shared.ask(big, owner) == 200
    shared.read(100_000)
    house.revoke(guest)
    own.wait_for_hang_up(seconds=5, pause=0.02)
    shared.read(BIG)


def test_finished_answers_leave_the_connection_open(house, let_in, stream):
    guest = let_in(Scope.READ)
    kept = stream()
    for _ in range(3):
        assert kept.ask("api/status", headers(guest)) == 200
        kept.read(int(kept.headers["content-length"]))
    house.revoke(guest)
    other = let_in(Scope.READ)
    assert kept.ask("api/status", headers(other)) == 200


def test_an_upload_that_is_complete_after_the_end_is_not_kept(house, let_in, stream):
    guest = let_in(Scope.EXECUTE)
    xsrf = guest.client.cookies["_xsrf"]
    cookies = f"{guest.headers['Cookie']}; _xsrf={xsrf}"
    body = b'{"type": "file", "format": "text", "content": "late"}'
    head = (
        "PUT /api/contents/late.txt HTTP/1.1\r\nContent-Type: application/json\r\n"
        f"Host: {urlsplit(house.server.url).netloc}\r\n"
        f"Cookie: {cookies}\r\nX-XSRFToken: {xsrf}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    outcomes = []
    for ended in (False, True):
        slow = stream()
        slow.socket.sendall(head.encode() + body[:10])
        if ended:
            with house.server.owner() as owner:
                owner.delete(f"nb-presign/api/sessions/{guest.session.id}")
        slow.socket.sendall(body[10:])
        outcomes.append(int(slow.socket.recv(100).split()[1]))
        if not ended:
            (house.server.root / "late.txt").unlink()
    assert outcomes == [201, 403]
    assert not (house.server.root / "late.txt").exists()


def test_an_app_behind_a_proxy_is_hung_up_with_the_stream(house, let_in, stream):
    guest, kind = let_in(Scope.FULL), ProxiedKind(house.server, house.server.root.parent)
    theirs = stream()
    address = f"{PROXIED}/events?every=0.02"
    assert theirs.ask(address, headers(guest, **EVENTS)) == 200
    theirs.read(5)
    before = kind.count("stream-closed")
    house.revoke(guest)
    theirs.wait_for_hang_up(seconds=5)
    kind.wait_for_another("stream-closed", before)
