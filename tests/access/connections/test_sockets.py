"""Guests' WebSockets on a real server, with a client that ignores the close."""

from __future__ import annotations

from datetime import timedelta

import pytest
import websocket
from support.channels import V1, Channels

from nb_presign.access.connections.sockets import CLOSE_CODE
from nb_presign.model import Narrowing, Scope


@pytest.fixture(scope="module")
def kernel(host):
    """A kernel that the owner started."""
    with host.server.owner() as owner:
        kernel_id = owner.post("api/kernels", json={"name": "python3"}).json()["id"]
        yield kernel_id
        owner.delete(f"api/kernels/{kernel_id}")


@pytest.fixture
def connect(host, kernel):
    """Open that kernel's channels as somebody."""
    opened = []

    def open_as(headers, kernel_id=kernel, session_id="", **options):
        query = f"?session_id={session_id}" if session_id else ""
        url = f"{host.server.url}api/kernels/{kernel_id}/channels{query}"
        opened.append(Channels(url, headers, **options))
        return opened[-1]

    yield open_as
    for each in opened:
        each.socket.shutdown()


@pytest.fixture
def owner(host, connect):
    return connect({"Authorization": f"token {host.server.token}"})


def run(channels, code):
    channels.wait_for("execute_reply", channels.execute(code))


def let_see(owner, watcher):
    """Run code as the owner until the other one, who subscribes meanwhile, has seen some."""
    watcher.socket.settimeout(1)
    for _ in range(20):
        run(owner, "print('seen by the guest')")
        try:
            return watcher.socket.recv_frame().data
        except websocket.WebSocketTimeoutException:
            continue
    raise AssertionError("nothing was seen")


def test_a_guest_cannot_take_the_owners_place_at_a_kernel(host, make_guest, connect):
    # Connecting with somebody's session id takes over from them (jupyter_server 2.21); whoever
    # watches a kernel reads it in the messages that come by.
    owner = connect({"Authorization": f"token {host.server.token}"}, session_id="owners")
    run(owner, "1")
    guest = connect(make_guest(Scope.READ).headers, session_id="owners")
    let_see(owner, guest)
    run(owner, "2")


def test_a_guest_who_comes_back_keeps_their_own_place(make_guest, connect):
    guest = make_guest(Scope.EXECUTE)
    first = connect(guest.headers, session_id="mine")
    run(first, "1")
    second = connect(guest.headers, session_id="mine")
    run(second, "2")
    first.wait_for_close(seconds=20)
    # The server waits five seconds for who says nothing to that.
    first.socket.send_close()
    first.wait_for_hang_up(seconds=20)


def test_an_execute_guest_runs_code(make_guest, connect, tmp_path):
    guest = connect(make_guest(Scope.EXECUTE).headers)
    run(guest, f"open({str(tmp_path / 'made')!r}, 'w').close()")
    assert (tmp_path / "made").exists()


@pytest.mark.parametrize(("encoding", "protocol"), [("text", ""), ("binary", ""), ("v1", V1)])
def test_a_read_guest_watches_and_nothing_they_send_has_an_effect(
    make_guest, connect, owner, tmp_path, encoding, protocol
):
    guest = connect(make_guest(Scope.READ).headers, protocol=protocol)
    code = f"open({str(tmp_path / 'made')!r}, 'w').close()"
    guest.execute(code, encoding=encoding)
    guest.send("control", "shutdown_request", {"restart": False}, encoding=encoding)
    assert let_see(owner, guest)
    guest.execute(code, encoding=encoding)
    run(owner, "1")
    run(owner, "2")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(("encoding", "protocol"), [("text", ""), ("binary", ""), ("v1", V1)])
def test_these_encodings_do_reach_the_kernel_for_those_who_may(
    make_guest, connect, owner, tmp_path, encoding, protocol
):
    guest = connect(make_guest(Scope.EXECUTE).headers, protocol=protocol)
    guest.execute(f"open({str(tmp_path / 'made')!r}, 'w').close()", encoding=encoding)
    for _ in range(100):
        run(owner, "1")
        if (tmp_path / "made").exists():
            return
    raise AssertionError("the frame had no effect")


def test_revocation_by_another_process_cuts_a_client_that_ignores_the_close(
    host, make_guest, connect, owner
):
    guest = make_guest(Scope.EXECUTE)
    channels = connect(guest.headers)
    run(channels, "1")
    host.revoke(guest)
    took = channels.wait_for_hang_up(seconds=5)
    assert channels.closed_with == CLOSE_CODE
    # A look each 0.25 s, 0.05 s of grace, and ten times that for two busy cores.
    assert took < 3
    run(owner, "2")


def test_revocation_in_the_server_stops_the_very_next_frame(
    host, make_guest, connect, owner, tmp_path
):
    guest = make_guest(Scope.EXECUTE)
    channels = connect(guest.headers)
    run(channels, "1")
    with host.server.owner() as client:
        answer = client.delete(f"nb-presign/api/sessions/{guest.session.id}")
    assert answer.status_code == 200, answer.text
    channels.execute(f"open({str(tmp_path / 'made')!r}, 'w').close()")
    channels.wait_for_hang_up(seconds=5)
    run(owner, "2")
    assert not (tmp_path / "made").exists()


def test_frames_sent_after_the_end_have_no_effect(host, make_guest, connect, owner, tmp_path):
    guest = make_guest(Scope.EXECUTE)
    channels = connect(guest.headers)
    run(channels, "1")
    host.revoke(guest)
    while channels.socket.recv_frame().opcode != websocket.ABNF.OPCODE_CLOSE:
        pass
    channels.execute(f"open({str(tmp_path / 'made')!r}, 'w').close()")
    channels.wait_for_hang_up(seconds=5)
    run(owner, "2")
    assert not (tmp_path / "made").exists()


def test_the_end_of_the_session_cuts_a_silent_socket(make_guest, connect):
    guest = make_guest(Scope.READ, lasts=timedelta(seconds=3))
    channels = connect(guest.headers)
    channels.wait_for_hang_up(seconds=10)
    assert channels.closed_with == CLOSE_CODE


@pytest.fixture
def notebook(host, kernel):
    """That kernel's notebook, opened by the owner: the id of its Jupyter session."""
    body = {"path": "pub/own.ipynb", "name": "", "type": "notebook", "kernel": {"id": kernel}}
    with host.server.owner() as owner:
        yield owner.post("api/sessions", json=body).json()["id"]


def test_a_narrowed_guest_opens_their_kernel_only(host, make_guest, connect, kernel, notebook):
    with host.server.owner() as client:
        other = client.post("api/kernels", json={"name": "python3"}).json()["id"]
        own = make_guest(Scope.EXECUTE, narrowing=Narrowing("pub/own.ipynb", kernel, notebook))
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            connect(own.headers, kernel_id=other)
        assert refused.value.status_code == 403
        run(connect(own.headers), "1")
        client.delete(f"api/kernels/{other}")


def test_a_notebook_that_moves_out_of_a_narrowing_takes_its_kernel_along(
    host, make_guest, connect, owner, notebook
):
    guest = connect(make_guest(Scope.EXECUTE, narrowing=Narrowing("pub")).headers)
    run(guest, "1")
    with host.server.owner() as client:
        moved = client.patch(f"api/sessions/{notebook}", json={"path": "priv/own.ipynb"})
        assert moved.status_code == 200
    guest.wait_for_hang_up(seconds=5)
    assert guest.closed_with == CLOSE_CODE
    run(owner, "2")


def test_a_page_of_another_site_opens_no_socket_with_a_guests_cookie(host, make_guest, connect):
    headers = make_guest(Scope.READ).headers
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        connect(headers, origin="https://evil.example")
    assert refused.value.status_code == 403
    connect(headers, origin=host.server.url.rstrip("/"))
