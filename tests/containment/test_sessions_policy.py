"""Policy documents on real servers: at redemption, for each request, and for open connections."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone

import httpx
import pytest
from jupyter_servers import trusted
from support.channels import Channels
from support.opening import mint, redeem
from support.raw import UPGRADE, send
from support.servers import RunningServer, World, jupyter_server

OFFICE, ELSEWHERE = "203.0.113.7", "198.51.100.9"
FOR, PROTO = "X-Forwarded-For", "X-Forwarded-Proto"
EMPTY = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENY = {**ALLOW, "Effect": "Deny"}
DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [
        ALLOW,
        {
            **DENY,
            "Sid": "OnlyOffice",
            "Action": "sagemaker:CreatePresignedNotebookInstanceUrl",
            "Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}},
        },
        {
            **DENY,
            "Sid": "FullOverTlsOnly",
            "Condition": {
                "StringEquals": {"nb-presign:Scope": "full"},
                "Bool": {"aws:SecureTransport": "false"},
            },
        },
    ],
}


def config(policy, **more):
    return {
        "ServerApp": {"jpserver_extensions": {"nb_presign": True}},
        "NbPresign": {
            "server_name": "b",
            "trusted_proxies": ["127.0.0.1"],
            "policy": policy,
            **more,
        },
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[RunningServer]:
    """Read the document from a file, as an administrator would have it."""
    home = tmp_path_factory.mktemp("policy")
    (home / "policy.json").write_text(json.dumps(DOCUMENT))
    (home / "files").mkdir()
    (home / "files" / "a.ipynb").write_text(json.dumps(EMPTY))
    settings = config(str(home / "policy.json"))
    with jupyter_server(World(home), home / "files", config=settings) as running:
        yield running


@pytest.fixture
def owner(server):
    with server.owner() as client:
        yield client


@pytest.fixture
def browser(server):
    """Make clients of a proxy that the server trusts."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(server.stranger())


@pytest.fixture
def notebook(owner):
    """Open a notebook; returns its Jupyter session."""
    model = {"path": "a.ipynb", "name": "", "type": "notebook", "kernel": {"name": "python3"}}
    made = owner.post("api/sessions", json=model).json()
    yield made
    owner.delete(f"api/sessions/{made['id']}")


def test_a_denied_redemption_uses_nothing_and_says_nothing_of_the_policy(owner, browser):
    link = mint(owner, max_uses=1)
    guest = browser()
    answer = redeem(guest, link, **{FOR: ELSEWHERE})
    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
    assert "OnlyOffice" not in answer.text
    assert "Set-Cookie" not in answer.headers
    assert owner.get(f"nb-presign/api/links/{link['id']}").json()["uses"] == 0
    assert redeem(guest, link, **{FOR: OFFICE}).status_code == 200


def test_each_request_is_judged(server, owner, browser):
    guest = browser()
    assert redeem(guest, mint(owner), **{FOR: OFFICE}).status_code == 200
    cookies = "; ".join(f"{name}={value}" for name, value in guest.cookies.items())
    for address, status in ((OFFICE, 200), (ELSEWHERE, 403), ("junk", 403), (OFFICE, 200)):
        headers = {FOR: address}
        assert guest.get("api/contents", headers=headers).status_code == status
        sent = UPGRADE | headers | {"Cookie": cookies}
        answer = send(server.url, "GET", "/api/events/subscribe", headers=sent)
        assert answer.status == (101 if status == 200 else 403)


def test_a_link_to_an_open_notebook_is_another_action(owner, browser, notebook):
    guest = browser()
    link = mint(owner, target=f"session:{notebook['id']}")
    assert redeem(guest, link, **{FOR: ELSEWHERE}).status_code == 200
    assert guest.get("api/contents/a.ipynb", headers={FOR: ELSEWHERE}).status_code == 200
    # Statements that take an address for granted cannot judge one that cannot be told.
    assert guest.get("api/contents/a.ipynb", headers={FOR: "junk"}).status_code == 403


def test_what_a_trusted_proxy_says_of_tls_counts(owner, browser):
    guest, link = browser(), mint(owner, scope="full")
    for said in ("http", "https, http", ""):
        assert redeem(guest, link, **{FOR: OFFICE, PROTO: said}).status_code == 403
    secure = {FOR: OFFICE, PROTO: "https"}
    assert redeem(guest, link, **secure).status_code == 200
    assert guest.get("api/contents", headers=secure).status_code == 200
    assert guest.get("api/contents", headers={FOR: OFFICE}).status_code == 403


def test_owners_are_asked_nothing(server, owner):
    assert owner.get("api/contents", headers={FOR: ELSEWHERE}).status_code == 200
    transport = httpx.HTTPTransport(local_address="127.0.0.2", verify=trusted())
    with server.owner(transport=transport) as elsewhere:
        assert elsewhere.get("api/contents").status_code == 200


BAD = {"Statement": [ALLOW, {**DENY, "Condition": {"IpAdress": {"aws:SourceIp": "::/0"}}}]}


class TestADocumentThatCannotBeUsed:
    def test_lets_nobody_in_and_is_told_of(self, tmp_path):
        with jupyter_server(World(tmp_path), tmp_path / "files", config=config(BAD)) as server:
            with server.stranger() as guest:
                assert guest.get("nb-presign/redeem").status_code == 404
            with server.owner() as owner:
                assert owner.get("api/contents").status_code == 200
            log = server.logged()
        assert "nb_presign serves no links" in log
        assert "statement 2, Condition: the operator 'IpAdress' is not known" in log

    def test_stops_a_server_that_requires_it(self, tmp_path):
        settings = config(BAD, required=True)
        with (
            pytest.raises(RuntimeError, match="did not start"),
            jupyter_server(World(tmp_path), tmp_path / "files", config=settings),
        ):
            pytest.fail("it answers")


@pytest.mark.faults
def test_a_time_in_the_document_ends_open_sockets(tmp_path):
    """Not with a clock to turn: in a server's own process, at the very moment."""
    moment = datetime.now(timezone.utc) + timedelta(seconds=25)
    until = {"DateLessThan": {"aws:CurrentTime": moment.isoformat(timespec="milliseconds")}}
    settings = config({"Statement": {**ALLOW, "Condition": until}})
    with (
        jupyter_server(World(tmp_path), tmp_path / "files", config=settings) as server,
        server.owner() as owner,
        server.stranger() as guest,
    ):
        assert redeem(guest, mint(owner, scope="execute")).status_code == 200
        kernel = owner.post("api/kernels", json={}).json()["id"]
        cookies = "; ".join(f"{name}={value}" for name, value in guest.cookies.items())
        url = f"{server.url}api/kernels/{kernel}/channels"
        channels = Channels(url, {"Cookie": cookies})
        channels.execute("1 + 1")
        channels.wait_for("execute_reply")
        left = (moment - datetime.now(timezone.utc)).total_seconds()
        assert left > 0, "the server took too long to start"
        time.sleep(max(0.0, left - 1))
        channels.wait_for_hang_up(seconds=5)
        late = (datetime.now(timezone.utc) - moment).total_seconds()
        assert -0.001 <= late < 0.75
        assert guest.get("api/contents").status_code == 403
