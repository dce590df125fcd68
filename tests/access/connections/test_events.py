"""What guests hear on the events socket, and that nobody hears them."""

from __future__ import annotations

import json

import pytest
from support.channels import Line
from support.kinds import KernelKind

from nb_presign.model import Narrowing, Scope

CONTENTS = "https://events.jupyter.org/jupyter_server/contents_service/v1"
KERNELS = "https://events.jupyter.org/jupyter_server/kernel_actions/v1"
OURS = "https://nb-presign.readthedocs.io/events/"


@pytest.fixture(scope="module")
def kernel(house):
    """A kernel that something can be done to."""
    found = KernelKind(house.server, house.server.root.parent)
    found.prepare()
    return found.kernel_id


@pytest.fixture
def listen(house):
    """Subscribe to events as somebody."""
    lines = []

    def subscribe(headers):
        lines.append(Line(f"{house.server.url}api/events/subscribe", headers))
        return lines[-1]

    yield subscribe
    for line in lines:
        line.socket.shutdown()


@pytest.fixture
def owner(house, listen):
    return listen({"Authorization": f"token {house.server.token}"})


def stir(house, kernel):
    """Do what contents, kernels and nb_presign itself tell of, and then a last thing."""
    with house.server.owner() as owner:
        link = owner.post("nb-presign/api/links", json={"target": "jupyter:."})
        assert link.status_code == 201, link.text
        owner.post(f"api/kernels/{kernel}/interrupt").raise_for_status()
        owner.put("api/contents/last.txt", json={"type": "file", "format": "text", "content": "x"})


def heard(line, *, until="last.txt"):
    """Read events until the last thing; returns the ids of their schemas."""
    found = []
    for message in line.messages(seconds=10):
        event = json.loads(message)
        found.append(event["schema_id"])
        if event.get("path") == until:
            return set(found)
    return set(found)


@pytest.mark.parametrize("scope", list(Scope))
def test_a_guest_hears_of_contents_and_kernels_and_never_of_other_guests(
    house, let_in, listen, owner, kernel, scope
):
    guest = listen(let_in(scope).headers)
    stir(house, kernel)
    assert heard(guest) == {CONTENTS, KERNELS}
    assert {CONTENTS, KERNELS, f"{OURS}link/v1"} <= heard(owner)


def test_a_narrowed_guest_hears_nothing(house, let_in, listen, owner, kernel):
    narrowing = Narrowing("pub/own.ipynb", "")
    guest = listen(let_in(Scope.EXECUTE, narrowing=narrowing).headers)
    stir(house, kernel)
    heard(owner)
    assert list(guest.messages(seconds=0.3)) == []


@pytest.mark.parametrize("scope", list(Scope))
def test_what_a_guest_says_is_dropped(house, let_in, listen, owner, kernel, scope):
    guest = listen(let_in(scope).headers)
    event = {"schema_id": CONTENTS, "version": "1", "data": {"action": "get", "path": "forged"}}
    guest.socket.send(json.dumps(event))
    guest.socket.send_binary(json.dumps(event).encode())
    guest.socket.ping(b"data")
    guest.socket.pong(b"data")
    stir(house, kernel)
    # The connection is open, for tornado would have closed it: its handler takes no messages.
    assert CONTENTS in heard(guest)
    heard(owner)
    assert "forged" not in house.server.logged()


def test_after_the_end_nothing_is_heard(house, let_in, listen, owner, kernel):
    guest = let_in(Scope.READ)
    line = listen(guest.headers)
    stir(house, kernel)
    heard(line)
    # What comes late of it.
    list(line.messages(seconds=0.3))
    with house.server.owner() as client:
        client.delete(f"nb-presign/api/sessions/{guest.session.id}")
    stir(house, kernel)
    assert list(line.messages(seconds=3)) == []
    heard(owner)
