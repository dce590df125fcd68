from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

LINKS = "nb-presign/api/links"


def ids(owner):
    return {link["id"] for link in owner.get(LINKS).json()}


def test_minting_answers_with_the_url_and_its_facts(mint, server):
    link = mint(session_seconds=1800, expires_in=60, scope="execute", max_uses=2, note="for Bo")
    assert link["url"].startswith(server.url + "nb-presign/redeem#nbp1.")
    assert (link["session_seconds"], link["scope"], link["max_uses"]) == (1800, "execute", 2)
    assert (link["state"], link["note"], link["target"]) == ("live", "for Bo", "jupyter:b")
    assert link["created_at"].endswith("Z")


def test_lists_and_lookups_never_hold_the_url(mint, owner):
    link = mint()
    token = link["url"].partition("#")[2]
    listed, shown = owner.get(LINKS), owner.get(f"{LINKS}/{link['id']}")
    assert shown.json()["id"] == link["id"]
    assert link["id"] in listed.text
    for answer in (listed, shown):
        assert "url" not in answer.json()
        assert token not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_path_stands_in_the_reference_or_beside_it(mint, owner):
    assert mint(path="lab/tree/a.ipynb")["target"] == "jupyter:b/lab/tree/a.ipynb"
    both = {"target": "jupyter:./lab", "path": "lab/tree/a.ipynb"}
    assert owner.post(LINKS, json=both).status_code == 400


ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}


class TestAPolicyDocument:
    """What `policy` and `policy_action` say goes on to hold for the link's sessions."""

    def policy(self, *statements):
        return {"Version": "2012-10-17", "Statement": list(statements)}

    def test_is_kept_and_told_and_survives_a_refresh(self, mint, owner):
        policy = self.policy(ALLOW)
        action = "sagemaker:CreatePresignedNotebookInstanceUrl"
        link = mint(policy=policy, policy_action=action)
        successor = owner.post(f"{LINKS}/{link['id']}/refresh").json()
        shown = owner.get(f"{LINKS}/{link['id']}").json()
        for each in (link, successor, shown):
            assert (each["policy"], each["policy_action"]) == (policy, action)
            assert each["has_policy"]

    def test_is_left_out_of_lists_which_say_that_there_is_one(self, mint, owner):
        held = mint(policy=self.policy(ALLOW), policy_action="athena:CreatePresignedNotebookUrl")
        free = mint()
        listed = {each["id"]: each for each in owner.get(LINKS).json()}
        assert listed[held["id"]] == {
            **{name: value for name, value in held.items() if name != "url"},
            "policy": None,
        }
        assert not listed[free["id"]]["has_policy"]

    def test_is_none_where_nothing_is_said(self, mint):
        for link in (mint(), mint(policy=None)):
            assert (link["policy"], link["policy_action"]) == (None, "")

    def test_lets_in_whom_it_allows(self, mint, owner, redeem):
        held = self.policy({**ALLOW, "Action": "nb-presign:Connect"})
        link = mint(policy=held)
        assert redeem(link["url"]).status_code == 200
        (session,) = [
            each
            for each in owner.get("nb-presign/api/sessions").json()
            if each["link_id"] == link["id"]
        ]
        assert (session["policy"], session["policy_action"]) == (held, "")
        for other in (
            {**ALLOW, "Condition": {"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}},
            {**ALLOW, "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        ):
            refused = mint(policy=self.policy(other))
            assert redeem(refused["url"]).status_code == 403
            assert owner.get(f"{LINKS}/{refused['id']}").json()["uses"] == 0

    @pytest.mark.parametrize(
        "statement", [{**ALLOW, "Action": "s3:*"}, {**ALLOW, "Effect": "Deny"}]
    )
    def test_that_can_let_nobody_in_mints_nothing(self, owner, statement):
        before = ids(owner)
        body = {"target": "jupyter:.", "policy": self.policy(statement)}
        answer = owner.post(LINKS, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "not-authorized")
        assert "arn:nb-presign:jupyter:::server/b." in answer.json()["message"]
        assert ids(owner) == before

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"policy": {}}, "bad-policy"),
            ({"policy": []}, "bad-policy"),
            ({"policy": "text"}, "bad-policy"),
            ({"policy": {"Statement": {**ALLOW, "Efect": "Deny"}}}, "bad-policy"),
            ({"policy": {"Statement": ALLOW}, "policy_action": "a:*"}, "bad-policy"),
            ({"policy": {"Statement": ALLOW}, "policy_action": 5}, ""),
            ({"policy_action": "a:B"}, ""),
        ],
    )
    def test_that_is_none_mints_nothing(self, owner, body, code):
        before = ids(owner)
        answer = owner.post(LINKS, json={"target": "jupyter:.", **body})
        assert answer.status_code == 400, answer.text
        assert answer.json()["code"] == code or not code
        assert ids(owner) == before

    def test_says_nothing_twice(self, owner):
        text = b'{"target":"jupyter:.","policy":{"Statement":[],"Statement":[]}}'
        headers = {"Content-Type": "application/json"}
        answer = owner.post(LINKS, content=text, headers=headers)
        assert (answer.status_code, "twice" in answer.text) == (400, True)


def test_refreshing_continues_the_family(mint, owner):
    first = mint(expires_in=90)
    second = owner.post(f"{LINKS}/{first['id']}/refresh")
    assert second.status_code == 201
    assert second.json()["family"] == first["id"]
    assert second.json()["url"] != first["url"]


def test_revoking_ends_the_family_and_twice_is_as_good_as_once(mint, owner):
    first = mint()
    second = owner.post(f"{LINKS}/{first['id']}/refresh").json()
    revoked = owner.delete(f"{LINKS}/{second['id']}")
    assert (revoked.status_code, revoked.json()["state"]) == (200, "revoked")
    again = owner.delete(f"{LINKS}/{first['id']}").json()
    assert again["revoked_at"] == revoked.json()["revoked_at"]
    assert owner.post(f"{LINKS}/{first['id']}/refresh").status_code == 410


@pytest.mark.parametrize("method", ["get", "delete"])
def test_an_unknown_link_is_not_found(owner, method):
    answer = getattr(owner, method)(f"{LINKS}/lnk_0000000000000000")
    assert (answer.status_code, answer.json()["code"]) == (404, "link-not-found")
    assert answer.json()["hint"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b'{"target":"jupyter:.","colour":"red"}', "colour"),
        (b'{"target":"jupyter:.","scope":"raed"}', "scope"),
        (b'{"target":"jupyter:.","expires_in":true}', "expires_in"),
        (b'{"target":"jupyter:.","expires_in":60.0}', "expires_in"),
        (b'{"target":"jupyter:.","expires_in":"60"}', "expires_in"),
        (b'{"target":"jupyter:.","expires_in":1e2}', "expires_in"),
        (b'{"target":"jupyter:.","expires_in":NaN}', "JSON"),
        (b'{"target":"jupyter:.","expires_in":999999}', "lifetime"),
        (b'{"target":"jupyter:.","session_seconds":60}', "session"),
        (b'{"target":"jupyter:.","max_uses":0}', "max_uses"),
        (b'{"target":"jupyter:.","allowed_ips":["127.1"]}', "127.1"),
        (b'{"target":"jupyter:./../x"}', "path"),
        (b'{"target":"jupyter:.?token=abc"}', "token"),
        (b'{"target":"jupiter:."}', "jupiter"),
        (b'{"target":""}', "target"),
        (b"{}", "target"),
        (b"[]", "object"),
        (b'{"target":"jupyter:."', "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"", "JSON"),
    ],
)
def test_bad_input_is_named_and_mints_nothing(owner, body, named):
    before = ids(owner)
    answer = owner.post(LINKS, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert named in answer.json()["message"]
    assert set(answer.json()) == {"code", "message", "hint", "fields"}
    assert ids(owner) == before


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_only_json_is_read(owner, media_type):
    body = b'{"target":"jupyter:."}'
    before = ids(owner)
    answer = owner.post(LINKS, content=body, headers={"Content-Type": media_type})
    assert (answer.status_code, answer.json()["code"]) == (415, "media-type")
    assert ids(owner) == before


@pytest.mark.parametrize("size", [8_193, 200_000])
def test_a_body_over_the_limit_is_refused_and_the_answer_arrives(owner, size):
    answer = owner.post(LINKS, content=b" " * size, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["fields"]) == (413, {"limit": 8192})


def test_a_chunked_body_over_the_limit_is_refused(owner):
    chunks = (b" " * 5_000 for _ in range(10))
    answer = owner.post(LINKS, content=chunks, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


def test_a_body_of_just_the_limit_is_read(owner):
    body = b'{"target":"jupyter:."}'.ljust(8_192)
    answer = owner.post(LINKS, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 201


def test_a_huge_body_is_refused_before_it_is_sent(server):
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(
            f"POST {address.path}{LINKS} HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Authorization: token {server.token}\r\nContent-Type: application/json\r\n"
            "Content-Length: 400000000\r\n\r\n".encode()
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "server"),
        ("GET", "providers"),
        ("GET", "targets"),
        ("GET", "links"),
        ("POST", "links"),
        ("GET", "links/{id}"),
        ("DELETE", "links/{id}"),
        ("POST", "links/{id}/refresh"),
        ("GET", "sessions"),
        ("DELETE", "sessions/ses_1"),
        ("GET", "openapi.json"),
    ],
)
def test_a_stranger_gets_nothing_and_changes_nothing(stranger, owner, mint, method, path):
    link = mint()
    before = ids(owner)
    path = "nb-presign/api/" + path.format(id=link["id"])
    body = {"target": "jupyter:."} if method == "POST" else None
    answer = stranger.request(method, path, json=body)
    assert answer.status_code == 401, answer.text
    assert answer.headers["WWW-Authenticate"]
    assert set(answer.json()) == {"code", "message", "hint", "fields"}
    assert ids(owner) == before
    assert owner.get(f"{LINKS}/{link['id']}").json()["state"] == "live"


def test_a_guest_gets_nothing_and_changes_nothing(server, owner, mint, redeem):
    link = mint(scope="full")
    with server.stranger() as guest:
        assert redeem(link["url"], client=guest).status_code == 200
        xsrf = guest.cookies.get("_xsrf") or ""
        before = ids(owner)
        headers = {"X-XSRFToken": xsrf, "Referer": server.url}
        assert guest.get(LINKS, headers=headers).status_code in {401, 403}
        minted = guest.post(LINKS, json={"target": "jupyter:."}, headers=headers)
        assert minted.status_code in {401, 403}
        revoked = guest.delete(f"{LINKS}/{link['id']}", headers=headers)
        assert revoked.status_code in {401, 403}
    assert ids(owner) == before
    assert owner.get(f"{LINKS}/{link['id']}").json()["state"] == "live"


def test_a_signed_in_browser_needs_the_xsrf_token(server, owner):
    before = ids(owner)
    with server.stranger() as browser:
        browser.get("tree", params={"token": server.token}, follow_redirects=True)
        browser.get("login")
        body = {"target": "jupyter:."}
        assert browser.post(LINKS, json=body).status_code == 403
        assert ids(owner) == before
        xsrf = {"X-XSRFToken": browser.cookies["_xsrf"]}
        assert browser.post(LINKS, json=body, headers=xsrf).status_code == 201
    assert len(ids(owner) - before) == 1


def test_the_log_holds_no_url(mint, server):
    link = mint()
    assert link["url"].rpartition(".")[2] not in server.logged()
    assert server.token not in server.logged()
