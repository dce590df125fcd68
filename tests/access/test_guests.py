"""Guests on a real JupyterLab: effects, not only status codes."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import httpx
import pytest
from support.channels import Channels

from nb_presign.model import Narrowing, Scope

NEW = {
    "type": "notebook",
    "format": "json",
    "content": {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5},
}


@pytest.mark.parametrize("page", ["lab", "lab/tree/top.ipynb", "doc/tree/top.ipynb"])
def test_the_platform_writes_the_owners_token_into_pages_and_we_do_not_for_guests(
    host, make_guest, page
):
    with host.server.owner() as owner:
        assert host.server.token in owner.get(page).text
        # Lab keeps one configuration for all pages; a guest in between must not change the owner's.
        text = make_guest(Scope.FULL).client.get(page).text
        assert host.server.token in owner.get(page).text
    assert host.server.token not in text
    assert '"token": ""' in text
    assert '"nbPresignGuest"' in text


@pytest.mark.parametrize(
    "path", ["nothing/here", "api/contents/absent", "files/absent", "lab/absent", "api/shutdown"]
)
def test_error_pages_hold_no_token(host, make_guest, path):
    for scope in Scope:
        assert host.server.token not in make_guest(scope).client.get(path).text


def test_a_file_that_holds_the_owners_token_is_not_sent(host, make_guest):
    leak = host.server.root / "pub" / "leak.txt"
    leak.write_text("x" * 100_000 + host.server.token + "x" * 100_000)
    small = host.server.root / "pub" / "small.txt"
    small.write_text(f"token={host.server.token}")
    guest = make_guest(Scope.READ)
    try:
        with guest.client.stream("GET", "files/pub/leak.txt") as answer:
            got = []
            with pytest.raises(httpx.RemoteProtocolError):
                got.extend(answer.iter_bytes())
        assert host.server.token.encode() not in b"".join(got)
        answer = guest.client.get("files/pub/small.txt")
        assert (answer.status_code, answer.content) == (500, b"")
        assert guest.client.get("api/contents/pub/small.txt").status_code == 500
        with host.server.owner() as owner:
            assert owner.get("files/pub/small.txt").text == f"token={host.server.token}"
    finally:
        leak.unlink()
        small.unlink()


def test_a_guests_browser_keeps_nothing_of_what_the_session_was_needed_for(host, make_guest):
    guest = make_guest(Scope.READ)
    for path in ("lab", "api/contents/top.ipynb", "files/top.ipynb", "api/kernels"):
        assert guest.client.get(path).headers["Cache-Control"] == "no-store", path
    logo = guest.client.get("kernelspecs/python3/logo-64x64.png")
    assert logo.status_code == 200
    assert logo.headers.get("Cache-Control") != "no-store"
    with host.server.owner() as owner:
        assert owner.get("api/contents/top.ipynb").headers.get("Cache-Control") != "no-store"


def test_a_guest_is_who_their_session_is(make_guest):
    guest = make_guest(Scope.READ)
    me = guest.client.get("api/me").json()["identity"]
    assert me["username"] == guest.session.id
    assert me["name"] == "Guest (read)"
    assert guest.cookie not in json.dumps(me)


def test_a_guest_cannot_rename_themselves_and_gets_no_login_cookie(make_guest):
    guest = make_guest(Scope.FULL)
    answer = guest.request("PATCH", "api/me", json={"color": "#fff", "name": "The Owner"})
    assert answer.status_code == 200
    assert not [name for name in answer.cookies if name.startswith("username-")]
    assert guest.client.get("api/me").json()["identity"]["name"] == "Guest (full)"
    assert set(guest.client.cookies) == {guest.cookie_name, "_xsrf"}


def test_a_guest_without_xsrf_token_changes_nothing(host, make_guest):
    guest = make_guest(Scope.EXECUTE)
    before = (host.server.root / "pub" / "other.ipynb").read_text()
    answer = guest.client.put("api/contents/pub/other.ipynb", json=NEW)
    assert answer.status_code == 403
    assert (host.server.root / "pub" / "other.ipynb").read_text() == before


def test_a_read_guest_reads_and_writes_nothing(host, make_guest):
    guest = make_guest(Scope.READ)
    path = host.server.root / "pub" / "own.ipynb"
    before = path.read_text()
    read = guest.client.get("api/contents/pub/own.ipynb").json()["content"]
    assert read["cells"][0]["source"] == json.loads(before)["cells"][0]["source"] == "1 + 1"
    assert guest.request("PUT", "api/contents/pub/own.ipynb", json=NEW).status_code == 403
    assert guest.request("POST", "api/kernels", json={}).status_code == 403
    assert path.read_text() == before
    with host.server.owner() as owner:
        assert owner.get("api/kernels").json() == []


def test_an_execute_guest_saves(host, make_guest):
    guest = make_guest(Scope.EXECUTE)
    answer = guest.request("PUT", "api/contents/pub/made.ipynb", json=NEW)
    assert answer.status_code == 201, answer.text
    assert (host.server.root / "pub" / "made.ipynb").exists()
    assert guest.request("DELETE", "api/contents/pub/made.ipynb").status_code == 403
    assert (
        make_guest(Scope.FULL).request("DELETE", "api/contents/pub/made.ipynb").status_code == 204
    )


def test_convenience_state_is_absorbed_and_the_owners_stays(host, make_guest):
    theme = "lab/api/settings/@jupyterlab/apputils-extension:themes"
    with host.server.owner() as owner:
        layout = {"data": {"layout": {"mine": True}}, "metadata": {"id": "default"}}
        assert owner.put("lab/api/workspaces/default", json=layout).status_code == 204
        for scope in (Scope.READ, Scope.EXECUTE):
            guest = make_guest(scope)
            assert guest.request("PUT", theme, json={"raw": '{"theme": "x"}'}).status_code == 204
            empty = {"data": {}, "metadata": {"id": "default"}}
            assert guest.request("PUT", "lab/api/workspaces/default", json=empty).status_code == 204
            assert guest.client.get("lab/api/workspaces/default").json()["data"] == {}
            assert guest.client.get("lab/api/workspaces").json()["workspaces"]["ids"] == []
        assert owner.get("lab/api/workspaces/default").json()["data"] == layout["data"]
        assert owner.get(theme).json()["settings"] == {}


def test_a_guest_may_log_in_and_redeem_like_anybody(make_guest):
    guest = make_guest(Scope.READ)
    assert guest.client.get("login").status_code == 200
    assert guest.client.get("nb-presign/redeem").status_code == 200
    assert guest.client.get("nb-presign/api/links").status_code in {401, 403}


def test_the_owner_stays_owner_with_a_guests_cookie(host, make_guest):
    guest = make_guest(Scope.READ)
    headers = {"Authorization": f"token {host.server.token}", **guest.headers}
    me = httpx.get(f"{host.server.url}api/me", headers=headers).json()
    assert me["identity"]["username"] != guest.session.id
    assert httpx.get(f"{host.server.url}nb-presign/api/links", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "cookie", ["{name}={value}; {name}=other", "{name}=wrong", "{name}={value}x"]
)
def test_a_doubtful_cookie_is_nobody(host, make_guest, cookie):
    guest = make_guest(Scope.FULL)
    sent = cookie.format(name=guest.cookie_name, value=guest.cookie)
    answer = httpx.get(f"{host.server.url}api/contents", headers={"Cookie": sent})
    assert answer.status_code == 403
    page = httpx.get(f"{host.server.url}lab", headers={"Cookie": sent})
    assert page.status_code == 302
    assert "/login" in page.headers["Location"]


def test_sessions_that_are_over_of_another_server_or_address_are_nobody(make_guest):
    over = make_guest(Scope.FULL, lasts=timedelta(minutes=30), began=timedelta(minutes=30))
    elsewhere = make_guest(Scope.FULL, audience="srv_other")
    far = make_guest(Scope.FULL, allowed_ips=("203.0.113.0/24",))
    near = make_guest(Scope.FULL, allowed_ips=("127.0.0.0/8",))
    for guest in (over, elsewhere, far):
        assert guest.client.get("api/contents").status_code == 403
    assert near.client.get("api/contents").status_code == 200
    far.client.headers["X-Forwarded-For"] = "203.0.113.9"
    far.client.headers["X-Real-Ip"] = "203.0.113.9"
    assert far.client.get("api/contents").status_code == 403


def test_revocation_over_rest_holds_for_the_next_request(host, make_guest):
    guest, other = make_guest(Scope.READ), make_guest(Scope.READ)
    assert guest.client.get("api/contents").status_code == 200
    with host.server.owner() as owner:
        assert owner.delete(f"nb-presign/api/links/{guest.link.id}").status_code == 200
    assert guest.client.get("api/contents").status_code == 403
    assert guest.client.get("lab").status_code == 302
    assert other.client.get("api/contents").status_code == 200


@pytest.fixture
def two_notebooks(host):
    """Two open notebooks, each with its kernel."""
    with host.server.owner() as owner:
        made = [
            owner.post(
                "api/sessions",
                json={"path": path, "name": "", "type": "notebook", "kernel": {"name": "python3"}},
            ).json()
            for path in ("pub/own.ipynb", "priv/secret.ipynb")
        ]
        yield made
        for each in made:
            owner.delete(f"api/sessions/{each['id']}")


def test_a_narrowed_guest_sees_one_notebook_everywhere(host, make_guest, two_notebooks):
    own, other = two_notebooks
    narrowing = Narrowing("pub/own.ipynb", own["kernel"]["id"], own["id"])
    guest = make_guest(Scope.EXECUTE, narrowing=narrowing)
    get = guest.client.get
    assert [each["id"] for each in get("api/sessions").json()] == [own["id"]]
    assert [each["id"] for each in get("api/kernels").json()] == [own["kernel"]["id"]]
    assert [each["path"] for each in get("api/contents").json()["content"]] == ["pub"]
    assert [each["path"] for each in get("api/contents/pub").json()["content"]] == ["pub/own.ipynb"]
    assert get("api/contents/pub/own.ipynb").json()["type"] == "notebook"
    for path in (
        "api/contents/pub/other.ipynb",
        "api/contents/priv",
        "files/priv/secret.txt",
        "view/top.ipynb",
        "nbconvert/html/priv/secret.ipynb",
        f"api/kernels/{other['kernel']['id']}",
        f"api/sessions/{other['id']}",
    ):
        answer = get(path)
        assert answer.status_code == 403, path
        assert "secret text" not in answer.text
    with host.server.owner() as owner:
        assert len(owner.get("api/sessions").json()) == 2


def test_a_narrowed_guest_saves_and_runs_theirs_only(host, make_guest, two_notebooks):
    own, other = two_notebooks
    narrowing = Narrowing("pub/own.ipynb", own["kernel"]["id"], own["id"])
    guest = make_guest(Scope.EXECUTE, narrowing=narrowing)
    secret = (host.server.root / "priv" / "secret.ipynb").read_text()
    content = guest.client.get("api/contents/pub/own.ipynb").json()
    content["content"]["cells"] = []
    saved = guest.request("PUT", "api/contents/pub/own.ipynb", json=content)
    assert saved.status_code == 200
    assert json.loads((host.server.root / "pub" / "own.ipynb").read_text())["cells"] == []
    for method, path, body in (
        ("PUT", "api/contents/priv/secret.ipynb", content),
        ("PATCH", "api/contents/pub/own.ipynb", {"path": "priv/secret.ipynb"}),
        ("POST", "api/contents/pub", {"copy_from": "priv/secret.ipynb"}),
        ("POST", "api/kernels", {"name": "python3"}),
        (
            "POST",
            "api/sessions",
            {"path": "new.ipynb", "type": "notebook", "kernel": {"name": "python3"}},
        ),
        ("POST", f"api/kernels/{other['kernel']['id']}/restart", None),
        ("PATCH", f"api/sessions/{own['id']}", {"path": "priv/secret.ipynb"}),
    ):
        assert guest.request(method, path, json=body).status_code == 403, (method, path)
    assert (host.server.root / "priv" / "secret.ipynb").read_text() == secret
    assert not (host.server.root / "pub" / "secret.ipynb").exists()
    with host.server.owner() as owner:
        assert len(owner.get("api/kernels").json()) == 2
        assert {each["path"] for each in owner.get("api/sessions").json()} == {
            "pub/own.ipynb",
            "priv/secret.ipynb",
        }


def test_an_execute_guest_ends_their_own_kernels_and_not_the_owners(
    host, make_guest, two_notebooks
):
    own, _ = two_notebooks
    guest, another = make_guest(Scope.EXECUTE), make_guest(Scope.EXECUTE)
    opened = {"path": "pub/other.ipynb", "name": "", "type": "notebook", "kernel": {}}
    made = guest.request("POST", "api/sessions", json=opened).json()
    alone = guest.request("POST", "api/kernels", json={}).json()
    # To ask for a notebook that is open starts nothing.
    again = guest.request("POST", "api/sessions", json={**opened, "path": "pub/own.ipynb"}).json()
    assert again["id"] == own["id"]
    change = {"kernel": {"name": "python3"}}
    for who, method, path, body in (
        (guest, "DELETE", f"api/kernels/{own['kernel']['id']}", None),
        (guest, "DELETE", f"api/sessions/{own['id']}", None),
        (guest, "PATCH", f"api/sessions/{own['id']}", change),
        (another, "DELETE", f"api/kernels/{alone['id']}", None),
        (another, "DELETE", f"api/sessions/{made['id']}", None),
    ):
        assert who.request(method, path, json=body).status_code == 403, (method, path)
    with host.server.owner() as owner:
        assert len(owner.get("api/kernels").json()) == 4
        changed = guest.request("PATCH", f"api/sessions/{made['id']}", json=change).json()
        assert changed["kernel"]["id"] != made["kernel"]["id"]
        assert guest.request("DELETE", f"api/sessions/{made['id']}").status_code == 204
        assert guest.request("DELETE", f"api/kernels/{alone['id']}").status_code == 204
        running = {each["id"] for each in owner.get("api/kernels").json()}
    assert running == {each["kernel"]["id"] for each in two_notebooks}


PUB = Narrowing("pub")


def test_a_guest_of_a_directory_sees_it_and_the_way_there(make_guest, two_notebooks):
    own, other = two_notebooks
    get = make_guest(Scope.READ, narrowing=PUB).client.get
    found = get("api/contents").json()
    assert [each["path"] for each in found["content"]] == ["pub"]
    paths = {each["path"] for each in get("api/contents/pub").json()["content"]}
    assert {"pub/own.ipynb", "pub/other.ipynb"} <= paths
    assert get("files/pub/own.ipynb").status_code == 200
    assert [each["id"] for each in get("api/sessions").json()] == [own["id"]]
    assert [each["id"] for each in get("api/kernels").json()] == [own["kernel"]["id"]]
    for path in (
        "api/contents/priv",
        "api/contents/top.ipynb",
        "files/priv/secret.txt",
        "files/pub/..%2fpriv/secret.txt",
        f"api/kernels/{other['kernel']['id']}",
        f"api/sessions/{other['id']}",
    ):
        answer = get(path)
        assert answer.status_code == 403, path
        assert "secret text" not in answer.text


def test_a_guest_of_a_directory_works_there_and_nowhere_else(host, make_guest, two_notebooks):
    own, other = two_notebooks
    guest = make_guest(Scope.EXECUTE, narrowing=PUB)
    opened = {"path": "pub/other.ipynb", "name": "", "type": "notebook", "kernel": {}}
    made = guest.request("POST", "api/sessions", json=opened)
    assert made.status_code == 201, made.text
    ids = {each["id"] for each in guest.client.get("api/kernels").json()}
    assert ids == {own["kernel"]["id"], made.json()["kernel"]["id"]}
    private = other["kernel"]["id"]
    for method, path, body in (
        ("POST", "api/kernels", {"name": "python3"}),
        ("POST", "api/sessions", {**opened, "path": "new.ipynb"}),
        ("POST", "api/sessions", {**opened, "path": "pub/new.ipynb", "kernel": {"id": private}}),
        ("POST", "api/sessions", {**opened, "notebook": {"name": "priv/secret.ipynb"}}),
        ("PATCH", f"api/sessions/{own['id']}", {"path": "priv/own.ipynb"}),
        ("PATCH", f"api/sessions/{own['id']}", {"kernel": {"id": private}}),
        ("DELETE", f"api/sessions/{other['id']}", None),
        ("DELETE", f"api/kernels/{private}", None),
        ("POST", f"api/kernels/{private}/interrupt", None),
        ("POST", "api/contents/pub", {"type": "file", "ext": "/../../priv/made.txt"}),
        ("POST", "api/contents/pub", {"copy_from": "priv/secret.txt"}),
        ("PUT", "api/contents/priv/made.ipynb", NEW),
        ("POST", "api/terminals", {}),
    ):
        assert guest.request(method, path, json=body).status_code == 403, (method, path, body)
    with host.server.owner() as owner:
        assert {each["path"] for each in owner.get("api/sessions").json()} == {
            *("pub/own.ipynb", "pub/other.ipynb", "priv/secret.ipynb"),
        }
        assert len(owner.get("api/kernels").json()) == 3
    assert sorted(each.name for each in (host.server.root / "priv").iterdir()) == [
        "secret.ipynb",
        "secret.txt",
    ]
    assert guest.request("DELETE", f"api/sessions/{made.json()['id']}").status_code == 204
    assert guest.client.get("api/kernels").json()[0]["id"] == own["kernel"]["id"]


def test_a_guest_of_one_file_starts_its_kernel_as_jupyterlab_does(host, make_guest):
    alone = Narrowing("pub/own.ipynb")
    guest, another = (make_guest(Scope.EXECUTE, narrowing=alone) for _ in range(2))
    begun = {"type": "notebook", "name": "own.ipynb", "kernel": {"name": "python3"}}
    mine, theirs = f"pub/{uuid.uuid4()}", f"pub/{uuid.uuid4()}"
    with host.server.owner() as owner:
        # A notebook beside it, which its owner's JupyterLab is about to open.
        private = owner.post("api/sessions", json={**begun, "path": theirs}).json()
        made = guest.request("POST", "api/sessions", json={**begun, "path": mine})
        assert made.status_code == 201, made.text
        own = made.json()
        for method, path, body in (
            ("GET", f"api/sessions/{private['id']}", None),
            ("GET", f"api/kernels/{private['kernel']['id']}", None),
            ("POST", "api/sessions", {**begun, "path": theirs}),
            ("PATCH", f"api/sessions/{private['id']}", {"path": "pub/own.ipynb"}),
            ("PATCH", f"api/sessions/{own['id']}", {"path": f"pub/{uuid.uuid4()}"}),
        ):
            assert guest.request(method, path, json=body).status_code == 403, (method, path)
        assert [each["id"] for each in guest.client.get("api/sessions").json()] == [own["id"]]
        assert another.client.get("api/sessions").json() == []
        url = f"{host.server.url}api/kernels/{own['kernel']['id']}/channels"
        channels = Channels(url, guest.headers)
        renamed = guest.request(
            "PATCH", f"api/sessions/{own['id']}", json={"path": "pub/own.ipynb"}
        )
        assert renamed.json()["path"] == "pub/own.ipynb"
        reply = channels.wait_for("execute_reply", channels.execute("1 + 1"))
        channels.socket.shutdown()
        assert reply["content"]["status"] == "ok"
        # Whoever else has the file has its kernel now.
        assert [each["id"] for each in another.client.get("api/sessions").json()] == [own["id"]]
        assert another.request("DELETE", f"api/sessions/{own['id']}").status_code == 403
        assert guest.request("DELETE", f"api/sessions/{own['id']}").status_code == 204
        assert [each["id"] for each in owner.get("api/sessions").json()] == [private["id"]]
        owner.delete(f"api/sessions/{private['id']}")


def test_an_open_notebook_keeps_its_guest_when_it_gets_another_kernel(
    host, make_guest, two_notebooks
):
    own, _ = two_notebooks
    narrowing = Narrowing("pub/own.ipynb", own["kernel"]["id"], own["id"])
    guest = make_guest(Scope.EXECUTE, narrowing=narrowing)
    with host.server.owner() as owner:
        changed = owner.patch(f"api/sessions/{own['id']}", json={"kernel": {"name": "python3"}})
    kernel = changed.json()["kernel"]["id"]
    assert kernel != own["kernel"]["id"]
    assert guest.client.get(f"api/kernels/{kernel}").status_code == 200
    assert [each["id"] for each in guest.client.get("api/kernels").json()] == [kernel]
    assert guest.client.get(f"api/kernels/{own['kernel']['id']}").status_code == 403


def test_a_kernel_that_moves_out_of_a_directory_is_cut_off(host, make_guest, two_notebooks):
    own, _ = two_notebooks
    guest = make_guest(Scope.EXECUTE, narrowing=PUB)
    url = f"{host.server.url}api/kernels/{own['kernel']['id']}/channels"
    watcher = Channels(url, guest.headers)
    watcher.wait_for("execute_reply", watcher.execute("1 + 1"))
    with host.server.owner() as owner:
        owner.patch(f"api/sessions/{own['id']}", json={"path": "priv/own.ipynb"})
        assert watcher.wait_for_hang_up(seconds=5) < 4
        assert guest.client.get(f"api/kernels/{own['kernel']['id']}").status_code == 403
        owner.patch(f"api/sessions/{own['id']}", json={"path": "pub/own.ipynb"})
    assert guest.client.get(f"api/kernels/{own['kernel']['id']}").status_code == 200


def test_who_only_reads_is_told_that_nothing_is_writable(make_guest):
    for path in ("api/contents/pub/own.ipynb", "api/contents/pub"):
        found = make_guest(Scope.READ).client.get(path).json()
        assert found["writable"] is False
        if found["type"] == "directory":
            assert {each["writable"] for each in found["content"]} == {False}
        assert make_guest(Scope.EXECUTE).client.get(path).json()["writable"] is True


def test_directories_show_no_link_that_leads_out(host, make_guest):
    with host.server.owner() as owner:
        shown = {each["path"] for each in owner.get("api/contents").json()["content"]}
        assert "escape" in shown
    for scope in Scope:
        found = make_guest(scope).client.get("api/contents").json()["content"]
        assert {each["path"] for each in found} == shown - {"escape"}
    copied = make_guest(Scope.FULL).request("POST", "api/contents", json={"copy_from": "escape"})
    assert copied.status_code == 403


def test_nobody_waits_for_ever_for_a_refusal(host, make_guest):
    guest, ended = make_guest(Scope.READ), make_guest(Scope.READ)
    assert guest.client.get("lab/api/licenses/x").json()["bundles"]
    assert guest.request("POST", "lab/api/licenses/x", timeout=5).status_code == 403
    with host.server.owner() as owner:
        owner.delete(f"nb-presign/api/links/{ended.link.id}")
    assert ended.client.get("lab/api/licenses/x", timeout=5).status_code == 403


def test_guests_are_told_their_permissions(make_guest):
    asked = {"contents": ["read", "write"], "terminals": ["execute"], "anything": ["read"]}
    for scope, contents, terminals in (
        (Scope.READ, ["read"], []),
        (Scope.EXECUTE, ["read", "write"], []),
        (Scope.FULL, ["read", "write"], ["execute"]),
    ):
        answer = make_guest(scope).client.get("api/me", params={"permissions": json.dumps(asked)})
        found = answer.json()["permissions"]
        assert (found["contents"], found["terminals"]) == (contents, terminals)
        assert found["anything"] == []


def test_nothing_secret_of_a_guest_is_logged(host, make_guest):
    guest = make_guest(Scope.READ)
    guest.client.get("api/contents")
    guest.client.get(f"lab?authToken=nbp1.{'a' * 40}.{'b' * 43}")
    guest.client.get("api/contents/absent", params={"x": f"nbo1.{'c' * 40}.{'d' * 43}"})
    guest.client.post("api/contents", content=b"\xff", headers={"X": "y"})
    logged = host.server.logged()
    assert "api/contents/absent" in logged
    for secret in (guest.cookie, "b" * 43, "d" * 43):
        assert secret not in logged
