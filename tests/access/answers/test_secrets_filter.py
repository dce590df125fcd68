"""The last net: a secret is not sent, however it is cut; everything else is, unchanged."""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tornado.httputil import HTTPHeaders

from nb_presign.access.answers.secrets_filter import SecretsFilter

SECRET = b"0123456789abcdef"
#: What a URL and base64's second alphabet write otherwise.
HASH = b"argon2:$argon2id$v=19$m=10240,t=10,p=8$s\xff\xfe\xfb/+"


class FakeHandler:
    """What the filter uses of a handler."""

    def __init__(self):
        self.request = self
        self.connection = self
        self.stream = self
        self.headers = HTTPHeaders({"Range": "bytes=0-20", "Accept": "*/*"})
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
    transform = SecretsFilter(handler, (SECRET, HASH, b"short"), lives)
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


def in_the_contents_api(data):
    """Write a file as the contents API does that is asked for base64."""
    model = {"content": base64.encodebytes(data).decode(), "format": "base64"}
    return json.dumps(model).encode()


@given(st.binary(max_size=99), st.binary(max_size=99), st.sampled_from([SECRET, HASH]))
def test_in_base64_it_is_found_wherever_it_stands(before, after, secret):
    written = before + secret + after
    for encoded in (
        in_the_contents_api(written),
        b"data:text/plain;base64," + base64.b64encode(written),
        b"data:text/plain;base64," + base64.urlsafe_b64encode(written),
    ):
        assert send(FakeHandler(), [encoded])[0] == 500


@given(st.binary(max_size=99).filter(lambda data: SECRET not in data and HASH not in data))
def test_other_files_in_base64_arrive(data):
    encoded = in_the_contents_api(data)
    assert send(FakeHandler(), [encoded])[2] == encoded


@given(st.binary(max_size=60), st.integers(40, 150))
def test_base64_that_comes_in_parts_never_leaves_whole(before, cut):
    text = b"data:text/plain;base64," + base64.b64encode(before + SECRET + b"after")
    handler = FakeHandler()
    _, _, out = send(handler, [text[:cut], text[cut:]])
    assert SECRET not in base64.b64decode(out[23:] + b"=" * (-len(out[23:]) % 4))
    assert out == b"" or handler.hung_up


@pytest.mark.parametrize("safe", ["/", ""])
def test_url_encoded_it_is_found(handler, safe):
    assert send(handler, [f"?next={quote(HASH, safe)}".encode()])[0] == 500


def test_no_part_of_a_file_can_be_asked_for(handler):
    send(handler, [b"x"])
    assert dict(handler.headers.get_all()) == {"Accept": "*/*"}
