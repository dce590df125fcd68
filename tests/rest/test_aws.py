"""AWS over REST: a real server, boto3, and an AWS on loopback."""

from __future__ import annotations

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

import pytest
from support.aws import AwsServer, faults
from support.servers import World, jupyter_server

LINKS = "nb-presign/api/links"
MINT = "CreatePresignedNotebookInstanceUrl"
CLICK = {
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}
READY = {"target": "sagemaker:my-instance"}
CONFIG = {"ServerApp": {"jpserver_extensions": {"nb_presign": True}}}


@pytest.fixture(scope="module")
def cloud():
    with AwsServer() as cloud:
        yield cloud
    assert cloud.mistakes == []


@pytest.fixture
def aws(cloud):
    cloud.calls.clear()
    yield cloud
    cloud.stop_playing()


@pytest.fixture(scope="module")
def server(tmp_path_factory, cloud):
    home = tmp_path_factory.mktemp("aws")
    config = CONFIG | {"NbPresign": {"server_name": "b"}}
    world = World(home)
    with jupyter_server(world, home / "n", config=config, env=cloud.environment) as running:
        yield running


def mint(owner, **body):
    answer = owner.post(LINKS, json={**READY, **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


def ids(owner):
    return {link["id"] for link in owner.get(LINKS).json()}


class TestMinting:
    def test_a_link_of_awss_own_with_three_clocks(self, owner, aws):
        before = datetime.now(timezone.utc)
        link = mint(owner, session_seconds=3600, note="for me", path="lab/tree/a b.ipynb")
        assert link["url"].startswith("https://my-instance-")
        assert link["url"].partition("?")[0].endswith("/lab/tree/a%20b.ipynb")
        assert (link["session_seconds"], link["scope"], link["note"]) == (3600, "full", "for me")
        assert link["audience"] == ""
        lifetime = datetime.fromisoformat(link["expires_at"].replace("Z", "+00:00")) - before
        assert timedelta(seconds=290) < lifetime < timedelta(seconds=305)
        asked = next(call for call in aws.calls if call.operation == MINT)
        assert asked.parameters["SessionExpirationDurationInSeconds"] == 3600

    def test_each_click_has_a_url_of_its_own(self, owner, aws):
        one, two = mint(owner), mint(owner)
        assert one["url"] != two["url"]
        assert aws.count(MINT) == 2

    def test_lists_and_lookups_never_hold_the_url(self, owner, aws):
        link = mint(owner)
        for path in (LINKS, f"{LINKS}/{link['id']}"):
            answer = owner.get(path)
            assert link["id"] in answer.text
            assert not [secret for secret in aws.secrets() if secret in answer.text]

    def test_limits_that_aws_does_not_keep_are_refused_and_aws_is_not_asked(self, owner, aws):
        for limit in ({"max_uses": 1}, {"allowed_ips": ["10.0.0.0/8"]}, {"scope": "read"}):
            answer = owner.post(LINKS, json={**READY, **limit})
            assert answer.status_code == 400
            assert answer.json()["hint"]
        assert aws.calls == []

    def test_it_cannot_be_taken_back_and_is_not_said_to_be(self, owner):
        link = mint(owner)
        answer = owner.delete(f"{LINKS}/{link['id']}")
        assert (answer.status_code, answer.json()["code"]) == (409, "not-revocable")
        assert owner.get(f"{LINKS}/{link['id']}").json()["state"] == "live"

    @pytest.mark.parametrize(
        ("fault", "status", "code"),
        [
            (faults.denied(), 403, "access-denied"),
            (faults.throttling(), 429, "upstream-throttled"),
            (faults.html(200), 502, "bad-answer"),
            (faults.wrong_host("evil.example"), 502, "bad-answer"),
            (faults.http_url(), 502, "bad-answer"),
            (faults.clock_skew(timedelta(minutes=10)), 502, "clock-skew"),
        ],
    )
    def test_what_goes_wrong_is_told_and_nothing_is_kept(self, owner, aws, fault, status, code):
        before = ids(owner)
        aws.play(MINT, fault, times=None)
        answer = owner.post(LINKS, json=READY)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert not [secret for secret in aws.secrets() if secret in answer.text]
        assert (status == 429) is answer.headers.get("Retry-After", "").isdecimal()
        assert ids(owner) == before


class TestOpening:
    def test_a_click_is_sent_to_what_aws_minted(self, owner, aws):
        answer = owner.get("nb-presign/open", params=READY, headers=CLICK)
        assert answer.status_code == 303
        assert answer.headers["Location"] in aws.mint.urls
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"

    def test_whatever_else_comes_by_asks_first(self, owner, aws):
        answer = owner.get("nb-presign/open", params=READY)
        assert answer.status_code == 200
        assert aws.calls == []

    def test_nobody_is_sent_where_aws_does_not_lead(self, owner, aws):
        aws.play(MINT, faults.wrong_host("evil.example"))
        answer = owner.get("nb-presign/open", params=READY, headers=CLICK)
        assert answer.status_code == 502
        assert "Location" not in answer.headers
        assert "evil.example" not in answer.text


class TestTargets:
    def test_lists_have_state_and_type(self, owner):
        answer = owner.get("nb-presign/api/targets", params={"provider": "sagemaker"})
        found = {item["title"]: item for item in answer.json()["items"]}
        assert found["my-instance"]["state"] == "ready"
        assert found["my-instance"]["instance_type"].startswith("ml.")
        assert (found["sleeping"]["state"], found["sleeping"]["startable"]) == ("stopped", True)

    def test_looking_and_starting(self, owner, aws):
        sleeping = aws.world.add_instance("asleep", "Stopped")
        target = {"target": "sagemaker:asleep"}
        looked = owner.get("nb-presign/api/target", params=target)
        assert (looked.status_code, looked.json()["state"]) == (200, "stopped")
        assert owner.post(LINKS, json=target).status_code == 409
        assert aws.count("StartNotebookInstance") == 0, "that costs money"
        sleeping.life.looks = None
        started = owner.post("nb-presign/api/target/start", json=target)
        assert (started.status_code, started.json()["state"]) == (202, "starting")
        assert aws.count("StartNotebookInstance") == 1
        sleeping.life.arrive()

    @pytest.mark.parametrize("target", ["my-instance", "", "nonsense:"])
    def test_looking_needs_a_whole_reference(self, owner, target):
        assert owner.get("nb-presign/api/target", params={"target": target}).status_code == 400
        start = owner.post("nb-presign/api/target/start", json={"target": target})
        assert start.status_code == 400

    def test_a_provider_is_examined(self, owner, aws):
        path = "nb-presign/api/providers/sagemaker/findings"
        found = owner.get(path, params=READY).json()
        # Instances are not on loopback: that one cannot be reached is the last thing to find.
        assert [each["name"] for each in found if not each["ok"]] == [found[-1]["name"]]
        assert len(found) > 3
        aws.play("*", faults.denied(), times=None)
        *_, last = owner.get(path, params={"region": "eu-west-1"}).json()
        assert (last["ok"], bool(last["mend"])) == (False, True)

    def test_an_unknown_provider_has_no_findings(self, owner):
        answer = owner.get("nb-presign/api/providers/nonsense/findings")
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown-provider")


class TestReports:
    def told(self, owner, **changes):
        link = {**mint(owner), "id": "lnk_00000000000000aa", "family": "lnk_00000000000000aa"}
        del link["url"]
        return {**link, **changes}

    def put(self, owner, body, link_id=None):
        return owner.put(f"{LINKS}/{link_id or body['id']}", json=body)

    def test_facts_of_a_kernels_link_are_kept(self, owner):
        told = self.told(owner, url="https://canary.example/")
        answer = self.put(owner, told)
        assert answer.status_code == 200
        assert "canary" not in answer.text
        assert self.put(owner, told).json() == answer.json()
        assert told["id"] in ids(owner)

    def test_ids_agree_and_are_ids(self, owner):
        told = self.told(owner)
        assert self.put(owner, told, "lnk_00000000000000bb").status_code == 400
        for bad in ("x", "lnk_", "ses_00000000000000aa", "lnk_00000000000000AA", "lnk_" + "0" * 17):
            for ids in ({"id": bad}, {"family": bad}):
                assert self.put(owner, {**told, **ids}).status_code == 400

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"target": "jupyter:b"}, 409),
            ({"target": "nonsense:b"}, 400),
            ({"target": "my-instance"}, 400),
            ({"note": "x" * 300}, 400),
            ({"expires_at": "tomorrow"}, 400),
            ({"expires_at": "2030-01-01T00:00:00"}, 400),
        ],
    )
    def test_what_is_no_link_of_a_kernels_is_refused(self, owner, change, status):
        told = self.told(owner, id="lnk_00000000000000cc", family="lnk_00000000000000cc")
        assert self.put(owner, {**told, **change}).status_code == status
        assert told["id"] not in ids(owner)


@pytest.fixture(params=["read", "execute", "full"])
def guest(request, owner, server):
    """Make a guest of each scope, with the token against forged requests that pages have."""
    body = {"target": "jupyter:.", "scope": request.param}
    token = owner.post(LINKS, json=body).json()["url"].partition("#")[2]
    with server.stranger() as client:
        answer = client.post(
            "nb-presign/redeem",
            json={"token": token, "nonce": "A" * 22},
            headers={"Origin": server.url.rstrip("/")},
        )
        assert answer.status_code == 200
        client.get("api/status")
        client.headers["X-XSRFToken"] = client.cookies.get("_xsrf") or ""
        yield client


def test_guests_do_nothing_on_the_owners_credentials(guest, owner, aws):
    before, told = ids(owner), "lnk_00000000000000dd"
    link = {**mint(owner), "id": told, "family": told}
    aws.calls.clear()
    answers = [
        guest.post(LINKS, json=READY),
        guest.get("nb-presign/open", params=READY, headers=CLICK),
        guest.post("nb-presign/open", data=READY),
        guest.get("nb-presign/api/target", params=READY),
        guest.get("nb-presign/api/targets", params={"provider": "sagemaker"}),
        guest.get("nb-presign/api/providers"),
        guest.get("nb-presign/api/providers/sagemaker/findings"),
        guest.post("nb-presign/api/target/start", json={"target": "sagemaker:sleeping"}),
        guest.put(f"{LINKS}/{told}", json=link),
        guest.get(LINKS),
        *(guest.post(f"{LINKS}/{link_id}/refresh") for link_id in before),
    ]
    assert {answer.status_code for answer in answers} <= {401, 403}
    assert aws.calls == []
    assert told not in ids(owner)
    assert aws.world.instances["sleeping"].status == "Stopped"


class TestManners:
    def test_many_views_of_one_link_make_one_call(self, owner, server, aws):
        link = mint(owner)
        held = aws.play(MINT, faults.slow())
        views = [post(server, f"{LINKS}/{link['id']}/refresh") for _ in range(3)]
        assert held.met.wait(20)
        # Whoever is asked now was asked after them.
        for _ in range(20):
            owner.get("nb-presign/api/server")
        held.release()
        answers = [view.getresponse() for view in views]
        found = [json.loads(answer.read()) for answer in answers]
        for view in views:
            view.close()
        assert {one["family"] for one in found} == {link["id"]}
        assert len({(one["id"], one["url"]) for one in found}) == 1
        assert aws.count(MINT) == 2

    def test_one_of_them_may_hang_up(self, owner, server, aws):
        link = mint(owner)
        held = aws.play(MINT, faults.slow())
        path = f"{LINKS}/{link['id']}/refresh"
        leaving = post(server, path)
        assert held.met.wait(20)
        with ThreadPoolExecutor(1) as threads:
            staying = threads.submit(owner.post, path)
            leaving.close()
            poll(lambda: f"499 POST /{path}" in server.logged())
            held.release()
            assert staying.result(20).json()["family"] == link["id"]

    def test_other_requests_are_answered_while_aws_hangs(self, owner, server, aws):
        held = aws.play(MINT, faults.hang())
        with ThreadPoolExecutor(1) as threads, server.owner() as other:
            minting = threads.submit(owner.post, LINKS, json=READY)
            assert held.met.wait(20)
            slowest = 0.0
            for _ in range(20):
                began = time.monotonic()
                assert other.get("nb-presign/api/server").status_code == 200
                slowest = max(slowest, time.monotonic() - began)
            assert not minting.done()
            held.release()
            aws.cut()
            minting.result(30)
        assert slowest < 5

    def test_who_hangs_up_leaves_nothing_behind(self, owner, server, aws):
        before = ids(owner)
        held = aws.play(MINT, faults.slow())
        connection = post(server, LINKS, json.dumps(READY))
        assert held.met.wait(20)
        connection.close()
        poll(lambda: "499 POST /nb-presign/api/links" in server.logged())
        held.release()
        mint(owner)
        assert len(ids(owner) - before) == 1
        for trouble in ("never retrieved", "was destroyed", "Traceback"):
            assert trouble not in server.logged()


def post(server, path, body=None):
    """Ask, and wait for no answer."""
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    headers = {"Authorization": f"token {server.token}", "Content-Type": "application/json"}
    connection.request("POST", f"/{path}", body, headers)
    return connection


def poll(done, seconds=20):
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_nothing_secret_is_in_any_log_at_debug(owner, server, aws):
    link = mint(owner, path="lab")
    owner.post(f"{LINKS}/{link['id']}/refresh")
    owner.get("nb-presign/open", params=READY, headers=CLICK)
    logged = server.logged()
    assert "[D" in logged
    assert aws.secrets()
    assert not [secret for secret in aws.secrets() if secret in logged]
