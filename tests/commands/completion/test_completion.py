"""What a Tab offers."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from nb_presign.commands.completion.completion import KEEP, Completer
from nb_presign.commands.verbs import run
from nb_presign.commands.words.parser import parse
from nb_presign.commands.words.vocabulary import BY_NAME
from nb_presign.errors import StoreError
from nb_presign.model import Target, TargetInfo, TargetState


@pytest.fixture
def completer(connections, clock):
    return Completer(connections, clock=clock)


@pytest.fixture
def tab(completer):
    def tab(line):
        return asyncio.run(completer.complete(line.split(" ")))

    return tab


@pytest.fixture
def link(connections, clock):
    return asyncio.run(run(parse(["jupyter:b"]), connections, clock=clock)).link


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("re", ("refresh", "revoke")),
        ("jup", ("jupyter:b",)),
        ("session:", ("session:5e55/lab/tree/a%20b.ipynb",)),
        ("mint jupyter:b --sco", ("--scope",)),
        ("mint jupyter:b --scope ", ("read", "execute", "full")),
        ("jupyter:b --scope=ex", ("--scope=execute",)),
        ("targets ", ("jupyter", "session")),
        ("doctor s", ("session", "session:5e55/lab/tree/a%20b.ipynb")),
        ("policy jup", ("jupyter:b",)),
        ("policy ", ("check", "jupyter:b", "session:5e55/lab/tree/a%20b.ipynb")),
        ("policy check --sc", ("--scope",)),
        ("help policy ", ("check",)),
        ("mint jupyter:b --st", ("--start",)),
        ("list --server ", ("b",)),
        ("help ref", ("refresh",)),
        ("completion ", ("bash", "zsh", "fish")),
        ("mint jupyter:b ", ()),
        ("list ", ()),
        ("list --js", ("--json",)),
        ("list --json --js", ()),
        ("jupyter:b --allow 192.0.2.1 --al", ("--allow",)),
        ("jupyter:b --note ", ()),
        ("mint re", ()),
        ("xyzzy", ()),
    ],
)
def test_what_a_tab_offers(tab, line, offered):
    assert tab(line) == offered


def test_an_empty_line_offers_verbs_and_targets(tab):
    assert set(tab("")) == {*BY_NAME, "jupyter:b", "session:5e55/lab/tree/a%20b.ipynb"}


def test_ids(tab, api, link):
    guest = api.guest(link)
    assert tab("revoke lnk_") == (link.id,)
    assert tab(f"revoke {link.id} lnk_") == (link.id,)
    assert tab("end ") == (guest.id,)


def test_a_revoked_link_is_not_offered(tab, api, link):
    asyncio.run(api.revoke(link.id))
    assert tab("show ") == ()


def test_servers_are_asked_once_in_a_few_seconds(tab, api, clock):
    tab("jup")
    asked = len(api.calls)
    tab("jupyter:")
    assert len(api.calls) == asked
    clock.tick(KEEP)
    tab("jup")
    assert len(api.calls) > asked


def test_another_server_is_asked_for_itself(tab, api):
    tab("jup")
    tab("--server gpu jup")
    assert "connect gpu" in api.calls


def test_an_error_offers_nothing(tab, api):
    api.failing["links"] = StoreError("Locked.")
    assert tab("show ") == ()


@pytest.fixture
def aws_files(tmp_path, monkeypatch):
    config = tmp_path / "config"
    config.write_text("[default]\nregion = eu-central-1\n[profile research]\nregion = ap-south-2\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("aws_files")
def test_profiles_and_regions_without_asking_anybody(tab, api):
    assert set(tab("sagemaker:x --profile ")) == {"default", "research"}
    assert tab("targets --profile=re") == ("--profile=research",)
    regions = tab("sagemaker:x --region ")
    assert set(regions[:2]) == {"eu-central-1", "ap-south-2"}
    assert "us-west-2" in regions
    assert "aws-global" not in regions
    assert api.calls == []


@pytest.mark.usefixtures("aws_files")
def test_completing_options_of_aws_imports_no_botocore():
    code = (
        "import sys; from nb_presign.cli import main;"
        "main(['__complete', 'x', '--region', 'us-w']);"
        "main(['__complete', 'x', '--profile', '']); print('botocore' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *offered, imported = done.stdout.split()
    assert {"us-west-1", "us-west-2", "research"} <= set(offered)
    assert imported == "False"


def test_targets_are_those_of_the_place_that_is_said(tab, api):
    place = (("profile", "research"), ("region", "eu-west-1"))
    target = Target("sagemaker", "mine", options=place)
    api.known = [TargetInfo(target=target, title="mine", state=TargetState.READY)]
    assert tab("--region eu-west-1 sage") == ("sagemaker:mine?profile=research",)
    assert tab("sage") == ("sagemaker:mine?profile=research&region=eu-west-1",)
    assert [(q.region, q.profile) for q in api.queries] == [("eu-west-1", ""), ("", "")]


def test_a_late_answer_is_kept_for_the_next_tab(completer, api):
    async def two_tabs():
        gate = asyncio.Event()
        real = api.targets

        async def slow(query):
            await gate.wait()
            return await real(query)

        api.targets = slow
        first = await completer.complete(["jup"], wait=0)
        await completer.complete(["jup"], wait=0)
        gate.set()
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
        assert api.calls.count("targets") == len(api.known), "two Tabs are one question"
        api.targets = None
        return first, await completer.complete(["jup"], wait=0)

    assert asyncio.run(two_tabs()) == ((), ("jupyter:b",))
