"""The doctor finds each illness, and names what mends it."""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest
from support.clock import FakeClock

from nb_presign.clock import SystemClock
from nb_presign.commands.command import Doctor
from nb_presign.commands.connections import Connections
from nb_presign.commands.doing.doctor import diagnose
from nb_presign.commands.doing.local_checks import check_locally
from nb_presign.errors import (
    StoreError,
    UnknownProviderError,
    UnreachableError,
)
from nb_presign.model import (
    Finding,
    MintRequest,
    ProviderInfo,
    ServerInfo,
    Target,
    TargetInfo,
    TargetState,
)
from nb_presign.store.sql import SqlStore


async def healthy():
    return ()


@pytest.fixture
def look(connections, clock):
    def look(provider="", local=healthy, **where):
        asked = Doctor(provider=provider, **where)
        return asyncio.run(diagnose(connections, asked, clock, local))

    return look


def problems(diagnosis):
    assert diagnosis.ok == all(check.ok for check in diagnosis.checks)
    return [(check.name, check.mend) for check in diagnosis.checks if not check.ok]


def test_all_is_well(look, api):
    found = look()
    assert found.ok
    names = [check.name for check in found.checks]
    assert names == ["server", "store", "self-hosting", "provider jupyter", "provider session"]
    assert "mint" not in api.calls


def test_no_server_answers(clock):
    async def refuse(_):
        raise UnreachableError("No answer.", hint="Start it.")

    found = asyncio.run(diagnose(Connections(refuse), Doctor(), clock, healthy))
    assert problems(found) == [("server", "Start it.")]


def test_a_process_without_a_server_is_no_illness(look, api):
    api.info = ServerInfo(name="", id="", version="9.9", self_hosted=False, here="hub:alice/-")
    found = look()
    assert found.ok
    assert found.checks[0].message.startswith("no Jupyter server of ours answers")


@pytest.mark.parametrize(
    ("here", "who"), [("hub:alice/-", "hub:alice/-"), ("", "this server")], ids=["Hub", "alone"]
)
def test_nor_is_a_server_that_serves_no_links_of_its_own(look, api, here, who):
    api.info = ServerInfo(
        name="", id="", version="9.9", self_hosted=False, reason="it is switched off", here=here
    )
    found = look()
    assert found.ok
    assert found.checks[0].message == (
        f"{who} answers, nb_presign 9.9; it serves no links of its own: it is switched off"
    )


@pytest.mark.parametrize(
    ("method", "error", "name"),
    [
        ("links", StoreError("Locked.", hint="Free it."), "store"),
        ("providers", StoreError("Away.", hint="Free it."), "providers"),
        ("targets", StoreError("Away.", hint="Free it."), "provider jupyter"),
    ],
)
def test_what_fails_is_a_finding(look, api, method, error, name):
    api.failing[method] = error
    assert (name, "Free it.") in problems(look())


def test_a_server_that_serves_no_links(look, api):
    api.info = replace(api.info, self_hosted=False, reason="it is under a hub")
    ((name, mend),) = problems(look())
    assert name == "self-hosting"
    assert "configuration" in mend
    assert "off: it is under a hub" in "".join(check.message for check in look().checks)


def test_a_provider_that_cannot_be_used(look, api):
    api.usable[0] = ProviderInfo(
        name="jupyter", title="J", usable=False, reason="No server.", mend="Start one."
    )
    assert problems(look()) == [("provider jupyter", "Start one.")]
    assert problems(look("session")) == []


def test_a_provider_that_nobody_has_set_up_is_no_problem_unless_it_is_asked_for(look, api):
    api.usable.append(
        ProviderInfo(
            name="hub",
            title="H",
            usable=False,
            reason="No Hub.",
            mend="Name one.",
            configured=False,
        )
    )
    assert problems(look()) == []
    assert "No Hub." in [check.message for check in look().checks]
    assert problems(look("hub")) == [("provider hub", "Name one.")]


def test_nothing_to_mint_for_is_a_problem(look, api):
    api.usable = [
        replace(info, usable=False, reason="Not here.", mend="Start one.", configured=False)
        for info in api.usable
    ]
    assert problems(look()) == [("providers", "Start one.")]


def test_a_target_that_is_down(look, api):
    down = TargetInfo(
        target=Target("jupyter", "gpu"), title="gpu", state=TargetState.DOWN, mend="Start gpu."
    )
    api.known.insert(0, down)
    assert ("jupyter:gpu", "Start gpu.") in problems(look())


@pytest.mark.parametrize("state", [TargetState.STOPPED, TargetState.STARTING])
def test_a_target_that_is_stopped_is_no_illness(look, api, state):
    api.known = [replace(api.known[0], state=state, mend="Start it.")]
    assert look().ok


AWS = ("sagemaker", "studio", "athena", "emr", "flink")


def with_aws(api, **facts):
    api.usable += [ProviderInfo(name=name, title=name, **facts) for name in AWS]


def test_no_account_with_aws_is_one_quiet_line(look, api):
    with_aws(api, usable=False, configured=False, reason="no credentials here", mend="Get some.")
    found = look()
    assert found.ok
    (line,) = [check for check in found.checks if check.name == "AWS"]
    assert line.message == "sagemaker, studio, athena, emr, flink: no credentials here"
    assert line.mend == ""


def test_credentials_that_have_ended_are_one_problem(look, api):
    with_aws(api, usable=False, reason="the token has expired", mend="aws sso login")
    assert problems(look()) == [("AWS", "aws sso login")]


def test_aws_is_not_asked_before_somebody_asks_for_it(look, api):
    with_aws(api, usable=True)
    found = look()
    assert found.ok
    assert found.checks[-1].message.endswith("usable; for more: 'presign doctor sagemaker'")
    assert {query.provider for query in api.queries} == {"jupyter", "session"}


STEPS = (
    Finding(name="credentials", ok=True, message="of a role"),
    Finding(name="region", ok=False, message="none", mend="aws configure set region …"),
)


def test_a_provider_is_examined_up_to_the_first_thing_that_is_wrong(look, api):
    with_aws(api, usable=False, reason="no region")
    api.findings["sagemaker"] = STEPS
    found = look("sagemaker", region="eu-west-1", profile="p")
    assert [check.name for check in found.checks] == ["server", "store", "credentials", "region"]
    assert problems(found) == [("region", "aws configure set region …")]
    assert [(q.provider, q.region, q.profile) for q in api.queries] == [
        ("sagemaker", "eu-west-1", "p")
    ]


def test_a_target_is_examined(look, api):
    with_aws(api, usable=True)
    api.findings["sagemaker"] = STEPS[:1]
    assert look("sagemaker", target=Target("sagemaker", "mine")).ok
    assert "examine mine" in api.calls


def test_an_examination_that_fails_is_a_finding(look, api):
    api.failing["examine"] = UnreachableError("No answer.", hint="Look at the network.")
    assert problems(look("jupyter")) == [("provider jupyter", "Look at the network.")]


def test_a_target_of_a_provider_without_steps_is_looked_at(look):
    found = look("jupyter", target=Target("jupyter", "b"))
    assert (found.ok, found.checks[-1].message) == (True, "ready · /b")
    ((name, _),) = problems(look("jupyter", target=Target("jupyter", "c")))
    assert name == "jupyter:c"


def test_a_partial_list(look, api):
    api.problems = ("gpu did not answer.",)
    assert [name for name, _ in problems(look())] == ["provider jupyter", "provider session"]


def test_an_unknown_provider(look):
    with pytest.raises(UnknownProviderError, match="Possible: jupyter, session"):
        look("jupiter")


def test_a_clock_that_was_set_back(look, api, clock):
    link = asyncio.run(api.refresh(seed(api)))
    assert look().ok
    clock.set_back(3600)
    ((name, mend),) = problems(look())
    assert name == "clock"
    assert "ntp" in mend
    assert link.created_at - clock.now() == timedelta(hours=1)


def seed(api):
    return asyncio.run(api.mint(MintRequest(target=Target("jupyter", "b")))).id


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    return tmp_path


def test_keys_are_not_made_by_looking(home):
    (check,) = asyncio.run(check_locally())
    assert (check.name, check.ok) == ("keys", True)
    assert not list(home.rglob("keys.json"))


def test_keys_that_others_could_read(home):
    path = home / "nb_presign" / "keys.json"
    path.parent.mkdir(mode=0o700)
    path.write_text('{"keys": ["' + "A" * 43 + '"]}')
    path.chmod(0o644)
    (check,) = asyncio.run(check_locally())
    assert (check.name, check.ok) == ("keys", False)
    assert check.mend
    path.chmod(0o600)
    assert asyncio.run(check_locally())[0].ok


def test_a_server_that_lets_everybody_in(home, monkeypatch):
    monkeypatch.setenv("JPY_PARENT_PID", "123")
    (home / "jpserver-123.json").write_text('{"url": "http://localhost:1/", "token": ""}')
    check, _ = asyncio.run(check_locally())
    assert (check.name, check.ok) == ("authentication", False)


def test_a_clock_that_is_behind_the_store(home):
    directory = home / "nb_presign"
    directory.mkdir()
    ahead = FakeClock(SystemClock().now() + timedelta(hours=2))
    store = SqlStore(f"sqlite:///{directory / 'store.sqlite'}", ahead)
    store.witness(ahead.now())
    check = asyncio.run(check_locally())[0]
    assert (check.name, check.ok) == ("clock", False)
    assert "1 h 59 min behind" in check.message
    store.close()
    # What it says that ends all links does so, and what is wrong is gone.
    command = check.mend.partition("run: ")[2]
    subprocess.run(command, shell=True, check=True, timeout=60)  # noqa: S602  # as people do
    assert {f.name for f in directory.iterdir()} == {"store.sqlite.old"}
    assert [c.name for c in asyncio.run(check_locally())] == ["keys"]


@pytest.mark.parametrize("ahead", [0, 50])
def test_clocks_that_agree(home, ahead):
    (home / "nb_presign").mkdir()
    clock = FakeClock(SystemClock().now() + timedelta(seconds=ahead))
    store = SqlStore(f"sqlite:///{home / 'nb_presign' / 'store.sqlite'}", clock)
    store.witness(clock.now())
    store.close()
    assert [check.name for check in asyncio.run(check_locally())] == ["keys"]


def test_a_store_that_cannot_be_read_says_nothing_of_the_time(home):
    (home / "nb_presign").mkdir()
    (home / "nb_presign" / "store.sqlite").write_bytes(b"nonsense" * 1000)
    assert [check.name for check in asyncio.run(check_locally())] == ["keys"]
