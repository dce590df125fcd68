"""The header that programs send: told from others, read only without doubt, and taken out."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tornado.httputil import HTTPHeaders

from nb_presign.access.entry import bearer
from nb_presign.redemption import BEARER

TOKEN = f"{BEARER}{'aZ_-0' * 8}xyz"


def a_request(*values):
    headers = HTTPHeaders({"Host": "h"})
    for value in values:
        headers.add("Authorization", value)
    return SimpleNamespace(headers=headers)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "token", "TOKEN", "Bearer  "])
def test_it_is_read_and_taken_out(scheme):
    request = a_request(f"{scheme} {TOKEN}")
    assert bearer.sent_with(request)
    assert bearer.read(request) == TOKEN
    bearer.strip(request)
    assert dict(request.headers) == {"Host": "h"}
    assert not bearer.sent_with(request)


@pytest.mark.parametrize(
    "values",
    [
        (f"Bearer {TOKEN}x",),
        (f"Bearer {TOKEN[:-1]}",),
        (f"Bearer {TOKEN[:-1]}=",),
        (f"Bearer {TOKEN} x",),
        (f"Bearer {BEARER}",),
        (f"Bearer {TOKEN.upper()}",),
        (f"Bearer {TOKEN}", f"Bearer {TOKEN}"),
        ("Bearer other", f"Bearer {TOKEN}"),
        (f"Bearer other, Bearer {TOKEN}",),
        (f"Bearer {TOKEN}, Bearer other",),
    ],
)
def test_what_leaves_a_doubt_is_ours_and_no_token(values):
    request = a_request(*values)
    assert bearer.sent_with(request)
    assert bearer.read(request) is None
    bearer.strip(request)
    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    "values",
    [
        (),
        ("",),
        ("Bearer",),
        ("Bearer x",),
        (f"Bearer {'x' * 43}",),
        (f"Basic {TOKEN}",),
        (TOKEN,),
        (f"Bearer x{TOKEN}",),
        (f"AWS4-HMAC-SHA256 Credential={TOKEN}",),
        ("token a", "Bearer b"),
    ],
)
def test_other_peoples_headers_are_left_alone(values):
    request = a_request(*values)
    assert not bearer.sent_with(request)
    assert bearer.read(request) is None
    bearer.strip(request)
    assert request.headers.get_list("Authorization") == list(values)


PIECES = ("Bearer", "token", "Basic", " ", "\t", ",", "x", "=", BEARER, TOKEN, TOKEN[:-1])


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=7).map("".join), max_size=3))
def test_of_whatever_is_sent_no_token_is_left(values):
    request = a_request(*(value.strip() for value in values))
    found, ours = bearer.read(request), bearer.sent_with(request)
    assert found in {None, TOKEN}
    assert ours or found is None
    bearer.strip(request)
    left = request.headers.get_list("Authorization")
    assert left == ([] if ours else [value.strip() for value in values])
    assert not any(f"{scheme} {BEARER}" in value for value in left for scheme in PIECES[:2])
