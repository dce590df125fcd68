"""Whose session a request belongs to: fixation, tossed cookies, forged requests, log in and out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from support.opening import a_guest, guest_cookie, mint, redeem
from support.raw import UPGRADE, send
from support.servers import RunningServer, World, jupyter_server

ENABLED = {"ServerApp": {"jpserver_extensions": {"nb_presign": True}}}
EMPTY = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
NEW = {"type": "notebook", "format": "json", "content": EMPTY}


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    return World(tmp_path_factory.mktemp("identity"))


@pytest.fixture(scope="module")
def server(world) -> Iterator[RunningServer]:
    root = world.home / "files"
    root.mkdir()
    (root / "a.ipynb").write_text(json.dumps(EMPTY))
    # An owner may let other origins in; guests' sessions are nothing to them all the same.
    lax = {"allow_origin": "*", "allow_credentials": True}
    config = {
        "ServerApp": ENABLED["ServerApp"] | lax,
        "NbPresign": {"server_name": "b"},
    }
    with jupyter_server(world, root, config=config) as running:
        yield running


@pytest.fixture(scope="module")
def neighbour(world) -> Iterator[RunningServer]:
    """Another server of the same user: one store, one key file, one cookie secret, one host."""
    config = ENABLED | {"NbPresign": {"server_name": "c"}}
    with jupyter_server(world, world.home / "others", config=config) as running:
        yield running


@pytest.fixture
def owner(server):
    with server.owner() as client:
        yield client


@pytest.fixture
def guest(server):
    """Let guests in, each in a browser of their own."""
    made = []

    def guest(**terms):
        made.append(a_guest(server, **terms))
        return made[-1]

    yield guest
    for each in made:
        each.close()


def pair_of(client) -> str:
    """Write the guest cookie that a browser holds as a browser sends it."""
    (found,) = [(n, v) for n, v in client.cookies.items() if "nb-presign-" in n]
    return "=".join(found)


def me(server, cookie, **headers) -> str:
    """Ask who sends this; empty: nobody."""
    with server.stranger(headers={"Cookie": cookie, **headers}) as client:
        answer = client.get("api/me")
    return answer.json()["identity"]["username"] if answer.is_success else ""


def name_of(client) -> str:
    return client.get("api/me").json()["identity"]["username"]


def live(owner, session_id) -> bool:
    found = {each["id"]: each["state"] for each in owner.get("nb-presign/api/sessions").json()}
    return found[session_id] == "live"


class TestFixation:
    def test_a_value_that_the_client_sends_is_never_adopted(self, server, owner, guest):
        name = pair_of(guest()).partition("=")[0]
        with server.stranger(headers={"Cookie": f"{name}={'A' * 43}"}) as victim:
            answer = redeem(victim, mint(owner))
            given = guest_cookie(answer).partition(";")[0]
        assert given.startswith(f"{name}=")
        assert "A" * 43 not in given
        assert me(server, f"{name}={'A' * 43}") == ""
        assert me(server, given).startswith("ses_")

    def test_a_guest_who_opens_another_link_gets_another_session(self, owner, guest):
        client = guest()
        before, cookie = name_of(client), pair_of(client)
        assert redeem(client, mint(owner, scope="execute")).status_code == 200
        assert name_of(client) != before
        assert pair_of(client) != cookie

    def test_each_opening_has_a_value_of_its_own(self, server, owner):
        link = mint(owner, max_uses=3)
        found = []
        for _ in range(3):
            with server.stranger() as client:
                found.append(guest_cookie(redeem(client, link)).partition(";")[0])
        assert len(set(found)) == 3

    def test_a_nonce_opens_one_link_only(self, server, owner):
        """Who knows the nonce of somebody's page, and a link, has not their session."""
        nonce = "N" * 22
        with server.stranger() as victim, server.stranger() as attacker:
            theirs = guest_cookie(redeem(victim, mint(owner), nonce=nonce))
            ours = guest_cookie(redeem(attacker, mint(owner), nonce=nonce))
        assert theirs.partition(";")[0] != ours.partition(";")[0]


class TestTossedCookies:
    """Another host of the domain, or another port, can plant cookies; it cannot read them."""

    @pytest.mark.parametrize("order", [1, -1])
    def test_beside_a_victims_own_it_makes_them_nobody_and_not_the_attacker(
        self, server, guest, order
    ):
        victim, attacker = guest(), guest()
        both = "; ".join([pair_of(victim), pair_of(attacker)][::order])
        assert me(server, both) == ""

    def test_in_an_owners_browser_it_counts_for_nothing(self, server, guest):
        attacker = guest(scope="full")
        name = me(server, pair_of(attacker), Authorization=f"token {server.token}")
        assert name
        assert not name.startswith("ses_")
        with closing(signed_in(server)) as browser:
            before = name_of(browser)
            browser.cookies.set(*pair_of(attacker).split("="))
            assert name_of(browser) == before
            assert browser.get("nb-presign/api/links").status_code == 200

    def test_in_a_strangers_browser_it_is_a_session_that_says_so(self, server, guest):
        """What holds: they are told to be a guest, and nothing of theirs is in it before."""
        attacker = guest()
        with server.stranger(headers={"Cookie": pair_of(attacker)}) as victim:
            found = victim.get("api/me").json()["identity"]
        assert found["username"] == name_of(attacker)
        assert found["display_name"] == "Guest (read)"

    def test_many_other_cookies_do_not_matter(self, server, guest):
        client = guest()
        others = "; ".join(f"nb-presign-{n:016x}={'x' * 43}" for n in range(20))
        sent = f'a="; {others}; {pair_of(client)}; nb-presign-=; =x; {"y" * 2000}'
        assert me(server, sent) == name_of(client)


class TestAnotherServerOfTheSameUser:
    def test_refuses_the_cookie_by_any_name(self, server, neighbour, guest):
        client, other = guest(scope="full"), a_guest(neighbour)
        name, value = pair_of(client).split("=")
        theirs = pair_of(other).partition("=")[0]
        other.close()
        assert name != theirs
        for sent in (f"{name}={value}", f"{theirs}={value}"):
            assert me(neighbour, sent) == ""
        assert me(server, f"{name}={value}").startswith("ses_")

    def test_refuses_the_link(self, neighbour, owner):
        with neighbour.stranger() as client:
            answer = redeem(client, mint(owner))
        assert (answer.status_code, answer.json()["code"]) == (404, "link-not-found")

    def test_is_not_disturbed_by_the_cookie(self, server, neighbour, guest):
        other = a_guest(neighbour)
        both = f"{pair_of(guest())}; {pair_of(other)}"
        assert me(neighbour, both) == name_of(other)
        assert me(server, both) not in {"", name_of(other)}
        other.close()


UNSAFE = [
    ("PUT", "api/contents/forged.ipynb", NEW),
    ("POST", "api/contents", {"type": "notebook"}),
    ("PATCH", "api/contents/a.ipynb", {"path": "forged.ipynb"}),
    ("DELETE", "api/contents/a.ipynb", None),
    ("POST", "api/contents/a.ipynb/checkpoints", None),
    ("POST", "api/kernels", {"name": "python3"}),
    ("POST", "api/sessions", {"path": "a.ipynb", "type": "notebook", "name": "", "kernel": {}}),
    ("POST", "api/terminals", {}),
    ("PATCH", "api/me", {"color": "#fff"}),
    ("POST", "nb-presign/api/links", {"target": "jupyter:."}),
    ("DELETE", "nb-presign/api/links/lnk_0", None),
    ("DELETE", "nb-presign/api/sessions", None),
    ("DELETE", "nb-presign/api/sessions/ses_0", None),
    ("POST", "nb-presign/open", {"target": "jupyter:."}),
]


def state(server, owner):
    """See all that the requests above could change."""
    files = sorted(str(p.relative_to(server.root)) for p in server.root.rglob("*"))
    lists = [owner.get(f"api/{kind}").json() for kind in ("kernels", "sessions", "terminals")]
    return files, lists, len(owner.get("nb-presign/api/links").json())


class TestForgedRequests:
    @pytest.mark.parametrize(("method", "path", "body"), UNSAFE)
    def test_without_the_token_of_the_page_nothing_happens(
        self, server, owner, guest, method, path, body
    ):
        client = guest(scope="full")
        before = state(server, owner)
        xsrf = client.cookies["_xsrf"]
        other = re.sub(r"\|\w", "|0", xsrf[::-1])[::-1] + "0"
        for headers in ({}, {"X-XSRFToken": ""}, {"X-XSRFToken": other}):
            answer = client.request(method, path, json=body, headers=headers)
            assert answer.status_code in {401, 403}, (headers, answer.text)
        assert state(server, owner) == before

    @pytest.mark.parametrize(("method", "path", "body"), UNSAFE)
    def test_from_another_origin_even_a_planted_token_does_not_help(
        self, server, owner, guest, method, path, body
    ):
        client = guest(scope="full")
        before = state(server, owner)
        for origin in ("http://evil.example", "http://127.0.0.1:1", "null"):
            headers = {"X-XSRFToken": client.cookies["_xsrf"], "Origin": origin}
            answer = client.request(method, path, json=body, headers=headers)
            assert answer.status_code in {401, 403, 404}
        assert state(server, owner) == before

    def test_another_origin_cannot_read_either(self, server, owner, guest):
        client, headers = guest(), {"Origin": "http://evil.example"}
        answer = client.get("api/contents/a.ipynb", headers=headers)
        assert "Access-Control-Allow-Origin" not in answer.headers
        theirs = owner.get("api/contents/a.ipynb", headers=headers)
        assert theirs.headers["Access-Control-Allow-Origin"] == "*", "the server is not lax"
        assert client.cookies["_xsrf"]
        page = server.url.rstrip("/")
        assert client.get("api/contents/a.ipynb", headers={"Origin": page}).status_code == 200

    def test_from_the_page_itself_they_work(self, server, guest):
        client = guest(scope="full")
        headers = {"X-XSRFToken": client.cookies["_xsrf"], "Origin": server.url.rstrip("/")}
        answer = client.put("api/contents/made.ipynb", json=NEW, headers=headers)
        assert answer.status_code == 201
        assert (server.root / "made.ipynb").exists()
        (server.root / "made.ipynb").unlink()

    def test_another_sites_page_redeems_nothing_into_a_guests_browser(self, owner, guest):
        client = guest()
        before, link = name_of(client), mint(owner, max_uses=1)
        answer = redeem(client, link, Origin="http://evil.example")
        assert answer.status_code == 403
        assert not guest_cookie(answer)
        assert name_of(client) == before


@pytest.fixture(scope="module")
def sockets(server):
    """Name one socket of each kind that a plain server has."""
    with server.owner() as owner:
        kernel = owner.post("api/kernels", json={}).json()["id"]
        terminal = owner.post("api/terminals", json={}).json()["name"]
        yield {
            "kernel": f"/api/kernels/{kernel}/channels",
            "terminal": f"/terminals/websocket/{terminal}",
            "events": "/api/events/subscribe",
        }
        owner.delete(f"api/kernels/{kernel}")
        owner.delete(f"api/terminals/{terminal}")


@pytest.mark.parametrize("kind", ["kernel", "events", "terminal"])
def test_sockets_open_from_pages_of_this_host_only(server, guest, sockets, kind):
    cookie = {"Cookie": pair_of(guest(scope="full"))}
    own = server.url.rstrip("/")
    others = ("http://evil.example", "http://127.0.0.1:1", "null", "file://", f"{own}.evil.example")
    for origin, status in (*((each, 403) for each in others), (own, 101)):
        headers = UPGRADE | cookie | {"Origin": origin}
        answer = send(server.url, "GET", sockets[kind], headers=headers)
        assert answer.status == status, origin


def signed_in(server) -> httpx.Client:
    """Make a browser whose owner typed the token into the login form."""
    browser = server.stranger()
    form = {"password": server.token, "_xsrf": xsrf(browser)}
    assert browser.post("login", data=form).status_code == 302
    return browser


def xsrf(browser) -> str:
    browser.get("login")
    return browser.cookies["_xsrf"]


class TestLoggingInAndOut:
    def test_a_guest_who_logs_in_is_an_owner_and_the_session_goes_on(self, server, owner, guest):
        client = guest()
        session, cookie = name_of(client), pair_of(client)
        form = {"password": server.token, "_xsrf": xsrf(client)}
        assert client.post("login", data=form).status_code == 302
        assert not name_of(client).startswith("ses_")
        assert client.get("nb-presign/api/links").status_code == 200
        assert me(server, cookie) == session
        assert live(owner, session)

    def test_a_guest_who_types_a_wrong_password_stays_a_guest(self, guest):
        client = guest()
        session = name_of(client)
        form = {"password": "wrong", "_xsrf": xsrf(client)}
        assert client.post("login", data=form).status_code == 401
        assert name_of(client) == session

    def test_a_guest_who_logs_out_ends_the_session_for_every_copy(self, server, owner, guest):
        client, other = guest(), guest()
        session, cookie = name_of(client), pair_of(client)
        answer = client.get("logout")
        assert answer.status_code == 200
        assert not [name for name in client.cookies if "nb-presign-" in name]
        assert me(server, cookie) == ""
        assert not live(owner, session)
        assert live(owner, name_of(other))

    def test_a_guest_who_logged_in_leaves_nothing_behind_by_logging_out(self, server, guest):
        client = guest()
        cookie = pair_of(client)
        client.post("login", data={"password": server.token, "_xsrf": xsrf(client)})
        client.get("logout")
        assert client.get("api/me").status_code == 403
        assert me(server, cookie) == ""

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "same-origin", "Sec-Purpose": "prefetch"},
        ],
    )
    def test_other_sites_and_prefetchers_log_no_guest_out(self, owner, guest, headers):
        client = guest()
        session = name_of(client)
        assert client.get("logout", headers=headers).status_code == 200
        client.head("logout")
        assert live(owner, session)
        assert name_of(client) == session

    def test_an_owners_logout_leaves_guests_alone(self, server, owner, guest):
        client = guest()
        with closing(signed_in(server)) as browser:
            assert browser.get("logout").status_code == 200
            assert browser.get("api/me").status_code == 403
        assert live(owner, name_of(client))


class TestAnOwnerOpensALink:
    @pytest.mark.parametrize("how", ["cookie", "token"])
    def test_they_stay_who_they_are_and_use_nothing(self, server, owner, how):
        link = mint(owner, max_uses=1, path="lab/tree/a.ipynb")
        with closing(server.owner() if how == "token" else signed_in(server)) as browser:
            before = browser.get("api/me").json()["identity"] if how == "cookie" else None
            # By its cookie a browser is only believed together with the page's token.
            answer = redeem(browser, link)
            assert answer.status_code == 200, answer.text
            assert answer.json()["location"] == "/lab/tree/a.ipynb"
            assert not guest_cookie(answer)
            if how == "cookie":
                assert browser.get("api/me").json()["identity"] == before
        assert owner.get(f"nb-presign/api/links/{link['id']}").json()["uses"] == 0
        sessions = owner.get("nb-presign/api/sessions").json()
        assert link["id"] not in {each["link_id"] for each in sessions}
