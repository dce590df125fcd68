"""A server that a Hub has started: its REST, its kernels, and what becomes of its guests."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

import httpx
import pytest
from jupyter_servers import trusted
from kernel_socket import KernelSocket
from playground import write_notebook
from support.guests import a_session
from support.hub import accept, enter, wait_until

from nb_presign.access.answers.pages import DISABLED, SETTING
from nb_presign.access.gate.gate import Ruling, Verdict
from nb_presign.access.marks import mark
from nb_presign.clock import SystemClock
from nb_presign.hub_server import hide_from_visitors, hub_owner
from nb_presign.model import Actor
from nb_presign.store.sql import SqlStore

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def alice(hub, alices_token):
    """Give a client of alice's server, as her kernels have it."""
    with httpx.Client(
        base_url=f"{hub.url}user/alice/",
        headers={"Authorization": f"token {alices_token}"},
        timeout=30,
        trust_env=False,
        verify=trusted(),
    ) as client:
        yield client


@pytest.fixture
def minted(alice):
    """Mint a link to this server, and revoke it afterwards."""
    answer = alice.post("nb-presign/api/links", json={"target": "hub:./a.ipynb"})
    assert answer.status_code == 201, answer.text
    yield answer.json()
    alice.delete(f"nb-presign/api/links/{answer.json()['id']}")


async def hang_up(*sockets):
    for socket in sockets:
        socket.close()
        assert await socket.closed(10)


def test_elsewhere_a_server_has_no_owner_of_a_hubs():
    assert hub_owner({}) == ""


@pytest.mark.parametrize(
    ("user", "ours", "hidden"),
    [("alice", False, False), ("bob", False, True), ("session id", True, False)],
    ids=["owner", "visitor", "guest"],
)
def test_only_whom_the_hub_lets_in_lose_our_plugins(user, ours, hidden):
    settings = {}
    hide_from_visitors(settings, "alice")
    handler = SimpleNamespace(current_user=SimpleNamespace(username=user))
    if ours:
        mark(handler, a_session(), Ruling(Verdict.ALLOW))
    shared = {DISABLED: ["another"]}
    found = settings[SETTING](handler, shared)
    assert found[DISABLED] == ["another", *(["nb_presign"] if hidden else [])]
    assert shared == {DISABLED: ["another"]}


def test_elsewhere_nothing_is_hidden():
    settings = {}
    hide_from_visitors(settings, "")
    assert settings == {}


def test_it_names_itself_by_the_hub(alice):
    told = alice.get("nb-presign/api/server").json()
    assert (told["here"], told["self_hosted"]) == ("hub:alice/-", False)
    [provider] = [
        one for one in alice.get("nb-presign/api/providers").json() if one["name"] == "hub"
    ]
    assert (provider["usable"], provider["configured"]) == (True, True)
    [target] = alice.get("nb-presign/api/targets?provider=hub").json()["items"]
    assert (target["target"], target["state"]) == ("hub:alice", "ready")


def test_what_is_configured_lets_its_token_start_servers_and_delete_none(hub, alices_token):
    as_alice = {"Authorization": f"token {alices_token}"}
    me = httpx.get(f"{hub.url}hub/api/user", headers=as_alice, trust_env=False).json()
    held = {scope.partition("!")[0] for scope in me["scopes"]}
    assert {"start:servers", "read:servers"} <= held
    assert not {"servers", "delete:servers"} & held


def test_an_owners_click_in_the_sidebar_opens_the_page_without_a_code(hub, alice):
    click = {
        "Sec-Fetch-Site": "same-origin",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }
    target = "nb-presign/open?target=hub:./a.ipynb"
    answer = alice.get(target, headers=click, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"{hub.url}user/alice/lab/tree/a.ipynb"


def test_only_a_whole_server_can_be_shared(alice):
    for limit in ({"scope": "read"}, {"max_uses": 1}, {"within": "a"}, {"expires_in": 30}):
        answer = alice.post("nb-presign/api/links", json={"target": "hub:.", **limit})
        assert (answer.status_code, answer.json()["code"]) == (400, "out-of-range")


def test_whom_the_hub_lets_in_does_not_let_in_others(hub, bob, alice, minted):
    assert accept(bob, minted["url"]).status_code == 200
    assert bob.get("user/alice/api/contents").status_code == 200
    for path in ("links", "providers", "sessions"):
        refused = bob.get(f"user/alice/nb-presign/api/{path}")
        assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
    xsrf = {"X-XSRFToken": bob.cookies.get("_xsrf", path="/user/alice/")}
    before = len(hub.codes("alice"))
    refused = bob.post("user/alice/nb-presign/api/links", json={"target": "hub:."}, headers=xsrf)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
    assert len(hub.codes("alice")) == before
    assert alice.get("nb-presign/api/links").status_code == 200


def test_whom_the_hub_lets_in_is_shown_nothing_that_is_refused_them(bob, alice, minted):
    accept(bob, minted["url"])
    for reader, hidden in ((bob, True), (alice, False)):
        page = reader.get(str(alice.base_url.join("lab"))).text
        config = page.partition('id="jupyter-config-data"')[2].partition(">")[2].partition("<")[0]
        assert ("nb_presign" in json.loads(config)["disabledExtensions"]) is hidden


def test_a_revoked_link_lets_its_guest_go_at_once(bob, alice, minted):
    accept(bob, minted["url"])
    assert bob.get("user/alice/api/contents").status_code == 200
    assert alice.delete(f"nb-presign/api/links/{minted['id']}").json()["state"] == "revoked"
    # The server would believe for minutes what the Hub said before.
    assert bob.get("user/alice/api/contents").status_code == 403
    assert enter(bob, "user/alice/lab").status_code == 403
    assert alice.get("api/contents").status_code == 200


async def test_open_kernels_are_hung_up_on_for_guests_only(hub, bob, alice, alices_token, minted):
    accept(bob, minted["url"])
    kernel = alice.post("api/kernels", json={}).json()["id"]
    cookies = "; ".join(f"{one.name}={one.value}" for one in bob.cookies.jar if one.path != "/hub/")
    server = f"{hub.url}user/alice/"
    guests = await KernelSocket.open(server, kernel, {"Cookie": cookies})
    owners = await KernelSocket.open(server, kernel, {"Authorization": f"token {alices_token}"})
    try:
        assert (await guests.run("print(6 * 7)")).text.strip() == "42"
        await asyncio.to_thread(alice.delete, f"nb-presign/api/links/{minted['id']}")
        assert await guests.closed(10)
        assert (await owners.run("print(6 * 7)")).text.strip() == "42"
    finally:
        await hang_up(guests, owners)
        alice.delete(f"api/kernels/{kernel}")


async def test_the_magic_of_a_notebook_names_and_shares_its_server(hub, alice, alices_token):
    name = "a b.ipynb"
    write_notebook(hub.home / "alice" / name, [])
    # As JupyterLab begins one.
    wanted = {"path": name, "name": name, "type": "notebook", "kernel": {"name": "python3"}}
    kernel = alice.post("api/sessions", json=wanted).json()["kernel"]["id"]
    socket = await KernelSocket.open(
        f"{hub.url}user/alice/", kernel, {"Authorization": f"token {alices_token}"}
    )
    code = "%load_ext nb_presign\nlink = %presign -q hub:. --note kernel\n"
    try:
        outcome = await socket.run(
            code,
            url="link.url.reveal()",
            target="str(link.target)",
            audience="link.audience",
            text="repr(link)",
        )
        assert outcome.status == "ok", outcome.text
        secret = outcome.values["url"].strip("'").partition("code=")[2].partition("&")[0]
        assert secret
        assert secret not in outcome.text + outcome.values["text"]
        listed = {link["note"]: link for link in alice.get("nb-presign/api/links").json()}
        assert listed["kernel"]["target"] == "hub:alice"
        assert listed["kernel"]["minted_by"] == "owner:alice"
        assert "url" not in listed["kernel"] or not listed["kernel"]["url"]
        written = await socket.run("%presign link .")
        assert "(presign:hub:alice/-/lab/tree/a%20b.ipynb)" in written.text
    finally:
        await hang_up(socket)
        alice.delete(f"api/kernels/{kernel}")


def test_neither_code_nor_token_is_logged_or_kept(hub, bob, alice, alices_token, minted):
    code = minted["url"].partition("code=")[2].partition("&")[0]
    accept(bob, minted["url"])
    alice.get("nb-presign/api/providers/hub/findings?target=hub:.")
    wait_until(lambda: "nb-presign/api/providers/hub/findings" in hub.logged(), 10)
    for secret in (code, alices_token):
        assert secret not in hub.logged()
        for file in (hub.home / "alice").rglob("*.sqlite*"):
            assert secret.encode() not in file.read_bytes()
    assert code not in json.dumps(alice.get("nb-presign/api/links").json())


@pytest.mark.faults
def test_the_server_sees_to_it_by_itself(hub, bob, minted):
    """Takes up to 20 seconds, `extension.HUB_SECONDS`."""
    accept(bob, minted["url"])
    assert bob.get("user/alice/api/contents").status_code == 200
    # As a command does in a terminal, without a word to the server.
    [path] = (hub.home / "alice").rglob("store.sqlite")
    store = SqlStore(f"sqlite:///{path}", SystemClock())
    try:
        store.revoke(minted["id"], now=store.now(), actor=Actor("alice", "local"))
    finally:
        store.close()
    wait_until(lambda: bob.get("user/alice/api/contents").status_code == 403, 60)
    assert hub.shares("alice") == []
