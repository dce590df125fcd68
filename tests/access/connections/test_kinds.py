"""Guests on every kind of socket, with a client that ignores the close and keeps sending."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone
from time import sleep

import pytest
import websocket
from support.kinds import ProxiedKind, TerminalKind

from nb_presign.access.connections.sockets import CLOSE_CODE
from nb_presign.model import Scope

#: Seconds that a connection may live on: what is promised, and on a machine that does all kinds of
#: tests at once.
PROMISED, BUSY = 0.5, 2.0
GONE = (ConnectionError, websocket.WebSocketConnectionClosedException)


def end(house, guest):
    """End a session as its owner does, in the server."""
    with house.server.owner() as owner:
        answer = owner.delete(f"nb-presign/api/sessions/{guest.session.id}")
        assert answer.status_code == 200, answer.text


def refused(kind, headers, **options):
    with pytest.raises(websocket.WebSocketBadStatusException) as found:
        kind.open(headers, **options)
    return found.value.status_code


def test_a_guest_works_beside_the_owner(kind, let_in):
    owner, guest = kind.owner(), kind.open(let_in(Scope.FULL).headers)
    kind.mark(guest, "guest-1")
    kind.mark(owner, "owner-1")


def test_nothing_that_is_sent_after_the_end_has_an_effect(house, kind, let_in):
    owner, guest = kind.owner(), let_in(Scope.FULL)
    line = kind.open(guest.headers)
    kind.mark(line, "before-2")
    end(house, guest)
    with suppress(*GONE):
        for number in range(30):
            kind.make(line, f"after-{number}")
    line.wait_for_hang_up(seconds=4)
    assert line.closed_with == CLOSE_CODE
    # What comes after them is done after them.
    kind.mark(owner, "owner-2")
    assert not [mark for mark in kind.marks() if mark.startswith("after")]


def test_revocation_by_another_process_can_cut_within_half_a_second(house, kind, let_in):
    owner = kind.owner()
    # Once in six times also on a machine that does other things, too.
    for _ in range(6):
        guest = let_in(Scope.FULL)
        line = kind.open(guest.headers)
        kind.mark(line, "before-3")
        house.revoke(guest)
        took = line.wait_for_hang_up(seconds=4)
        assert line.closed_with == CLOSE_CODE
        assert took < BUSY
        if took < PROMISED:
            break
    assert took < PROMISED
    kind.mark(owner, "owner-3")


def test_the_end_of_the_time_stops_frames_that_keep_coming(house, let_in):
    # Time is looked at before any kind is: one that waits for a thread, and one that does not.
    kinds = [kind(house.server, house.server.root.parent) for kind in (TerminalKind, ProxiedKind)]
    for kind in kinds:
        kind.prepare()
    owners = [kind.owner() for kind in kinds]
    guest = let_in(Scope.FULL, lasts=timedelta(seconds=8))
    lines = {kind.name: (kind, kind.open(guest.headers)) for kind in kinds}
    for kind, line in lines.values():
        kind.mark(line, "before-4")
    end, number = guest.session.expires_at, 0
    while lines and datetime.now(timezone.utc) < end + timedelta(seconds=20):
        number += 1
        for name, (kind, line) in [*lines.items()]:
            late = datetime.now(timezone.utc) >= end
            try:
                kind.make(line, f"late-{number}" if late else f"in-time-{number}")
            except GONE:
                del lines[name]
        sleep(0.02)
    assert datetime.now(timezone.utc) < end + timedelta(seconds=10)
    for kind, owner in zip(kinds, owners, strict=True):
        kind.mark(owner, "owner-4")
        assert any(mark.startswith("in-time") for mark in kind.marks())
        assert not [mark for mark in kind.marks() if mark.startswith("late")]
        kind.clean()


def test_the_owner_beside_a_guest_who_is_cut_goes_on(house, kind, let_in):
    owner, guest = kind.owner(), let_in(Scope.FULL)
    line = kind.open(guest.headers)
    kind.mark(line, "before-5")
    house.revoke(guest)
    # All the time, before, while and after the guest is cut.
    for number in range(30):
        kind.make(owner, f"owner-5-{number}")
        sleep(0.02)
    line.wait_for_hang_up(seconds=4)
    kind.mark(owner, "owner-5-last")
    assert {f"owner-5-{number}" for number in range(30)} <= kind.marks()


def test_a_page_of_another_site_opens_none(house, kind, let_in):
    headers = let_in(Scope.FULL).headers
    # Another port of this host is another site, too.
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        assert refused(kind, headers, origin=origin) == 403
    kind.open(headers, origin=house.server.url.rstrip("/"))


@pytest.mark.parametrize("scope", list(Scope))
def test_who_may_open_it(kind, let_in, scope):
    headers = let_in(scope).headers
    order = list(Scope)
    if order.index(scope) < order.index(kind.least):
        assert refused(kind, headers) == 403
    else:
        kind.open(headers)


def test_what_is_behind_a_proxy_is_hung_up_too(house, let_in):
    kind = ProxiedKind(house.server, house.server.root.parent)
    owner, guest = kind.owner(), let_in(Scope.FULL)
    line = kind.open(guest.headers)
    kind.mark(line, "before-6")
    line.socket.ping(b"data-of-a-ping")
    kind.wait_for("data-of-a-ping")
    closed = kind.count("closed")
    end(house, guest)
    line.socket.ping(b"data-of-a-late-ping")
    line.wait_for_hang_up(seconds=4)
    kind.wait_for_another("closed", closed)
    kind.mark(owner, "owner-6")
    assert kind.count("closed") == closed + 1
    assert "data-of-a-late-ping" not in kind.marks()
    kind.clean()
