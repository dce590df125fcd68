from __future__ import annotations

import pytest
from support.servers import World, jupyter_server

REDEEM = "nb-presign/redeem"


def uses(owner, link):
    return owner.get(f"nb-presign/api/links/{link['id']}").json()["uses"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_the_page_uses_nothing(stranger, owner, mint, method):
    link = mint(max_uses=1)
    token = link["url"].partition("#")[2]
    answer = stranger.request(method, REDEEM, params={"authToken": token})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert not answer.cookies
    assert token not in answer.text
    assert uses(owner, link) == 0


def test_the_page_is_locked_down(stranger):
    headers = stranger.get(REDEEM).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_is_the_same_for_everybody_and_whatever_is_asked(stranger, owner):
    page = stranger.get(REDEEM).text
    assert owner.get(REDEEM).text == page
    assert stranger.get(REDEEM, params={"authToken": "<b>canary", "x": "canary"}).text == page


def test_redeeming_gives_a_cookie_and_the_place(mint, redeem, server):
    link = mint(path="lab/tree/a.ipynb", scope="execute", session_seconds=1800)
    with server.stranger() as guest:
        assert guest.get("api/contents/a.ipynb").status_code == 403
        answer = redeem(link["url"], client=guest)
        assert answer.status_code == 200
        assert answer.json()["location"] == "/user/ann/lab/tree/a.ipynb"
        assert answer.json()["scope"] == "execute"
        (cookie,) = [c for c in answer.headers.get_list("Set-Cookie") if "nb-presign-" in c]
        for part in ("HttpOnly", "SameSite=Lax", "Path=/user/ann/", "Max-Age=1800"):
            assert part in cookie
        assert guest.get("api/contents/a.ipynb").status_code == 200


def test_the_same_nonce_is_a_lost_answer_and_another_one_a_second_use(mint, redeem, owner):
    link = mint(max_uses=1)
    first = redeem(link["url"], nonce="B" * 22)
    again = redeem(link["url"], nonce="B" * 22)
    assert first.json() == again.json()
    assert first.headers["Set-Cookie"] == again.headers["Set-Cookie"]
    assert uses(owner, link) == 1
    other = redeem(link["url"], nonce="C" * 22)
    assert (other.status_code, other.json()["code"]) == (410, "link-used-up")
    assert "Set-Cookie" not in other.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_origin_redeems_nothing(mint, redeem, owner, headers):
    link = mint(max_uses=1)
    answer = redeem(link["url"], **headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
    assert "Set-Cookie" not in answer.headers
    assert uses(owner, link) == 0


def test_without_an_origin_nothing_is_redeemed(mint, stranger, owner):
    link = mint()
    body = {"token": link["url"].partition("#")[2], "nonce": "A" * 22}
    assert stranger.post(REDEEM, json=body).status_code == 403
    assert uses(owner, link) == 0


def test_a_revoked_link_is_gone(mint, redeem, owner):
    link = mint()
    owner.delete(f"nb-presign/api/links/{link['id']}")
    answer = redeem(link["url"])
    assert (answer.status_code, answer.json()["code"]) == (410, "link-revoked")


def test_a_link_for_another_address_is_refused_and_not_used(mint, redeem, owner):
    link = mint(allowed_ips=["192.0.2.0/24"], max_uses=1)
    answer = redeem(link["url"], **{"X-Forwarded-For": "192.0.2.1"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
    assert uses(owner, link) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"token":"x","nonce":"short"}',
        b'{"token":"x","nonce":"AAAAAAAAAAAAAAAAAAAAAA","next":"https://evil.example"}',
        b'{"token":1,"nonce":"AAAAAAAAAAAAAAAAAAAAAA"}',
        b'{"token":null,"nonce":"AAAAAAAAAAAAAAAAAAAAAA"}',
    ],
)
def test_a_malformed_request_is_refused(stranger, server, body):
    headers = {
        "Content-Type": "application/json",
        "Origin": server.url.partition("/user/")[0],
    }
    answer = stranger.post(REDEEM, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-input")


def test_the_owner_keeps_their_identity_and_uses_nothing(mint, redeem, owner):
    link = mint(max_uses=1, path="lab/tree/a.ipynb")
    answer = redeem(link["url"], client=owner)
    assert answer.status_code == 200
    assert answer.json()["location"] == "/user/ann/lab/tree/a.ipynb"
    assert not [c for c in answer.headers.get_list("Set-Cookie") if "nb-presign-" in c]
    assert uses(owner, link) == 0
    owner.delete(f"nb-presign/api/links/{link['id']}")
    assert redeem(link["url"], client=owner).status_code == 410


def test_a_guest_can_redeem_another_link(mint, redeem, server):
    with server.stranger() as guest:
        redeem(mint(scope="read")["url"], client=guest)
        answer = redeem(mint(scope="full")["url"], client=guest)
        assert (answer.status_code, answer.json()["scope"]) == (200, "full")


def test_where_links_are_switched_off_the_page_and_the_answer_say_so(tmp_path):
    config = {
        "ServerApp": {"jpserver_extensions": {"nb_presign": True}},
        "NbPresign": {"self_hosted": False},
    }
    with (
        jupyter_server(World(tmp_path), tmp_path / "n", config=config) as off,
        off.stranger() as stranger,
    ):
        assert 'data-served="no"' in stranger.get(REDEEM).text
        body = {"token": "nbp1.a.b", "nonce": "A" * 22}
        answer = stranger.post(REDEEM, json=body, headers={"Origin": off.url.rstrip("/")})
        assert (answer.status_code, answer.json()["code"]) == (503, "self-hosting-off")
