"""The functions of `nb_presign` itself: against AWS on loopback, in this process and in others."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from support.aws import CANARY, faults
from support.servers import World, jupyter_server

import nb_presign
from nb_presign.errors import (
    BadReferenceError,
    OutOfRangeError,
    UnknownProfileError,
    UnreachableError,
)

MINT = "CreatePresignedNotebookInstanceUrl"


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    """Have no servers around."""
    for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
        monkeypatch.setenv(f"JUPYTER_{name}", str(tmp_path / name))
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)


def asked(aws, operation=MINT):
    return [call for call in aws.calls if call.operation == operation]


class TestPlaces:
    def test_region_and_profile_reach_aws(self, aws):
        key = aws.add_profile("other", aws.add_key("eve", account="210987654321"))
        aws.place("eu-west-1", account="210987654321").add_instance("theirs", "InService")
        link = nb_presign.presign("sagemaker:theirs", region="eu-west-1", profile="other")
        (call,) = asked(aws)
        assert (call.region, call.access_key) == ("eu-west-1", key.id)
        assert dict(link.target.options) == {"region": "eu-west-1", "profile": "other"}
        assert nb_presign.presign("sagemaker:my-instance").url
        assert asked(aws)[1].access_key == aws.key.id, "the other key is for the other profile"

    def test_they_may_stand_in_the_reference_but_not_twice(self, aws):
        nb_presign.presign("sagemaker:my-instance?region=us-west-2")
        with pytest.raises(BadReferenceError):
            nb_presign.presign("sagemaker:my-instance?region=us-west-2", region="us-west-2")
        assert len(asked(aws)) == 1

    @pytest.mark.usefixtures("aws")
    def test_targets_are_looked_for_there(self):
        found = nb_presign.targets("athena", region="us-west-2")
        assert {info.target.provider for info in found} == {"athena"}
        assert nb_presign.targets("athena", region="eu-west-1") == ()
        with pytest.raises(UnknownProfileError):
            nb_presign.targets("sagemaker", profile="nobody")

    def test_all_pages_are_read(self, aws):
        aws.page_size = 1
        names = {info.target.id for info in nb_presign.targets("sagemaker")}
        assert names >= {"my-instance", "Big-GPU", "sleeping", "broken"}

    def test_what_aws_does_not_grant_is_refused(self, aws):
        for limit in ({"uses": 1}, {"allow": "10.0.0.0/8"}, {"scope": "read"}, {"within": "a"}):
            with pytest.raises(OutOfRangeError):
                nb_presign.presign("sagemaker:my-instance", **limit)
        assert aws.calls == []


def test_what_a_server_may_mint_is_no_rule_for_kernels(aws, tmp_path):
    config = tmp_path / "CONFIG_DIR" / "jupyter_server_config.json"
    config.parent.mkdir()
    config.write_text(json.dumps({"NbPresign": {"mint_targets": []}}))
    assert nb_presign.presign("sagemaker:my-instance").url.reveal() in aws.mint.urls


class TestWaiting:
    def test_the_loop_goes_on_while_aws_hangs_and_cancelling_ends_it(self, aws):
        held = aws.play(MINT, faults.hang())

        async def run():
            minting = asyncio.ensure_future(nb_presign.apresign("sagemaker:my-instance"))
            slowest, last = 0.0, time.monotonic()
            while not held.met.is_set():
                await asyncio.sleep(0.005)
                now = time.monotonic()
                slowest, last = max(slowest, now - last), now
            assert not minting.done()
            minting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await minting
            left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            return slowest, left

        slowest, left = asyncio.run(run())
        held.release()
        assert left == []
        # What is imported and built meanwhile in other threads takes turns with the loop.
        assert slowest < 5

    @pytest.mark.usefixtures("aws")
    def test_many_at_once(self):
        async def run():
            return await asyncio.gather(
                *(nb_presign.apresign("sagemaker:my-instance") for _ in range(8))
            )

        links = asyncio.run(run())
        assert len({link.url.reveal() for link in links}) == 8

    def test_what_goes_wrong_is_one_of_ours(self, aws):
        aws.play(MINT, faults.reset(), times=None)
        with pytest.raises(UnreachableError):
            asyncio.run(nb_presign.apresign("sagemaker:my-instance"))


def test_nothing_secret_is_in_any_log_at_debug(aws, caplog):
    """Nothing scrubs the logs of scripts and kernels."""
    caplog.set_level(logging.DEBUG)
    for name in ("botocore", "boto3", "urllib3", "nb_presign"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    key = aws.add_profile("temporary", aws.add_key("tim", temporary=True))
    for target in ("sagemaker:my-instance", "athena:" + aws.world.add_session("n").id):
        for profile in ("", "temporary"):
            link = nb_presign.presign(target, profile=profile)
            assert link.url.reveal() not in repr(link)
    nb_presign.targets("sagemaker", profile="temporary")
    aws.play(MINT, faults.denied())
    with pytest.raises(nb_presign.errors.PresignError):
        nb_presign.presign("sagemaker:my-instance")
    assert "botocore" in {record.name.partition(".")[0] for record in caplog.records}
    logged = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert CANARY in key.token
    assert CANARY not in logged
    assert not [secret for secret in aws.secrets() if secret in logged]


#: What is told later is imported later: an import that minting itself waited for is named.
SCRIPT = """
import json, sys, threading
minted, awaited = threading.Event(), []
patience = {patience}

class Late:
    def find_spec(self, name, path=None, target=None):
        if name in ("sqlalchemy", "httpx") and patience and not minted.wait(patience):
            awaited.append(name)

sys.meta_path.insert(0, Late())
import nb_presign
from nb_presign import errands
errands.PATIENCE = 60.0  # busy machines take longer than a person would wait
link = nb_presign.presign({target!r})
minted.set()
print(json.dumps([link.id, awaited]))
"""


def script(env):
    code = SCRIPT.format(target="sagemaker:my-instance", patience=60)
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


class TestProcesses:
    @pytest.mark.usefixtures("aws")
    def test_a_script_that_ends_at_once_has_told_of_its_link(self):
        link_id, imported = script(os.environ)
        assert imported == [], "who asks for a link waits for no store"
        (link,) = asyncio.run(self.listed())
        assert (link.id, link.target.id) == (link_id, "my-instance")
        assert link.minted_by.startswith("local:")

    async def listed(self):
        api = await nb_presign.connect()
        try:
            return await api.links()
        finally:
            await api.aclose()

    def test_a_kernel_mints_with_its_own_key_and_tells_its_server(self, aws, tmp_path):
        world = World(tmp_path / "home")
        nothing = dict.fromkeys(aws.key.variables, "")
        with jupyter_server(world, tmp_path / "n", env=nothing) as server, server.owner() as owner:
            env = {**world.env, "JPY_PARENT_PID": str(server.process.pid)}
            with kernel(env, "sagemaker:my-instance") as (link_id, imported):
                assert imported == []
                link = wait_for_link(owner, link_id)
                assert link["target"] == "sagemaker:my-instance"
            assert not [secret for secret in aws.secrets() if secret in server.logged()]
            # What is the server's own to mint is minted there.
            with kernel(env, "jupyter:n") as (link_id, _):
                assert wait_for_link(owner, link_id)["audience"]


@contextmanager
def kernel(env, target):
    """Mint in a process that goes on."""
    # A server is asked over HTTP before anything is minted.
    patience = 60 if target.startswith("sagemaker:") else 0
    code = SCRIPT.format(target=target, patience=patience) + "sys.stdout.flush(); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield json.loads(process.stdout.readline())
        process.stdin.close()
        assert process.wait(30) == 0


def wait_for_link(owner, link_id):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for link in owner.get("nb-presign/api/links").json():
            if link["id"] == link_id:
                return link
        time.sleep(0.1)
    raise TimeoutError(link_id)
