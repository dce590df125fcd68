"""What is kept for an owner who is away is still there when guests have been at the kernel."""

from __future__ import annotations

import json

import pytest
from support.channels import Channels
from support.host import Host

from nb_presign.model import Scope


def code(sign):
    """Go on until there is a file, and then print something else."""
    return (
        "import pathlib, time\n"
        f"while not pathlib.Path({str(sign)!r}).exists():\n"
        "    print('going on', flush=True)\n    time.sleep(0.05)\n"
        "print('while away', flush=True)"
    )


@pytest.fixture
def kernel(host: Host):
    """One that nobody has left yet: what is kept for one keeps others from having a place."""
    with host.server.owner() as owner:
        kernel_id = owner.post("api/kernels", json={"name": "python3"}).json()["id"]
        yield kernel_id
        owner.delete(f"api/kernels/{kernel_id}")


@pytest.fixture
def connect(host, kernel):
    opened = []

    def open_as(headers, session_id):
        url = f"{host.server.url}api/kernels/{kernel}/channels?session_id={session_id}"
        opened.append(Channels(url, headers))
        return opened[-1]

    yield open_as
    for each in opened:
        each.socket.shutdown()


@pytest.fixture
def owner(host):
    return {"Authorization": f"token {host.server.token}"}


@pytest.fixture
def sign(tmp_path):
    return tmp_path / "away"


def leave(host, line):
    """Hang up, and return when the server knows it."""
    # It closes the connection before it answers anything that is asked after that.
    line.socket.close(timeout=20)
    with host.server.owner() as owner:
        owner.get("api").raise_for_status()


def hears(line, text, seconds=20):
    for message in line.messages(seconds=seconds):
        found = json.loads(message)
        if found["msg_type"] == "stream" and text in found["content"]["text"]:
            return True
    return False


@pytest.mark.parametrize("scope", [Scope.READ, Scope.EXECUTE])
def test_a_guest_who_comes_while_the_owner_is_away_takes_nothing(
    host, make_guest, connect, owner, sign, scope
):
    first = connect(owner, "owners")
    first.run("1")
    first.execute(code(sign))
    assert hears(first, "going on")
    leave(host, first)
    guest = make_guest(scope)
    watcher = connect(guest.headers, "guests")
    # A socket is open before the server listens to the kernel for it.
    assert hears(watcher, "going on")
    sign.touch()
    # It goes on for the guest, and for the owner it is kept.
    assert hears(watcher, "while away")
    host.revoke(guest)
    watcher.wait_for_hang_up(seconds=20)
    assert hears(connect(owner, "owners"), "while away")


def test_an_owner_who_leaves_a_guest_alone_is_kept_what_comes(
    host, make_guest, connect, owner, sign
):
    first = connect(owner, "owners")
    watcher = connect(make_guest(Scope.READ).headers, "guests")
    first.run("1")
    first.execute(code(sign))
    assert hears(first, "going on")
    assert hears(watcher, "going on")
    leave(host, first)
    sign.touch()
    assert hears(watcher, "while away")
    assert hears(connect(owner, "owners"), "while away")


def test_a_guest_who_is_alone_is_kept_what_comes_too(host, make_guest, connect, sign):
    guest = make_guest(Scope.EXECUTE)
    first = connect(guest.headers, "guests")
    first.run("1")
    first.execute(code(sign))
    assert hears(first, "going on")
    leave(host, first)
    sign.touch()
    assert hears(connect(guest.headers, "guests"), "while away")


def test_guests_are_not_counted(host, kernel, make_guest, connect, owner):
    line = connect(make_guest(Scope.READ).headers, "guests")
    connect(owner, "owners").run("1")
    with host.server.owner() as client:
        assert client.get(f"api/kernels/{kernel}").json()["connections"] == 1
        leave(host, line)
        assert client.get(f"api/kernels/{kernel}").json()["connections"] == 1
