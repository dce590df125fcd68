"""Who goes on writing after the end is told once that nobody is there."""

from __future__ import annotations

import pytest
from tornado.iostream import StreamClosedError

from nb_presign.access.connections.streams import _Refusal


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
