"""One guest's socket and its guard, call by call, with a handler that writes down what it hears."""

from __future__ import annotations

import asyncio

import pytest
from support.guests import a_session
from support.scripted_book import ScriptedBook
from tornado.web import HTTPError

from nb_presign.access.connections import sockets
from nb_presign.access.connections.sockets import CLOSE_CODE, REASON, SocketGuard
from nb_presign.access.connections.watch import Watch
from nb_presign.access.gate.frames import Frames
from nb_presign.model import Scope


def nothing():
    """Answer as tornado does: with a future that nobody has to await."""
    done = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done


class Stream:
    """What the client hangs on."""

    def __init__(self):
        self.over = False

    def closed(self):
        return self.over

    def writing(self):
        return False

    def close(self):
        self.over = True


class Protocol:
    """Speaks for tornado's."""

    def __init__(self):
        self.stream = Stream()
        self.client_terminated = False
        self.closing = False
        self.sent = []

    def is_closing(self):
        return self.closing

    def close(self, code, reason):
        self.sent.append(("close", code, reason))

    def write_message(self, message, binary=False):  # noqa: FBT002  # tornado's signature
        self.sent.append((message, binary))
        return nothing()

    def write_ping(self, data):
        self.sent.append(("ping", data))


class Handler:
    """Speaks for a WebSocketHandler; `later` answers with awaitables."""

    def __init__(self, *, later=False):
        self.protocol = Protocol()
        self.heard = []
        self.sent = []
        self.later = later
        self._finished = False

    def _hear(self, *what):
        async def hear():
            await asyncio.sleep(0)
            self.heard.append(what)

        if self.later:
            return hear()
        self.heard.append(what)
        return None

    def get_websocket_protocol(self):
        return self.protocol

    def open(self, *args, **kwargs):
        return self._hear("open", args, kwargs)

    def on_message(self, message):
        return self._hear(message)

    def on_ping(self, data):
        self.heard.append(("ping", data))

    def on_pong(self, data):
        return self._hear("pong", data)

    async def write_message(self, message, binary=False):  # noqa: FBT002  # tornado's signature
        self.sent.append((message, binary))

    def ping(self, data=b""):
        self.sent.append(("ping", data))


class Stage:
    """A guard between its handler and its protocol."""

    def __init__(self, *, scope=Scope.EXECUTE, frames=Frames.CHANNEL, later=False):
        session = a_session(scope=scope)
        self.book = ScriptedBook(session)
        self.watch = Watch(session, b"digest", self.book, self.book.epoch)
        self.handler = Handler(later=later)
        self.allowed = True
        self.guard = SocketGuard(self.handler, self.watch, frames, lambda: self.allowed)
        self.guard.install()
        self.watch.connections.add(self.guard)

    def shake_hands(self):
        """Let tornado make the protocol."""
        self.protocol = self.handler.get_websocket_protocol()
        return self

    def must_ask(self, *, answers=True):
        """Let something be revoked, so that the store is asked before anything passes."""
        if not answers:
            self.book.answers.clear()
        self.book.epoch += 1


def run(scenario, **options):
    async def whole():
        await asyncio.wait_for(scenario(Stage(**options)), 10)

    asyncio.run(whole())


both = pytest.mark.parametrize("later", [False, True])


@both
def test_a_handler_begins_with_what_its_url_holds(later):
    async def scenario(stage):
        for asked in (False, True):
            if asked:
                stage.must_ask()
            begun = stage.handler.open("a", name="b")
            if begun is not None:
                await begun
        assert stage.handler.heard == [("open", ("a",), {"name": "b"})] * 2

    run(scenario, later=later)


@pytest.mark.parametrize("why", ["revoked", "over", "not admitted"])
def test_a_handler_does_not_begin_for_who_is_found_out_meanwhile(why):
    async def scenario(stage):
        stage.must_ask()
        beginning = stage.handler.open()
        if why == "revoked":
            stage.book.session = None
        else:
            stage.book.over, stage.allowed = why == "over", why != "not admitted"
        with pytest.raises(HTTPError) as caught:
            await beginning
        assert caught.value.status_code == 403
        assert stage.handler.heard == []

    run(scenario)


@both
def test_a_message_that_waited_is_heard(later):
    async def scenario(stage):
        stage.must_ask()
        await stage.handler.on_message("x")
        assert stage.handler.heard == [("x",)]

    run(scenario, later=later)


@pytest.mark.parametrize("why", ["revoked", "over", "not admitted"])
def test_a_message_that_waited_is_not_heard_of_who_is_found_out(why):
    async def scenario(stage):
        stage.must_ask()
        hearing = stage.handler.on_message("x")
        if why == "revoked":
            stage.book.session = None
        else:
            stage.book.over, stage.allowed = why == "over", why != "not admitted"
        await hearing
        assert stage.handler.heard == []

    run(scenario)


def test_the_handshake_is_refused_to_who_may_no_longer():
    async def scenario(stage):
        stage.allowed = False
        with pytest.raises(HTTPError) as caught:
            stage.handler.get_websocket_protocol()
        assert caught.value.status_code == 403

    run(scenario)


def test_a_protocol_that_tornado_does_not_speak_is_none():
    async def scenario(stage):
        stage.handler.protocol = None
        assert stage.shake_hands().protocol is None
        assert stage.guard.gone is False
        stage.handler._finished = True
        assert stage.guard.gone is True
        stage.guard.cut()

    run(scenario)


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        (lambda _: None, False),
        (lambda protocol: setattr(protocol, "client_terminated", True), True),
        (lambda protocol: setattr(protocol.stream, "over", True), True),
        (lambda protocol: setattr(protocol, "stream", None), False),
    ],
    ids=["open", "terminated", "closed", "before the handshake"],
)
def test_who_is_gone(change, gone):
    async def scenario(stage):
        change(stage.shake_hands().protocol)
        assert stage.guard.gone is gone

    run(scenario)


def test_pings_pass_both_ways_with_what_they_carry():
    async def scenario(stage):
        stage.shake_hands()
        stage.handler.on_ping(b"in")
        stage.handler.on_pong(b"back")
        stage.handler.ping(b"out")
        stage.handler.ping()
        stage.protocol.write_ping(b"proxied")
        assert stage.handler.heard == [("ping", b"in"), ("pong", b"back")]
        assert stage.handler.sent == [("ping", b"out"), ("ping", b"")]
        assert stage.protocol.sent == [("ping", b"proxied")]

    run(scenario)


def test_of_who_only_reads_nothing_is_heard_but_that_they_are_there():
    async def scenario(stage):
        stage.shake_hands()
        stage.handler.on_ping(b"in")
        stage.handler.on_pong(b"back")
        assert stage.handler.on_message("x") is None
        assert stage.handler.heard == [("pong", b"")]
        stage.must_ask()
        assert stage.handler.on_message("x") is None

    run(scenario, scope=Scope.READ)


def test_while_the_store_is_asked_pings_are_skipped():
    async def scenario(stage):
        stage.shake_hands()
        stage.must_ask(answers=False)
        stage.handler.on_ping(b"in")
        assert stage.handler.on_pong(b"back") is None
        stage.protocol.write_ping(b"proxied")
        assert (stage.handler.heard, stage.protocol.sent) == ([], [])

    run(scenario)


@pytest.mark.parametrize("how", ["cut", "closing"])
def test_nothing_is_sent_where_it_would_raise(how):
    async def scenario(stage):
        stage.shake_hands()
        if how == "cut":
            stage.guard.cut()
        else:
            stage.protocol.closing = True
        stage.protocol.sent.clear()
        await stage.handler.write_message("x")
        stage.handler.ping(b"x")
        assert stage.handler.sent == []

    run(scenario)


def test_what_is_sent_says_whether_it_is_binary():
    async def scenario(stage):
        await stage.handler.write_message("before the handshake")
        stage.shake_hands()
        await stage.handler.write_message(b"x", True)
        await stage.handler.write_message("x")
        assert stage.handler.sent == [
            ("before the handshake", False),
            (b"x", True),
            ("x", False),
        ]
        await stage.protocol.write_message(b"y", True)
        await stage.protocol.write_message("y")
        assert stage.protocol.sent == [(b"y", True), ("y", False)]

    run(scenario)


def test_what_is_kept_back_goes_on_in_order_and_as_it_was():
    async def scenario(stage):
        stage.shake_hands()
        stage.must_ask(answers=False)
        await stage.protocol.write_message(b"1", True)
        await stage.protocol.write_message("2")
        assert stage.protocol.sent == []
        stage.book.answers.set()
        assert await stage.watch.settled()
        assert stage.protocol.sent == [(b"1", True), ("2", False)]
        # It is sent once, and what comes next goes at once.
        await stage.protocol.write_message("3")
        stage.guard.resume()
        assert stage.protocol.sent[2:] == [("3", False)]

    run(scenario)


def test_what_was_kept_back_is_not_written_to_a_connection_that_closes():
    async def scenario(stage):
        stage.shake_hands()
        stage.must_ask(answers=False)
        await stage.protocol.write_message("1")
        stage.protocol.closing = True
        stage.book.answers.set()
        assert await stage.watch.settled()
        assert stage.protocol.sent == []

    run(scenario)


def test_nothing_goes_out_that_the_row_keeps_in():
    async def scenario(stage):
        stage.shake_hands()
        await stage.protocol.write_message("x")
        stage.must_ask(answers=False)
        await stage.protocol.write_message("x")
        stage.book.answers.set()
        assert await stage.watch.settled()
        assert stage.protocol.sent == []

    run(scenario, frames=Frames.SILENT)


def test_no_more_is_kept_back_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(sockets, "MAX_HELD", 400)

    async def scenario(stage):
        stage.shake_hands()
        for _ in range(2):
            # Exactly as much as there is room for, twice: what was sent makes room again.
            stage.must_ask(answers=False)
            for _ in range(2):
                await stage.protocol.write_message("x" * 100)
            assert not stage.protocol.sent
            stage.book.answers.set()
            assert await stage.watch.settled()
            assert len(stage.protocol.sent) == 2
            stage.protocol.sent.clear()
        stage.must_ask(answers=False)
        await stage.protocol.write_message("x" * 301)
        assert stage.protocol.sent == [("close", CLOSE_CODE, REASON)]

    run(scenario)


def test_the_end_says_why_once_and_hangs_up_soon(monkeypatch):
    monkeypatch.setattr(sockets, "GRACE_SECONDS", 0.01)

    async def scenario(stage):
        stage.shake_hands()
        stage.guard.cut()
        stage.guard.cut()
        assert stage.protocol.sent == [("close", CLOSE_CODE, REASON)]
        assert not stage.protocol.stream.over
        await asyncio.sleep(0.05)
        assert stage.protocol.stream.over

    run(scenario)


def test_the_end_before_the_handshake_is_left_to_the_response():
    async def scenario(stage):
        stage.shake_hands()
        stage.protocol.stream = None
        stage.guard.cut()
        assert stage.protocol.sent == []
        assert stage.handler.on_message("x") is None

    run(scenario)


@pytest.mark.parametrize("when", ["in", "ping", "resume"])
def test_who_is_not_admitted_any_more_is_cut_by_whatever_passes(when):
    async def scenario(stage):
        stage.shake_hands()
        stage.allowed = False
        if when == "in":
            await stage.handler.on_message("x")
        elif when == "ping":
            stage.handler.on_ping(b"x")
        else:
            stage.guard.resume()
        assert stage.protocol.sent == [("close", CLOSE_CODE, REASON)]
        assert stage.handler.heard == []

    run(scenario)


def test_when_time_is_over_nothing_passes_either_way():
    async def scenario(stage):
        stage.shake_hands()
        stage.book.over = True
        await stage.protocol.write_message("out")
        assert stage.handler.on_message("in") is None
        stage.handler.on_ping(b"in")
        stage.protocol.write_ping(b"out")
        assert stage.handler.heard == []
        assert stage.protocol.sent == [("close", CLOSE_CODE, REASON)]

    run(scenario)
