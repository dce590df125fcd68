"""The guard of sockets between a real tornado handler and a real client, by a book that is told."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from support.guests import a_session
from support.scripted_book import ScriptedBook
from tornado.httpclient import HTTPClientError
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler, websocket_connect

from nb_presign.access.connections import sockets
from nb_presign.access.connections.room import Room
from nb_presign.access.connections.sockets import CLOSE_CODE, REASON
from nb_presign.access.gate.frames import Frames
from nb_presign.model import Scope

WAIT = 20


class Stage:
    """A server of one guest; what its handlers were told is written down."""

    def __init__(self, session, frames):
        self.session = session
        self.frames = frames
        self.book = ScriptedBook(session)
        self.room = Room(self.book)
        self.told = []
        self.handlers = []
        self.clients = []
        self.allowed = True
        #: The book's epoch before it was asked about the guest.
        self.found_at = 0
        #: While cleared, `prepare` waits, as a handler does for a kernel.
        self.prepared = asyncio.Event()
        self.prepared.set()
        routes = [
            (path, handler, {"stage": self})
            for path, handler in (("/socket", Socket), ("/slow", Slow), ("/tunnel", Tunnel))
        ]
        listener, self.port = bind_unused_port()
        self.server = HTTPServer(Application(routes))
        self.server.add_socket(listener)

    def hold(self, handler):
        self.handlers.append(handler)
        self.room.hold(
            handler,
            self.session,
            b"digest",
            frames=self.frames,
            admitted=lambda: self.allowed,
            epoch=self.found_at,
        )

    @property
    def handler(self):
        return self.handlers[-1]

    async def connect(self):
        """Connect a client, which is closed at the end."""
        client = await websocket_connect(f"ws://127.0.0.1:{self.port}/socket")
        self.clients.append(client)
        return client

    async def until(self, true):
        for _ in range(1000):
            if true():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it did not come about")


class Socket(WebSocketHandler):
    """Echoes."""

    def initialize(self, stage):
        self.stage = stage

    async def prepare(self):
        self.stage.hold(self)
        await self.stage.prepared.wait()

    def open(self):
        self.stage.told.append("open")

    async def on_message(self, message):
        self.stage.told.append(message)
        await self.write_message(message, binary=isinstance(message, bytes))

    def on_ping(self, data):
        self.stage.told.append(("ping", data))

    def on_pong(self, data):
        self.stage.told.append(("pong", data))

    def on_close(self):
        self.stage.told.append("close")


class Slow(RequestHandler):
    """Answers, in time."""

    def initialize(self, stage):
        self.stage = stage

    async def prepare(self):
        self.stage.hold(self)

    async def get(self):
        self.write("x")
        await self.flush()
        await self.stage.prepared.wait()


class Tunnel(Slow):
    """Takes the stream, and speaks over it what it likes."""

    async def get(self):
        stream = self.detach()
        while True:
            await stream.write(b"x")
            await asyncio.sleep(0.01)


@pytest.fixture
def run():
    """Run a scenario on a loop of its own."""

    def run(scenario, scope=Scope.EXECUTE, frames=Frames.CHANNEL):
        async def whole():
            stage = Stage(a_session(scope=scope), frames)
            try:
                await asyncio.wait_for(scenario(stage), 60)
            finally:
                stage.prepared.set()
                stage.book.answers.set()
                for client in stage.clients:
                    client.tcp_client.close()
                    if (protocol := client.protocol) is not None:
                        client.close()
                        protocol.stream.close()
                stage.server.stop()
                await stage.server.close_all_connections()
                # Handlers are told on the next turns of the loop.
                await asyncio.sleep(0.02)

        asyncio.run(whole())

    return run


async def read(client, seconds=WAIT):
    return await asyncio.wait_for(client.read_message(), seconds)


def test_frames_pass_at_once_while_nothing_is_to_be_asked(run):
    async def scenario(stage):
        client = await stage.connect()
        await client.write_message("text")
        await client.write_message(b"bytes", binary=True)
        assert [await read(client), await read(client)] == ["text", b"bytes"]
        assert stage.told == ["open", "text", b"bytes"]
        assert stage.book.asked == 0
        client.close()
        await stage.until(lambda: stage.told[-1] == "close")

    run(scenario)


def test_while_the_store_is_asked_frames_wait_and_keep_their_order(run):
    async def scenario(stage):
        client = await stage.connect()
        await client.write_message("0")
        assert await read(client) == "0"
        stage.book.answers.clear()
        stage.book.revoke(this=False)
        for number in range(1, 4):
            await client.write_message(str(number))
            stage.handler.write_message(f"out-{number}")
        await asyncio.sleep(0.05)
        assert stage.told == ["open", "0"]
        pending = asyncio.ensure_future(client.read_message())
        await asyncio.sleep(0.05)
        assert not pending.done()
        stage.book.answers.set()
        found = [await pending, *[await read(client) for _ in range(5)]]
        assert found == ["out-1", "out-2", "out-3", "1", "2", "3"]
        assert stage.book.asked == 1

    run(scenario)


def test_what_was_kept_back_is_dropped_if_the_session_turns_out_to_be_over(run):
    async def scenario(stage):
        client = await stage.connect()
        stage.book.answers.clear()
        stage.book.revoke(this=True)
        await client.write_message("in")
        stage.handler.write_message("out")
        await asyncio.sleep(0.05)
        stage.book.answers.set()
        assert await read(client) is None
        assert client.close_code == CLOSE_CODE
        await stage.until(lambda: stage.told[-1] == "close")
        assert stage.told == ["open", "close"]

    run(scenario)


def test_when_the_store_has_been_silent_it_is_asked_and_nothing_overtakes(run):
    async def scenario(stage):
        client = await stage.connect()
        stage.book.answers.clear()
        stage.book.fresh = False
        stage.handler.write_message("1")
        await stage.until(lambda: stage.book.asked == 1)
        await client.write_message("in")
        await asyncio.sleep(0.05)
        assert stage.told == ["open"]
        # Whoever else asks hears from it first.
        stage.book.fresh = True
        stage.handler.write_message("2")
        stage.book.answers.set()
        assert [await read(client) for _ in range(3)] == ["1", "2", "in"]

    run(scenario)


def test_who_is_not_admitted_any_more_is_not_sent_what_was_kept_back(run):
    async def scenario(stage):
        client = await stage.connect()
        stage.book.answers.clear()
        stage.book.revoke(this=False)
        stage.handler.write_message("kept back")
        stage.allowed = False
        stage.book.answers.set()
        assert await read(client) is None
        assert client.close_code == CLOSE_CODE

    run(scenario)


def test_who_went_away_meanwhile_does_not_keep_others_from_what_was_kept_back(run, caplog):
    async def scenario(stage):
        clients = [await stage.connect() for _ in range(3)]
        stage.book.answers.clear()
        stage.book.revoke(this=False)
        for handler in stage.handlers:
            handler.write_message("kept back")
        stage.handlers[1].ws_connection.stream.close()
        stage.book.answers.set()
        assert await read(clients[0]) == await read(clients[2]) == "kept back"

    run(scenario)
    assert not caplog.records


def test_when_time_is_over_the_next_message_is_not_sent(run):
    async def scenario(stage):
        client = await stage.connect()
        stage.book.over = True
        stage.handler.write_message("late")
        assert await read(client) is None
        assert client.close_code == CLOSE_CODE

    run(scenario)


def test_more_than_can_be_kept_back_is_a_reason_to_cut(run, monkeypatch):
    monkeypatch.setattr(sockets, "MAX_HELD", 1000)

    async def scenario(stage):
        client = await stage.connect()
        stage.book.answers.clear()
        stage.book.revoke(this=False)
        stage.handler.write_message("x" * 500)
        stage.handler.write_message("x" * 500)
        assert await read(client) is None
        assert client.close_code == CLOSE_CODE

    run(scenario)


def test_writing_after_the_end_hurts_nobody(run):
    async def scenario(stage):
        client = await stage.connect()
        handler = stage.handler
        stage.book.over = True
        stage.book.sweep()
        assert handler.write_message("late") is not None
        await handler.write_message("late")
        handler.ping(b"late")
        await stage.until(lambda: "close" in stage.told)
        await handler.write_message("later")
        handler.ping(b"later")
        assert await read(client) is None

    run(scenario)


def test_writing_to_a_guest_who_went_away_hurts_nobody(run):
    async def scenario(stage):
        client = await stage.connect()
        client.close()
        await stage.until(lambda: "close" in stage.told)
        await stage.handler.write_message("late")
        stage.handler.ping(b"late")
        await stage.until(lambda: not stage.book.sweep())

    run(scenario)


def test_what_is_sent_in_the_time_of_grace_is_dropped(run):
    async def scenario(stage):
        client = await stage.connect()
        await client.write_message("in time")
        assert await read(client) == "in time"
        stage.book.over = True
        await client.write_message("late")
        client.protocol.write_ping(b"late")
        client.protocol._write_frame(True, 0xA, b"late")
        await stage.until(lambda: "close" in stage.told)
        assert stage.told == ["open", "in time", "close"]

    run(scenario)


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        (Scope.READ, ["open", ("pong", b"")]),
        (Scope.EXECUTE, ["open", "text", b"bytes", ("ping", b"data"), ("pong", b"data")]),
    ],
)
def test_a_watcher_says_nothing_not_even_in_pings(run, scope, told):
    async def scenario(stage):
        client = await stage.connect()
        await client.write_message("text")
        await client.write_message(b"bytes", binary=True)
        client.protocol.write_ping(b"data")
        client.protocol._write_frame(True, 0xA, b"data")  # an unasked pong
        await stage.until(lambda: any(isinstance(t, tuple) and t[0] == "pong" for t in stage.told))
        assert stage.told == told

    run(scenario, scope)


@pytest.mark.parametrize("frames", [Frames.EVENTS, Frames.SILENT])
def test_some_sockets_take_nothing_from_anybody(run, frames):
    async def scenario(stage):
        client = await stage.connect()
        await client.write_message("text")
        client.protocol.write_ping(b"data")
        stage.handler.write_message("out")
        pending = asyncio.ensure_future(client.read_message())
        await asyncio.sleep(0.1)
        assert not pending.done()
        assert stage.told == ["open"]
        client.close()
        await pending

    run(scenario, Scope.FULL, frames)


def test_a_session_that_ends_during_the_handshake_opens_nothing(run):
    async def scenario(stage):
        stage.prepared.clear()
        pending = asyncio.ensure_future(stage.connect())
        await stage.until(lambda: stage.handlers)
        stage.book.over = True
        # The one that looks is late: the handler is the first to notice.
        stage.prepared.set()
        with pytest.raises(HTTPClientError):
            await pending
        await asyncio.sleep(0.02)
        assert "open" not in stage.told

    run(scenario)


def test_a_handshake_that_waits_is_hung_up_with_the_session(run):
    async def scenario(stage):
        stage.prepared.clear()
        pending = asyncio.ensure_future(stage.connect())
        await stage.until(lambda: stage.handlers)
        stage.book.fresh = False
        stage.book.sweep()
        with pytest.raises(HTTPClientError):
            await asyncio.wait_for(pending, WAIT)
        stage.prepared.set()
        await asyncio.sleep(0.02)
        assert "open" not in stage.told

    run(scenario)


@pytest.mark.parametrize("this", [True, False])
def test_a_revocation_during_the_handshake_is_asked_about_before_the_handler_begins(run, this):
    async def scenario(stage):
        stage.prepared.clear()
        pending = asyncio.ensure_future(stage.connect())
        await stage.until(lambda: stage.handlers)
        stage.book.answers.clear()
        stage.book.revoke(this=this)
        stage.prepared.set()
        client = await pending
        await asyncio.sleep(0.05)
        assert stage.told == []
        stage.book.answers.set()
        if this:
            assert await read(client) is None
            # Without a beginning a handler is told of no end.
            assert stage.told == []
        else:
            await stage.until(lambda: stage.told == ["open"])

    run(scenario)


@pytest.mark.parametrize("this", [True, False])
def test_what_was_revoked_before_it_was_held_is_asked_about(run, this):
    async def scenario(stage):
        stage.book.revoke(this=this)
        client = await stage.connect()
        if this:
            assert await read(client) is None
            assert stage.told == []
        else:
            await stage.until(lambda: stage.told == ["open"])
        assert stage.book.asked == 1

    run(scenario)


def test_a_connection_that_is_no_longer_admitted_ends_with_the_next_frame(run):
    async def scenario(stage):
        client = await stage.connect()
        stage.allowed = False
        await client.write_message("late")
        assert await read(client) is None
        assert client.close_code == CLOSE_CODE
        assert "late" not in stage.told

    run(scenario)


async def silent_client(stage):
    """Connect a client that answers nothing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
    writer.write(
        b"GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
    )
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    return reader, writer


def test_who_does_not_answer_the_close_is_hung_up(run):
    async def scenario(stage):
        reader, writer = await silent_client(stage)
        protocol = stage.handler.ws_connection
        began = asyncio.get_running_loop().time()
        # That one only: whoever reaches behind the handler sends nothing more.
        stage.allowed = False
        stage.book.sweep()
        protocol.write_message("late")
        protocol.write_ping(b"late")
        found = await asyncio.wait_for(reader.read(), WAIT)
        # Not the 5 s for which tornado would wait.
        assert asyncio.get_running_loop().time() - began < 4
        assert found[2:] == CLOSE_CODE.to_bytes(2, "big") + REASON.encode()
        writer.close()
        await writer.wait_closed()

    run(scenario)


def test_what_the_system_has_not_sent_is_dropped(run):
    async def scenario(stage):
        reader, writer = await silent_client(stage)
        writer.transport.pause_reading()
        stage.handler.write_message(b"x" * 50_000_000, binary=True)
        await asyncio.sleep(0.05)
        stage.book.over = True
        stage.book.sweep()
        await asyncio.sleep(0.2)
        writer.transport.resume_reading()
        # Not the end of what was sent: a break in the middle.
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(), WAIT)
        writer.close()

    run(scenario)


def test_an_unfinished_answer_is_hung_up_and_a_finished_one_is_forgotten(run):
    async def ask(stage):
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
        writer.write(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"x\r\n")
        return reader, writer

    async def scenario(stage):
        reader, writer = await ask(stage)
        await reader.readuntil(b"0\r\n\r\n")
        assert not stage.book.sweep()
        stage.prepared.clear()
        unfinished, other = await ask(stage)
        assert stage.book.sweep()
        stage.book.over = True
        stage.book.sweep()
        assert await asyncio.wait_for(unfinished.read(), WAIT) == b""
        await stage.until(lambda: not stage.book.sweep())
        # The first one's connection is kept, for whoever comes next.
        assert not reader.at_eof()
        for each in (writer, other):
            each.close()
            await each.wait_closed()

    run(scenario)


def test_a_stream_that_a_handler_has_taken_ends_too(run):
    async def scenario(stage):
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
        writer.write(b"GET /tunnel HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readexactly(3)
        assert stage.book.sweep()
        stage.book.over = True
        stage.book.sweep()
        await asyncio.wait_for(reader.read(), WAIT)
        await stage.until(lambda: not stage.book.sweep())
        writer.close()
        await writer.wait_closed()

    run(scenario)


def test_a_store_that_comes_back_finds_the_guest_welcome(run):
    async def scenario(stage):
        first = await stage.connect()
        stage.book.fresh = False
        stage.book.sweep()
        assert await read(first) is None
        stage.book.fresh = True
        second = await stage.connect()
        await second.write_message("again")
        assert await read(second) == "again"

    run(scenario)


def test_sockets_of_owners_are_left_as_they_are(run):
    async def scenario(stage):
        stage.hold = partial(stage.handlers.append)
        client = await stage.connect()
        handler = stage.handler
        own = {"open", "on_message", "on_ping", "on_pong", "write_message", "ping"}
        assert not own & set(vars(handler))
        assert not {"write_message", "write_ping"} & set(vars(handler.ws_connection))
        client.close()
        await stage.until(lambda: "close" in stage.told)

    run(scenario)
