"""Bodies that nobody's page sends: each is refused, in the same words, and changes nothing."""

from __future__ import annotations

import gzip
import json
import socket
import time
from contextlib import closing, suppress
from urllib.parse import urlsplit

import pytest

from nb_presign.access.entry.bodies import SECONDS
from nb_presign.clock import SystemClock
from nb_presign.store.sql import SqlStore

REDEEM = "nb-presign/redeem"
NONCE = "A" * 22
DEEP = 3900


@pytest.fixture
def store(server):
    home = server.log.parent
    with closing(
        SqlStore(f"sqlite:///{home / 'data' / 'nb_presign' / 'store.sqlite'}", SystemClock())
    ) as store:
        yield store


@pytest.fixture
def link(mint):
    return mint(max_uses=1)


@pytest.fixture
def token(link):
    return link["url"].partition("#")[2]


@pytest.fixture
def post(server, stranger):
    """Post a body to the landing page, as from that page."""

    def post(body, kind="application/json", **headers):
        origin = server.url.partition("/user/")[0]
        sent = {"Origin": origin, "Content-Type": kind, **headers}
        return stranger.post(REDEEM, content=body, headers=sent)

    return post


def good(token, nonce=NONCE):
    return json.dumps({"token": token, "nonce": nonce}).encode()


def inside(token, part):
    """Put a part that JSON knows before an otherwise good body."""
    return b"{" + part + b"," + good(token)[1:]


BODIES = {
    "nothing": lambda _: b"",
    "white space": lambda _: b" \t\r\n",
    "null": lambda _: b"null",
    "a list": lambda t: json.dumps([t, NONCE]).encode(),
    "a string": lambda t: json.dumps(t).encode(),
    "deep lists": lambda t: inside(t, b'"x":' + b"[" * DEEP + b"]" * DEEP),
    "deep lists without end": lambda t: inside(t, b'"x":' + b"[" * 2 * DEEP),
    "deep objects": lambda t: inside(t, b'"x":' + b'{"x":' * 1000 + b"1" + b"}" * 1000),
    "a deep token": lambda _: b'{"token":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "UTF-16": lambda t: good(t).decode().encode("utf-16"),
    "UTF-32": lambda t: good(t).decode().encode("utf-32"),
    "a byte order mark": lambda t: b"\xef\xbb\xbf" + good(t),
    "UTF-7": lambda t: good(t).replace(b"{", b"+AHs-"),
    "gzip": lambda t: gzip.compress(good(t)),
    "two documents": lambda t: good(t) + good(t),
    "a comment": lambda t: b"/**/" + good(t),
    "single quotes": lambda t: good(t).replace(b'"', b"'"),
    "NaN": lambda _: b'{"token":NaN,"nonce":"' + NONCE.encode() + b'"}',
    "a huge number": lambda _: b'{"token":' + b"9" * 4000 + b',"nonce":1e999}',
    "a lone surrogate": lambda _: b'{"token":"\\ud800","nonce":"' + NONCE.encode() + b'"}',
    "a raw surrogate": lambda _: b'{"token":"\xed\xa0\x80","nonce":"' + NONCE.encode() + b'"}',
    "overlong UTF-8": lambda t: good(t).replace(b"n", b"\xc1\xae"),
    "a boolean": lambda _: b'{"token":true,"nonce":"' + NONCE.encode() + b'"}',
    "bytes after the nonce": lambda t: good(t, NONCE + "\n"),
    "a nonce of a list": lambda t: json.dumps({"token": t, "nonce": [NONCE]}).encode(),
    "no nonce": lambda t: json.dumps({"token": t}).encode(),
    "a target of one's own": lambda t: inside(t, b'"location":"//evil.example"'),
    "a scope of one's own": lambda t: inside(t, b'"scope":"full"'),
    "the other prototype": lambda t: inside(t, b'"__proto__":{"scope":"full"}'),
}


@pytest.mark.parametrize("name", list(BODIES))
def test_what_is_no_request_is_refused_and_uses_nothing(post, owner, store, link, token, name):
    before = store.audit()
    answer = post(BODIES[name](token))
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-input")
    assert token not in answer.text
    assert not answer.cookies
    assert owner.get(f"nb-presign/api/links/{link['id']}").json()["uses"] == 0
    assert store.audit() == before


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "", "application/x-www-form-urlencoded", "multipart/form-data", "text/json"],
)
def test_what_another_site_can_send_unasked_is_no_request(post, store, token, kind):
    """Kinds of body for which browsers send no preflight (Fetch standard), and their like."""
    before = store.audit()
    assert post(good(token), kind).status_code == 415
    assert post(f"token={token}&nonce={NONCE}", kind).status_code == 415
    assert store.audit() == before


@pytest.mark.parametrize("size", [8193, 100_000, 2_000_000])
def test_what_is_too_large_is_not_read(post, size):
    answer = post(b'{"token":"' + b"x" * size + b'"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_a_bomb_is_never_blown_up(post):
    answer = post(gzip.compress(b" " * 6_000_000), **{"Content-Encoding": "gzip"})
    assert answer.status_code == 400


def not_tokens(token):
    """Give all kinds of texts that are no authentic token of this server."""
    start, payload, signature = token.split(".")
    yield from ("", " ", "x", "x" * 8000, "nbp1", "nbp1..", "nbp1.a.b", "nbp9.a.b", "ä" * 600)
    yield from (token[:-1], token + "A", token + "=", token + ".", token + "\0", f" {token}")
    yield from (token.upper(), token.swapcase(), token * 2, token[::-1], f"{token}#{token}")
    yield f"nbo1.{payload}.{signature}"
    yield f"{start}.{signature}.{payload}"
    yield f"{start}.{payload}.{'A' * 43}"
    yield f"{start}.{payload[:-1]}.{signature}"
    yield f"{start}.{'A' * 4000}.{signature}"
    yield "' OR 1=1 --"
    yield "../../keys.json"
    for place in range(len(start) + 1, len(token), 17):
        other = "A" if token[place] != "A" else "B"
        yield token[:place] + other + token[place + 1 :]


def test_whatever_is_no_token_gets_one_and_the_same_answer(post, store, token):
    before = store.audit()
    answers = set()
    for wrong in not_tokens(token):
        answer = post(good(wrong))
        headers = sorted((k, v) for k, v in answer.headers.items() if k != "date")
        answers.add((answer.status_code, answer.content, tuple(headers)))
    ((status, body, _),) = answers
    assert (status, json.loads(body)["code"]) == (404, "link-not-found")
    assert store.audit() == before


def test_another_servers_token_gets_that_answer_too(post, server, token):
    """Signed with the same keys, for who shares them."""
    from support.values import a_link  # noqa: PLC0415

    from nb_presign.signing.keys import KeyRing  # noqa: PLC0415  # only this test signs
    from nb_presign.signing.token import TokenSigner  # noqa: PLC0415

    signer = TokenSigner(KeyRing(server.log.parent / "data" / "nb_presign" / "keys.json"))
    other = signer.sign(a_link(SystemClock().now(), audience="srv_other")).reveal()
    assert post(good(other)).content == post(good("x")).content
    nowhere = signer.sign(a_link(SystemClock().now())).reveal()
    assert post(good(nowhere)).content == post(good(token[:-1])).content


def test_one_row_for_one_use_and_none_for_what_is_spent(post, store, token, link):
    before = len(store.audit())
    assert post(good(token)).status_code == 200
    assert post(good(token)).status_code == 200  # the same page asks again
    (row,) = store.audit()[: len(store.audit()) - before]
    assert (row.event, row.link_id, row.address) == ("link.redeemed", link["id"], "127.0.0.1")
    for nonce in ("B" * 22, "C" * 22):
        answer = post(good(token, nonce))
        assert (answer.status_code, answer.json()["code"]) == (410, "link-used-up")
    assert len(store.audit()) == before + 1


RAW = {
    "two lengths": b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "a length and chunks": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "a negative length": b"Content-Length: -1\r\n\r\n",
    "a signed length": b"Content-Length: +5\r\n\r\nhello",
    "a length in words": b"Content-Length: five\r\n\r\nhello",
    "a length of no computer": b"Content-Length: 99999999999999999999\r\n\r\n",
    "no chunk": b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
    "chunks of chunks": b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "an unknown coding": b"Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
}


@pytest.fixture
def connection(server):
    """Speak HTTP by hand; the request line and what every request has are sent already."""
    address = urlsplit(server.url)
    with closing(socket.create_connection((address.hostname, address.port), timeout=10)) as made:
        head = f"POST {address.path}{REDEEM} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        head += f"Origin: http://{address.netloc}\r\nContent-Type: application/json\r\n"
        made.sendall(head.encode())
        yield made


@pytest.mark.parametrize("name", list(RAW))
def test_a_length_that_is_none_is_refused(connection, name):
    connection.sendall(RAW[name])
    answer = connection.recv(4096)
    assert answer.split(b" ")[1][:1] == b"4", answer


def test_a_body_without_end_is_cut(connection, owner):
    connection.sendall(b"Transfer-Encoding: chunked\r\n\r\n")
    sent, chunk = 0, b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    with suppress(ConnectionError):
        while sent < 64 * 1024 * 1024:
            connection.sendall(chunk)
            sent += 0x4000
    assert sent < 16 * 1024 * 1024  # what the system's buffers take besides
    assert owner.get("api").status_code == 200


def test_a_slow_body_holds_nobody_up(connection, owner):
    connection.sendall(b"Content-Length: 100\r\n\r\n{")
    for _ in range(5):
        connection.sendall(b" ")
        began = time.monotonic()
        assert owner.get("nb-presign/api/server").status_code == 200
        assert time.monotonic() - began < 5


@pytest.mark.faults
def test_a_body_that_never_ends_costs_its_sender_the_connection(connection):
    connection.settimeout(SECONDS + 10)
    connection.sendall(b"Content-Length: 100\r\n\r\n{")
    began = time.monotonic()
    while connection.recv(4096):
        pass
    assert SECONDS - 2 < time.monotonic() - began < SECONDS + 8


@pytest.mark.parametrize("name", [n for n in BODIES if n not in {"nothing", "white space"}])
def test_minting_refuses_them_as_well(owner, store, token, name):
    before = store.audit()
    body = BODIES[name](token)
    json_type = {"Content-Type": "application/json"}
    answer = owner.post("nb-presign/api/links", content=body, headers=json_type)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-input")
    assert store.audit() == before


@pytest.mark.parametrize("value", [b"NaN", b"1e2", b"60.0", b"true", b'"60"', b"-1", b"1e999"])
def test_a_duration_is_a_whole_number_and_nothing_else(owner, value):
    body = b'{"target":"jupyter:.","expires_in":' + value + b"}"
    json_type = {"Content-Type": "application/json"}
    answer = owner.post("nb-presign/api/links", content=body, headers=json_type)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-input")


@pytest.mark.parametrize(
    "form", [b"target=jupyter:.&target=x", b"target=%ff%fe", b"\xff\xfet\0a\0", b"a=1&" * 2000]
)
def test_opening_refuses_forms_that_no_page_sends(owner, store, form):
    before = store.audit()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = owner.post("nb-presign/open", content=form, headers=kind)
    assert answer.status_code in {400, 413}
    assert "Location" not in answer.headers
    assert store.audit() == before
