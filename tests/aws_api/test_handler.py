"""AWS's wire protocol over real sockets: what HTTP may do to a request, and who is let in by it."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from contextlib import closing
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

import boto3
import pytest
from support.aws_desk import JSON, LIST, MINT
from support.host import Host
from support.raw import send
from support.servers import World, jupyter_server
from support.sigv4 import Request, Signer

from nb_presign.access.entry.bodies import DRAINED, LIMIT
from nb_presign.aws_api.incoming import MOST_HEADERS
from nb_presign.bootstrap import kept_access_keys
from nb_presign.clock import SystemClock
from nb_presign.model import Actor
from nb_presign.settings import Settings

ENABLED = {
    # No handler may be open to strangers that does not say so itself.
    "ServerApp": {
        "jpserver_extensions": {"nb_presign": True},
        "allow_unauthenticated_access": False,
    }
}
BASE = "/user/ann/"
ON = {"NbPresign": {"aws_api": True}}
ANN = Actor("me", "local")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("aws-api")


@pytest.fixture(scope="module")
def server(home):
    with jupyter_server(World(home), home / "files", config=ENABLED | ON, base_url=BASE) as running:
        yield running


@pytest.fixture(scope="module")
def settings(home):
    data = home / "data" / "nb_presign"
    return Settings(store_url=f"sqlite:///{data / 'store.sqlite'}", data_dir=data)


def made(settings):
    with kept_access_keys(settings, SystemClock()) as keys:
        key, secret = asyncio.run(keys.create(actor=ANN))
    return Signer(key.id, secret.reveal())


@pytest.fixture(scope="module")
def signer(settings):
    return made(settings)


@pytest.fixture(scope="module")
def host(server, home):
    found = Host.of(server, home)
    with closing(found.store):
        yield found


@pytest.fixture
def guest(host):
    guest = host.guest()
    yield guest
    guest.client.close()


@pytest.fixture
def ask(server, signer):
    """Send a request as it is written; headers may be added after it was signed."""

    def ask(request=None, *, more=None, signed=True, **changed):
        request = request or listing(server, **changed)
        now = datetime.now(timezone.utc)
        headers = signer.headers(request, now) if signed else dict(request.headers)
        target = request.path + (f"?{request.query}" if request.query else "")
        headers |= more or {}
        headers.pop("host", None)  # it is sent by itself
        return send(server.url, request.method, target, headers=headers, body=request.body)

    return ask


def listing(server, **changed):
    facts = {
        "host": urlsplit(server.url).netloc,
        "path": f"{BASE}nb-presign/aws",
        "headers": {"content-type": JSON, "x-amz-target": f"SageMaker.{LIST}"},
        "body": b"{}",
    }
    return Request(**{**facts, **changed})


def kind(answer):
    return json.loads(answer.body)["__type"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_boto3(server, signer, slash):
    client = boto3.client(
        "sagemaker",
        endpoint_url=f"{server.url}nb-presign/aws{slash}",
        region_name="us-east-1",
        aws_access_key_id=signer.key_id,
        aws_secret_access_key=signer.secret,
    )
    (instance,) = client.list_notebook_instances()["NotebookInstances"]
    assert instance["NotebookInstanceStatus"] == "InService"
    client.close()


def test_what_an_answer_is_like(ask):
    answer = ask()
    assert answer.status == 200
    headers = {name.lower(): value for name, value in answer.headers}
    assert headers["content-type"] == JSON
    assert headers["cache-control"] == "no-store"
    assert {"x-amzn-requestid", "date", "content-length"} <= headers.keys()
    # Nothing of the server's: no cookie, no name, no word for pages of other sites.
    assert not {"set-cookie", "server", "etag", "access-control-allow-origin"} & headers.keys()


def test_only_keys_let_in(server, guest, ask):
    """Neither the owner nor a guest is anybody here."""
    for more in (
        {"authorization": f"token {server.token}"},
        {"authorization": f"Bearer {server.token}"},
        guest.headers,
        {"cookie": f"username-{urlsplit(server.url).netloc}=x"},
        {},
    ):
        answer = ask(signed=False, more=more)
        assert (answer.status, kind(answer)) == (400, "MissingAuthenticationTokenException")
    answer = ask(signed=False, query=f"token={server.token}")
    assert kind(answer) == "MissingAuthenticationTokenException"


def test_a_key_lets_in_whoever_else_one_is(host, guest, ask):
    assert ask(more=guest.headers).status == 200
    assert ask(more={"origin": "https://elsewhere.example"}).status == 200
    host.revoke(guest)
    assert ask(more=guest.headers).status == 200


def test_a_revoked_key_lets_nobody_in(server, settings, ask):
    signer, request = made(settings), listing(server)
    headers = signer.headers(request, datetime.now(timezone.utc))
    assert ask(request, signed=False, more=headers).status == 200
    with kept_access_keys(settings, SystemClock()) as keys:
        asyncio.run(keys.revoke(signer.key_id, ANN))
    # Byte for byte what was good a moment ago, and what is signed anew.
    for each in (headers, signer.headers(request, datetime.now(timezone.utc))):
        answer = ask(request, signed=False, more=each)
        assert (answer.status, kind(answer)) == (400, "UnrecognizedClientException")


def test_cookies_do_not_count(ask):
    """Whoever calls from a browser sends those of the whole site."""
    assert ask(more={"cookie": "a=" + "b" * 2 * MOST_HEADERS}).status == 200
    answer = ask(more={"x-other": "b" * MOST_HEADERS})
    assert (answer.status, kind(answer)) == (413, "RequestEntityTooLargeException")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
def test_other_methods(ask, method):
    answer = ask(method=method)
    assert answer.status in {404, 405}
    if method != "HEAD":
        assert kind(answer) == "UnknownOperationException"


def test_bodies_up_to_the_limit(ask):
    assert ask(body=b"{}" + b" " * (LIMIT - 2)).status == 200
    for size in (LIMIT + 1, 10 * LIMIT):
        answer = ask(body=b"{}" + b" " * (size - 2))
        assert (answer.status, kind(answer)) == (413, "RequestEntityTooLargeException")


def chunks(body, size=100):
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def exchange(server, request, headers, body):
    """Send what `support.raw` cannot: a body without a length."""
    place = urlsplit(server.url)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((place.hostname, place.port), 20) as connection:
        head = f"{request.method} {request.path} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n"
        connection.sendall(head.encode() + body)
        received = b""
        while part := connection.recv(65_536):
            received += part
    return received


def test_a_body_that_nobody_reads(server, signer):
    request = listing(server)
    headers = signer.headers(request, datetime.now(timezone.utc))
    for length, status in ((DRAINED + 1, b" 413 "), ("many", b" 400 "), (-1, b" 400 ")):
        answer = exchange(server, request, {**headers, "Content-Length": str(length)}, b"")
        assert status in answer.partition(b"\r\n")[0]


def test_a_body_in_chunks(server, signer):
    for body, status in ((b'{"MaxResults": 5}', b" 200 "), (b" " * 2 * LIMIT, b" 413 ")):
        request = listing(server, body=body)
        headers = signer.headers(request, datetime.now(timezone.utc))
        answer = exchange(
            server, request, {**headers, "Transfer-Encoding": "chunked"}, chunks(body)
        )
        assert status in answer.partition(b"\r\n")[0]


def test_headers_on_the_wire(server, signer):
    """With blanks, they are tidied as SigV4 is described; what could be read in two ways is not."""
    request = listing(server)
    headers = {**request.headers, "x-amz-meta": "a b c"}
    signed = signer.headers(listing(server, headers=headers), datetime.now(timezone.utc))
    length = {"Content-Length": "2"}
    for written in ("a b c", "  a   b c  "):
        answer = exchange(server, request, {**signed, **length, "x-amz-meta": written}, b"{}")
        assert b" 200 " in answer.partition(b"\r\n")[0]
    folded = {**signed, **length, "x-amz-meta": "a\r\n b\r\n\tc"}
    answer = exchange(server, request, folded, b"{}")
    assert b" 400 " in answer.partition(b"\r\n")[0]  # by tornado, from 6.6 on
    again = f"{signed['x-amz-target']}\r\nX-Amz-Target: SageMaker.{MINT}"
    answer = exchange(server, request, {**signed, **length, "x-amz-target": again}, b"{}")
    assert b"IncompleteSignatureException" in answer


def test_a_refused_mint_leaves_nothing(server, signer, host, ask):
    begun = datetime.now(timezone.utc) - timedelta(days=1)

    def kept():
        return host.store.audit(limit=10_000), host.store.links(since=begun)

    before = kept()
    headers = {"content-type": JSON, "x-amz-target": f"SageMaker.{MINT}"}
    body = b'{"NotebookInstanceName": "files"}'
    good = listing(server, headers=headers, body=body)
    wrong = Signer(signer.key_id, "wrong").headers(good, datetime.now(timezone.utc))
    for more, said in (
        (wrong, "InvalidSignatureException"),
        ({"x-amz-date": "20300102T030405Z"}, "InvalidSignatureException"),
        ({"x-amz-target": "SageMaker.Mint"}, "UnknownOperationException"),
        ({"authorization": ""}, "MissingAuthenticationTokenException"),
    ):
        answer = ask(good, more=more)
        assert (answer.status, kind(answer)) == (400, said)
    assert kept() == before
    assert ask(good).status == 200
    assert len(kept()[0]) == len(before[0]) + 1


def test_what_the_log_says(server, signer, ask):
    good = listing(server)
    presigned = signer.presign(good, datetime.now(timezone.utc))
    assert ask(presigned, signed=False).status == 200
    wrong = Signer(signer.key_id, "wrong")
    headers = wrong.headers(good, datetime.now(timezone.utc))
    assert ask(good, signed=False, more=headers).status == 400
    body = b'{"NotebookInstanceName": "other"}'
    headers = {**good.headers, "x-amz-target": f"SageMaker.{MINT}"}
    assert ask(listing(server, headers=headers, body=body)).status == 400
    assert ask().status == 200  # whatever was asked before is logged by now
    log = server.logged()
    assert f"200 sagemaker:{LIST} by {signer.key_id}: done" in log
    assert re.search(rf"400 sagemaker:{MINT} by {signer.key_id}: \w+Exception", log)
    for nothing in (signer.secret, presigned.query[-64:], "Signature", "AwsHandler"):
        assert nothing not in log
