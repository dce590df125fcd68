"""The last net: a secret is not sent, however it is cut; everything else is, unchanged."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tornado.httputil import HTTPHeaders

from nb_presign.access.secrets_filter import SecretsFilter

SECRET = b"0123456789abcdef"


class FakeHandler:
    """What the filter uses of a handler."""

    def __init__(self):
        self.request = self
        self.connection = self
        self.stream = self
        self.hung_up = False
        self.logged = []

    def close(self):
        self.hung_up = True

    def log_exception(self, _kind, error, _trace):
        self.logged.append(str(error))


@pytest.fixture
def handler():
    return FakeHandler()


def send(handler, chunks, *, headers=None, lives=lambda: True):
    """Send chunks as tornado does; returns status, headers and what left."""
    transform = SecretsFilter(handler, (SECRET, b"short"), lives)
    last = len(chunks) - 1
    status, sent, out = transform.transform_first_chunk(
        200, HTTPHeaders(headers or {"X": "y"}), chunks[0], last == 0
    )
    for place, chunk in enumerate(chunks[1:], start=1):
        out += transform.transform_chunk(chunk, place == last)
    return status, sent, out


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=8))
def test_what_holds_no_secret_arrives_as_it_was(chunks):
    status, headers, out = send(FakeHandler(), chunks)
    assert (status, out, headers["X"]) == (200, b"".join(chunks), "y")


@given(st.binary(max_size=30), st.binary(max_size=30), st.lists(st.integers(0, 76), max_size=6))
def test_however_it_is_cut_a_secret_never_leaves_whole(before, after, cuts):
    text = before + SECRET + after
    places = sorted({0, *[c for c in cuts if c < len(text)], len(text)})
    chunks = [text[a:b] for a, b in pairwise(places)]
    handler = FakeHandler()
    status, _, out = send(handler, chunks)
    assert SECRET not in out
    assert status == 500 or handler.hung_up


def test_a_secret_at_once_is_an_empty_500_without_the_handlers_headers(handler):
    status, headers, out = send(
        handler, [b"x" + SECRET], headers={"Content-Length": "17", "A": "b"}
    )
    assert (status, out) == (500, b"")
    assert dict(headers.get_all()) == {"Content-Length": "0", "Cache-Control": "no-store"}
    assert SECRET.decode() not in "".join(handler.logged)


def test_a_secret_in_a_header_is_one_too(handler):
    headers = {"Location": f"/lab?token={SECRET.decode()}"}
    assert send(handler, [b""], headers=headers)[0] == 500


def test_a_secret_that_would_be_found_by_chance_is_not_looked_for(handler):
    assert send(handler, [b"a short one"])[0] == 200


def test_an_answer_under_way_ends_with_the_session(handler):
    alive = iter([True, False, False])
    _, _, out = send(handler, [b"one", b"two", b"three", b"four"], lives=lambda: next(alive))
    assert out == b"onetwo"
    assert handler.hung_up
