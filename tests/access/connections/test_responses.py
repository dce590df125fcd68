"""Guests' unfinished responses: all of a session's are cut, and who writes is told so once."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from support.guests import a_session
from support.scripted_book import ScriptedBook
from tornado.iostream import StreamClosedError

from nb_presign.access.connections.room import Room
from nb_presign.access.connections.streams import ResponseGuard, _Refusal
from nb_presign.access.gate.frames import Frames


class Stream:
    """Counts how often it is closed."""

    def __init__(self):
        self.over = 0

    def closed(self):
        return bool(self.over)

    def writing(self):
        return False

    def close(self):
        self.over += 1


def a_response(*, begun=True, finished=False):
    connection = SimpleNamespace(stream=Stream())
    return SimpleNamespace(
        request=SimpleNamespace(connection=connection),
        flush=lambda *args, **kwargs: (args, kwargs),
        _headers_written=begun,
        _finished=finished,
    )


def test_a_response_that_has_begun_is_cut_and_its_writer_told():
    response = a_response()
    stream = response.request.connection.stream
    ResponseGuard(response, lambda: True).cut()
    assert stream.over == 1
    with pytest.raises(StreamClosedError):
        response.flush()
    assert response.flush("a", b=1) == (("a",), {"b": 1})


def test_one_that_has_not_begun_fails_by_itself():
    response = a_response(begun=False)
    ResponseGuard(response, lambda: True).cut()
    assert response.request.connection.stream.over == 1
    assert response.flush("a") == (("a",), {})


def test_one_that_was_sent_is_left_alone():
    response = a_response(finished=True)
    guard = ResponseGuard(response, lambda: True)
    assert guard.gone
    guard.cut()
    assert not response.request.connection.stream.over
    assert response.flush("a") == (("a",), {})


@pytest.mark.parametrize("over", [False, True])
def test_a_stream_that_the_handler_took_is_cut_all_the_same(over):
    response = a_response(finished=True)
    guard = ResponseGuard(response, lambda: True)
    stream, response.request.connection.stream = response.request.connection.stream, None
    stream.over = int(over)
    assert guard.gone is over
    guard.cut()
    assert stream.over == 1


def test_it_is_said_once_and_then_everything_is_as_it_was():
    written = []

    def flush(*args, **kwargs):
        written.append((args, kwargs))
        return "flushed"

    refusal = _Refusal(flush)
    with pytest.raises(StreamClosedError):
        refusal("a", b=1)
    assert written == []
    assert refusal("a", b=1) == refusal("a", b=1) == "flushed"
    assert written == [(("a",), {"b": 1})] * 2


def test_all_of_a_session_are_held_and_asked_about_together():
    async def whole():
        session, other = a_session(), a_session()
        book = ScriptedBook(session)
        room = Room(book)
        responses = [a_response() for _ in range(3)]
        for response, whose in zip(responses, (session, session, other), strict=True):
            frames, admitted = Frames.CHANNEL, lambda: True
            room.hold(response, whose, b"own", frames=frames, admitted=admitted, epoch=book.epoch)
        assert room.sweep()
        assert len(room._watches) == 2
        book.live = lambda which: which is other
        room.sweep()
        streams = [each.request.connection.stream for each in responses]
        assert [each.over for each in streams] == [1, 1, 0]
        book.revoke(this=False)
        book.session = other
        for _ in range(100):
            await asyncio.sleep(0)
        assert book.digest == b"own"
        assert not streams[2].over

    asyncio.run(whole())
