"""Tokens that programs send in a header, on a real server: what they open, and when that ends."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

import httpx
import pytest
from support.channels import Channels
from support.host import OWNER, Host, Lent
from support.raw import UPGRADE, send
from support.servers import World, jupyter_server

from nb_presign.model import (
    ACCESS_KEY,
    AccessKey,
    Permission,
    Scope,
    new_access_key_id,
)
from nb_presign.redemption import BEARER

FOR = "X-Forwarded-For"
OFFICE, ELSEWHERE = "203.0.113.7", "198.51.100.9"
NEW = {"type": "file", "format": "text", "content": "x"}
ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ENDED = 4401
CONFIG = {
    "ServerApp": {"jpserver_extensions": {"nb_presign": True}},
    "NbPresign": {"trusted_proxies": ["127.0.0.1"]},
}


def until(moment: datetime) -> Permission:
    condition = {"DateLessThan": {"aws:CurrentTime": moment.isoformat(timespec="milliseconds")}}
    return Permission(json.dumps({"Statement": {**ALLOW, "Condition": condition}}))


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    home = tmp_path_factory.mktemp("bearer")
    (home / "files").mkdir()
    (home / "files" / "a.txt").write_text("a")
    with jupyter_server(World(home), home / "files", config=CONFIG) as server:
        found = Host.of(server, home)
        with server.owner() as owner:
            # Whoever minted here has waited for what the store needs to be imported.
            owner.get("nb-presign/api/links").raise_for_status()
        yield found
        found.store.close()


@pytest.fixture(scope="module")
def kernel(host: Host) -> str:
    """Have the owner run a kernel."""
    with host.server.owner() as owner:
        return owner.post("api/kernels", json={}).json()["id"]


@pytest.fixture
def program(host: Host) -> Iterator[httpx.Client]:
    """Make a client without cookies or anything else of a browser's."""
    with host.server.stranger() as client:
        yield client


@pytest.fixture
def channels(host, kernel):
    made = []

    def channels(lent: Lent, *, origin=None, **headers) -> Channels:
        url = f"{host.server.url}api/kernels/{kernel}/channels"
        made.append(Channels(url, lent.headers | headers, origin=origin))
        return made[-1]

    yield channels
    for each in made:
        each.socket.close()


def who(client, headers) -> str:
    """Tell who sends this; empty: nobody."""
    answer = client.get("api/me", headers=headers)
    return answer.json()["identity"]["username"] if answer.is_success else ""


@pytest.mark.parametrize("scheme", ["Bearer", "token", "bearer", "TOKEN"])
def test_the_header_stands_for_the_session(host, program, scheme):
    lent = host.lend()
    assert who(program, {"Authorization": f"{scheme} {lent.token}"}) == lent.session.id
    assert 0 < (lent.session.expires_at - lent.session.created_at).total_seconds() <= 600


@pytest.mark.parametrize("scope", [Scope.READ, Scope.EXECUTE])
def test_it_may_what_the_scope_may_without_an_xsrf_cookie(host, program, scope):
    lent = host.lend(scope)
    answer = program.put(f"api/contents/{scope}.txt", json=NEW, headers=lent.headers)
    written = scope is Scope.EXECUTE
    assert answer.status_code == (201 if written else 403)
    assert (host.server.root / f"{scope}.txt").exists() is written
    assert program.get("files/a.txt", headers=lent.headers).text == "a"


def test_it_is_never_the_owners(host, program):
    lent = host.lend(Scope.FULL)
    for method, path in (
        ("GET", "nb-presign/api/links"),
        ("POST", "nb-presign/api/links"),
        ("DELETE", f"nb-presign/api/links/{lent.link.id}"),
        ("POST", "nb-presign/open"),
    ):
        answer = program.request(method, path, json={"target": "jupyter:."}, headers=lent.headers)
        assert answer.status_code in {401, 403}, (method, path)
    page = program.get("tree", headers=lent.headers).text
    assert host.server.token not in page
    assert who(program, lent.headers) == lent.session.id


def test_other_origins_are_refused_and_told_nothing(host, program, kernel):
    lent = host.lend(Scope.EXECUTE)
    foreign = lent.headers | {"Origin": "http://evil.example"}
    answer = program.put("api/contents/evil.txt", json=NEW, headers=foreign)
    assert answer.status_code in {403, 404}
    assert not (host.server.root / "evil.txt").exists()
    assert "Access-Control-Allow-Origin" not in answer.headers
    path = f"/api/kernels/{kernel}/channels"
    assert send(host.server.url, "GET", path, headers=UPGRADE | foreign).status == 403
    assert send(host.server.url, "GET", path, headers=UPGRADE | lent.headers).status == 101


@pytest.mark.parametrize("name", ["token", "authToken", "access_token", "Authorization"])
def test_in_a_query_it_is_nobodys_and_is_not_logged(host, program, name):
    lent = host.lend(Scope.FULL)
    for value in (lent.token, f"Bearer {lent.token}"):
        assert program.get(f"api/contents?{name}={quote(value)}").status_code == 403
        assert program.get(f"no/such?{name}={quote(value)}").status_code in {302, 403, 404}
    assert lent.token.removeprefix(BEARER) not in host.server.logged()


def test_who_sends_a_wrong_one_is_nobody_whatever_else_they_send(host, program):
    lent, guest = host.lend(), host.guest()
    guest.client.close()
    wrong = f"{lent.token[:-1]}{'A' if lent.token[-1] != 'A' else 'E'}"
    for value in (f"Bearer {wrong}", f"Bearer {lent.token}x", f"Bearer {lent.token[:-1]}"):
        assert who(program, {"Authorization": value}) == ""
        assert who(program, guest.headers | {"Authorization": value}) == ""
    twice = [("Authorization", f"Bearer {lent.token}")] * 2
    assert who(program, httpx.Headers(twice)) == ""


def test_beside_a_cookie_the_header_is_judged(host, program):
    lent, guest = host.lend(), host.guest()
    guest.client.close()
    assert who(program, guest.headers | lent.headers) == lent.session.id
    # What is none of ours is not looked at.
    for other in (f"Bearer {'x' * 43}", "Basic YTpi", "Bearer"):
        assert who(program, guest.headers | {"Authorization": other}) == guest.session.id


def test_an_owner_stays_the_owner(host, program):
    lent = host.lend()
    program.get("login")
    form = {"password": host.server.token, "_xsrf": program.cookies["_xsrf"]}
    assert program.post("login", data=form).status_code == 302
    name = who(program, {})
    assert name
    assert who(program, lent.headers) == name


def test_who_executes_talks_to_kernels(channels, host):
    reply = channels(host.lend(Scope.EXECUTE))
    reply.execute("6 * 7")
    assert reply.wait_for("execute_result")["content"]["data"]["text/plain"] == "42"


def test_who_reads_only_listens(channels, host):
    reader, writer = channels(host.lend(Scope.READ)), channels(host.lend(Scope.EXECUTE))
    reader.execute("heard = 'by nobody'")
    writer.execute("print(globals().get('heard', 'nothing'))")
    assert reader.wait_for("stream")["content"]["text"] == "nothing\n"


def end_the_link(host, lent):
    with host.server.owner() as owner:
        assert owner.delete(f"nb-presign/api/links/{lent.link.id}").status_code == 200


def end_the_session(host, lent):
    with host.server.owner() as owner:
        assert owner.delete(f"nb-presign/api/sessions/{lent.session.id}").status_code == 200


def end_the_key(host, lent):
    key_id = lent.link.minted_by.removeprefix(f"{ACCESS_KEY}:")
    now = datetime.now(timezone.utc)
    assert host.store.revoke_access_key(key_id, now=now, actor=OWNER).sessions


def leave(host, lent):
    with host.server.stranger() as program:
        assert program.get("logout", headers=lent.headers).status_code == 200


@pytest.mark.parametrize("end", [end_the_link, end_the_session, end_the_key, leave])
def test_its_end_refuses_requests_and_cuts_sockets(channels, host, program, end):
    now = datetime.now(timezone.utc)
    key = AccessKey(id=new_access_key_id(), created_at=now, scope=Scope.READ, policy="{}")
    host.store.add_access_key(key, "sealed", OWNER)
    lent = host.lend(Scope.EXECUTE, minted_by=f"{ACCESS_KEY}:{key.id}")
    other = host.lend(Scope.EXECUTE)
    socket, stays = channels(lent), channels(other)
    socket.run("1")
    end(host, lent)
    socket.wait_for_close(seconds=15)
    assert socket.closed_with == ENDED
    assert program.get("api/contents", headers=lent.headers).status_code == 403
    assert who(program, other.headers) == other.session.id
    stays.run("1")
    with host.server.owner() as owner:
        assert owner.get("api/contents").status_code == 200


def test_a_time_in_the_links_policy_ends_open_sockets(channels, host, program):
    moment = datetime.now(timezone.utc) + timedelta(seconds=4)
    lent = host.lend(Scope.EXECUTE, permission=until(moment))
    socket = channels(lent)
    socket.run("1")
    assert program.get("api/contents", headers=lent.headers).status_code == 200
    began = time.monotonic()
    left = (moment - datetime.now(timezone.utc)).total_seconds()
    assert left > 0, "this machine is too slow to tell"
    socket.wait_for_close(seconds=15)
    assert socket.closed_with == ENDED
    assert -0.1 < time.monotonic() - began - left < 2
    assert program.get("api/contents", headers=lent.headers).status_code == 403


def test_addresses_in_the_links_policy_are_asked_for_each_request(host, program, kernel):
    office = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    document = {"Statement": [ALLOW, {**ALLOW, "Effect": "Deny", "Condition": office}]}
    lent = host.lend(Scope.EXECUTE, permission=Permission(json.dumps(document)))
    path = f"/api/kernels/{kernel}/channels"
    for address, status in ((OFFICE, 200), (ELSEWHERE, 403), ("junk", 403), (OFFICE, 200)):
        headers = lent.headers | {FOR: address}
        assert program.get("api/contents", headers=headers).status_code == status
        answer = send(host.server.url, "GET", path, headers=UPGRADE | headers)
        assert answer.status == (101 if status == 200 else 403)
    with host.server.owner() as owner:
        assert owner.get("api/contents", headers={FOR: ELSEWHERE}).status_code == 200


def test_a_policy_that_cannot_be_read_any_more_lets_nobody_in(host, program):
    lent = host.lend()
    held = host.guest(Scope.READ, permission=Permission("{}"))
    assert who(program, lent.headers)
    assert held.client.get("api/contents").status_code == 403
    with host.server.owner() as owner:
        listed = {each["id"]: each for each in owner.get("nb-presign/api/sessions").json()}
    assert listed[held.session.id]["policy"] == {}
    held.client.close()


def test_no_log_has_a_token(host, program):
    lent = host.lend(Scope.FULL)
    program.get("api/contents", headers=lent.headers)
    program.get("api/contents/none", headers=lent.headers)
    program.put("api/contents/x/y/z", json=NEW, headers=lent.headers)
    assert lent.token.removeprefix(BEARER) not in host.server.logged()
