"""Guests beside an owner at one kernel: who is asked for input, and who may answer."""

from __future__ import annotations

import json
import struct

import pytest
import websocket
from support.channels import V1, Channels
from support.kinds import KernelKind

from nb_presign.model import Scope

ENCODINGS = [("text", ""), ("binary", ""), ("v1", V1)]


@pytest.fixture(scope="module")
def running(house):
    found = KernelKind(house.server, house.server.root.parent)
    found.prepare()
    yield found
    found.clean()


@pytest.fixture
def kernel(running):
    """One kernel for all tests, at which nobody is left of the one before."""
    yield running
    while running.lines:
        running.lines.pop().socket.shutdown()


@pytest.fixture
def owner(kernel):
    return kernel.owner()


def answered(kernel, owner, reply):
    """Let the owner be asked, somebody reply, then the owner; returns whose answer it was."""
    asked = owner.execute("answer = input('Who? ')", stdin=True)
    request = owner.wait_for("input_request", asked)
    assert request["content"]["prompt"] == "Who? "
    reply()
    owner.send("stdin", "input_reply", {"value": "owner"})
    owner.wait_for("execute_reply", asked)
    owner.run(f"open({str(kernel.file)!r}, 'w').write(answer + '|')")
    return kernel.file.read_text().rstrip("|")


@pytest.mark.parametrize(("encoding", "protocol"), ENCODINGS)
def test_a_read_guest_answers_no_prompt_of_the_owners(kernel, owner, let_in, encoding, protocol):
    guest = kernel.open(let_in(Scope.READ).headers, protocol=protocol)

    def reply():
        guest.send("stdin", "input_reply", {"value": "guest"}, encoding=encoding)
        guest.socket.ping(b"there?")
        for frame in guest.frames(seconds=10):
            if frame.opcode == websocket.ABNF.OPCODE_PONG:
                # What was sent before the ping has been read.
                return
        raise AssertionError("no pong came")

    assert answered(kernel, owner, reply) == "owner"


def test_nobody_else_is_shown_what_the_owner_is_asked(kernel, owner, let_in):
    guest = kernel.open(let_in(Scope.EXECUTE).headers)
    guest.run("1")
    assert answered(kernel, owner, lambda: None) == "owner"
    owner.run("print('the last')")
    seen = []
    for message in guest.messages(seconds=10):
        seen.append(json.loads(message)["msg_type"])
        if seen[-1] == "stream":
            break
    assert "stream" in seen
    assert "input_request" not in seen


def test_ipykernel_takes_an_answer_from_whoever_may_execute(kernel, owner, let_in):
    # ipykernel 7 asks whoever sent the request, and takes the first reply of anybody: one more
    # thing that those who run code in the same kernel can do to each other.
    guest = kernel.open(let_in(Scope.EXECUTE).headers)
    guest.run("1")

    def reply():
        guest.send("stdin", "input_reply", {"value": "guest"})
        guest.socket.ping(b"there?")
        for frame in guest.frames(seconds=10):
            if frame.opcode == websocket.ABNF.OPCODE_PONG:
                return

    assert answered(kernel, owner, reply) == "guest"


def request_in_parts(kernel, mark):
    """Write an execute request as a text message of three frames, a ping between them."""
    code = f"open({str(kernel.file)!r}, 'a').write({mark + '|'!r})"
    header = {"msg_id": "parts", "msg_type": "execute_request", "session": "s", "username": ""}
    text = json.dumps(
        {
            "header": {**header, "version": "5.3", "date": "2026-01-01T00:00:00Z"},
            "parent_header": {},
            "metadata": {},
            "content": {"code": code, "silent": False},
            "channel": "shell",
            "buffers": [],
        }
    ).encode()
    third = len(text) // 3
    abnf = websocket.ABNF
    return [
        abnf(0, 0, 0, 0, abnf.OPCODE_TEXT, 1, text[:third]),
        abnf(1, 0, 0, 0, abnf.OPCODE_PING, 1, b"ping"),
        abnf(0, 0, 0, 0, abnf.OPCODE_CONT, 1, text[third : 2 * third]),
        abnf(1, 0, 0, 0, abnf.OPCODE_PONG, 1, b"pong"),
        abnf(1, 0, 0, 0, abnf.OPCODE_CONT, 1, text[2 * third :]),
    ]


@pytest.mark.parametrize(("scope", "made"), [(Scope.READ, False), (Scope.EXECUTE, True)])
def test_a_message_in_parts_is_one_message(kernel, owner, let_in, scope, made):
    guest = kernel.open(let_in(scope).headers)
    owner.run("1")
    mark = f"in-parts-{scope}"
    for part in request_in_parts(kernel, mark):
        guest.socket.send_frame(part)
    guest.socket.ping(b"there?")
    for frame in guest.frames(seconds=10):
        if frame.opcode == websocket.ABNF.OPCODE_PONG and frame.data == b"there?":
            break
    if made:
        kernel.wait_for(mark)
    owner.run("2")
    assert (mark in kernel.marks()) is made


JUNK = {
    "empty": b"",
    "nul": b"\0",
    "bad offsets": struct.pack("!2I", 9, 9),
    "ones": b"\xff" * 100,
    "no message": b"{}",
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_junk_of_a_watcher_is_not_even_read(house, kernel, owner, let_in, junk):
    before = house.server.logged().count("Uncaught exception")
    guest = kernel.open(let_in(Scope.READ).headers)
    owner.run("1")
    guest.socket.send_binary(junk)
    guest.socket.send(junk.decode("latin-1"))
    # More than once, for what a kernel publishes before it knows a new listener is lost.
    for _ in range(5):
        owner.run("print('still here')")
        if any("still here" in str(message) for message in guest.messages(seconds=3)):
            break
    else:
        pytest.fail("the watcher hears nothing any more")
    assert house.server.logged().count("Uncaught exception") == before


def test_the_owner_at_a_kernel_notices_nothing_of_an_end(house, kernel, owner, let_in):
    assert isinstance(owner, Channels)
    guest = let_in(Scope.EXECUTE)
    line = kernel.open(guest.headers)
    line.run("1")
    # Runs, and prints, while the guest is cut.
    asked = owner.execute(
        "import time\nfor i in range(100):\n    print(i, flush=True)\n    time.sleep(0.01)"
    )
    house.revoke(guest)
    printed, said = "", set()
    # The reply comes by another way than what is printed, and may overtake it.
    for message in owner.messages(seconds=30):
        found = json.loads(message)
        if found["parent_header"].get("msg_id") != asked:
            continue
        if found["msg_type"] == "stream":
            printed += found["content"]["text"]
        elif found["msg_type"] in {"execute_reply", "status"}:
            said.add(found["content"].get("execution_state") or found["content"]["status"])
        if said >= {"ok", "idle"}:
            break
    assert said == {"busy", "idle", "ok"}
    assert printed.split() == [str(i) for i in range(100)]
    line.wait_for_hang_up(seconds=4)
