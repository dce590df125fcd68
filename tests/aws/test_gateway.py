from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta, timezone

import pytest
from support.aws import faults
from support.clock import FakeClock

from nb_presign.aws.calls.pace import Pace
from nb_presign.aws.gateway import AwsGateway
from nb_presign.aws.place import Place
from nb_presign.aws.signer.sessions import Sessions
from nb_presign.clock import SystemClock
from nb_presign.errors import (
    CredentialsExpiredError,
    InputError,
    NoCredentialsError,
    NoRegionError,
    OutOfRangeError,
    TargetNotFoundError,
    UnavailableError,
    UnknownProfileError,
    UpstreamThrottledError,
    UpstreamTimeoutError,
)

HERE = Place()
MINT = "CreatePresignedNotebookInstanceUrl"
LOOK = "DescribeNotebookInstance"


@pytest.fixture
def clock():
    return FakeClock(datetime.now(timezone.utc))


@pytest.fixture
def gateway(aws, clock):  # noqa: ARG001  # its environment
    gateway = AwsGateway(clock)
    yield gateway
    gateway.close()


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 60))


async def until(event):
    """Wait for another thread's event."""
    assert await asyncio.to_thread(event.wait, 30)


class TestCalls:
    def test_the_answer_is_the_operations_and_nothing_else(self, aws, gateway):
        answer = run(gateway.call(HERE, "sagemaker", MINT, NotebookInstanceName="my-instance"))
        assert answer == {"AuthorizedUrl": aws.mint.urls[-1]}

    def test_who_calls_can_be_seen(self, aws, gateway):
        run(gateway.call(HERE, "sagemaker", MINT, NotebookInstanceName="my-instance"))
        assert " nb_presign/" in aws.calls[0].headers["user-agent"]

    @pytest.mark.parametrize(
        ("parameters", "cls", "fields"),
        [
            ({}, InputError, {"name": "NotebookInstanceName"}),
            ({"NotebookInstanceName": "a_b"}, InputError, {"name": "NotebookInstanceName"}),
            ({"NotebookInstanceName": "a" * 64}, OutOfRangeError, {"high": 63}),
            (
                {"NotebookInstanceName": "a", "SessionExpirationDurationInSeconds": 43_201},
                OutOfRangeError,
                {"low": 1800, "high": 43_200},
            ),
        ],
    )
    def test_what_breaks_a_rule_is_not_sent(self, aws, gateway, parameters, cls, fields):
        with pytest.raises(cls) as told:
            run(gateway.call(HERE, "sagemaker", MINT, **parameters))
        assert not aws.calls
        assert told.value.fields.items() >= fields.items()

    def test_errors_say_which_call_it_was(self, gateway):
        with pytest.raises(TargetNotFoundError) as told:
            run(gateway.call(HERE, "sagemaker", LOOK, NotebookInstanceName="nobody"))
        assert (
            told.value.fields.items()
            >= {
                "service": "sagemaker",
                "operation": LOOK,
                "region": "us-west-2",
                "aws_code": "ValidationException",
            }.items()
        )

    def test_errors_hold_nothing_of_the_foreign_one(self, aws, gateway):
        aws.play(MINT, faults.says(b"{ https://a.example/?authToken=canary", status=200))
        with pytest.raises(Exception, match="not an answer of AWS's") as told:
            run(gateway.call(HERE, "sagemaker", MINT, NotebookInstanceName="my-instance"))
        assert told.value.__context__ is None
        assert told.value.__cause__ is None
        assert "canary" not in repr(told.value.fields) + str(told.value)

    def test_an_operation_with_a_host_prefix_finds_an_address(self, aws, gateway, monkeypatch):
        monkeypatch.delenv("AWS_DISABLE_HOST_PREFIX_INJECTION")
        with pytest.raises(TargetNotFoundError):
            run(gateway.call(HERE, "mwaa", "GetEnvironment", Name="nobody"))
        assert aws.count("GetEnvironment") == 1


class TestReads:
    def test_equal_ones_at_a_time_are_one_call(self, aws, gateway):
        held = aws.play(LOOK, faults.slow(), times=None)

        async def many():
            reads = [
                asyncio.create_task(
                    gateway.read(HERE, "sagemaker", LOOK, NotebookInstanceName="my-instance")
                )
                for _ in range(50)
            ]
            await until(held.met)
            held.release()
            return await asyncio.gather(*reads)

        answers = run(many())
        assert aws.count(LOOK) == 1
        assert len({answer["NotebookInstanceArn"] for answer in answers}) == 1
        answers[0]["NotebookInstanceArn"] = "changed"
        assert answers[1]["NotebookInstanceArn"] != "changed"

    def test_an_answer_is_kept_for_two_seconds(self, aws, gateway, clock):
        read = {"NotebookInstanceName": "my-instance"}
        for passed, calls in ((0, 1), (1.9, 1), (0.2, 2)):
            clock.tick(passed)
            run(gateway.read(HERE, "sagemaker", LOOK, **read))
            assert aws.count(LOOK) == calls

    def test_fresh_ones_are_asked_for(self, aws, gateway):
        for _ in range(3):
            run(
                gateway.read(
                    HERE, "sagemaker", LOOK, fresh=True, NotebookInstanceName="my-instance"
                )
            )
        assert aws.count(LOOK) == 3

    def test_others_are_calls_of_their_own(self, aws, gateway):
        async def both():
            return await asyncio.gather(
                gateway.read(HERE, "sagemaker", LOOK, NotebookInstanceName="my-instance"),
                gateway.read(HERE, "sagemaker", LOOK, NotebookInstanceName="sleeping"),
            )

        found = run(both())
        assert [each["NotebookInstanceName"] for each in found] == ["my-instance", "sleeping"]
        assert aws.count(LOOK) == 2


class TestPlaces:
    def test_profiles_and_regions_are_never_mixed_up(self, aws, clock):
        gateway = AwsGateway(clock, pace=Pace(clock, rate=1000, burst=1000))
        accounts, expected = {}, {}
        for number in range(4):
            account = f"{number}" * 12
            key = aws.add_key(f"user-{number}", account=account)
            aws.add_profile(f"profile-{number}", key, region="eu-west-1")
            accounts[key.id] = account
            for region in ("eu-west-1", "ap-south-1"):
                place = Place(f"profile-{number}", region)
                aws.place(region, account=account).add_instance(f"of-{number}-in-{region}")
                expected[place] = f"of-{number}-in-{region}"

        async def name(place):
            answer = await gateway.call(place, "sagemaker", "ListNotebookInstances")
            return place, [each["NotebookInstanceName"] for each in answer["NotebookInstances"]]

        async def everything():
            return await asyncio.gather(*[name(place) for _ in range(6) for place in expected])

        found = run(everything())
        gateway.close()
        assert len(found) == 48
        for place, names in found:
            assert names == [expected[place]]

    def test_a_profiles_own_region_is_used(self, aws, gateway, monkeypatch):
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        aws.add_profile("other", aws.add_key("eve"), region="eu-north-1")
        assert run(gateway.region(Place("other"))) == "eu-north-1"
        assert run(gateway.region(Place("other", "us-east-1"))) == "us-east-1"

    def test_without_a_region_nothing_is_sent(self, aws, gateway, monkeypatch):
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        for ask in (gateway.region(HERE), gateway.call(HERE, "sagemaker", LOOK)):
            with pytest.raises(NoRegionError, match="region=us-west-2"):
                run(ask)
        assert not aws.calls

    def test_the_region_variable_of_the_other_sdks_counts(self, gateway, monkeypatch):
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        monkeypatch.setenv("AWS_REGION", "ca-central-1")
        assert run(gateway.region(HERE)) == "ca-central-1"

    def test_an_unknown_profile_is_named(self, gateway):
        with pytest.raises(UnknownProfileError, match="'nobody'"):
            run(gateway.call(Place("nobody"), "sagemaker", LOOK, NotebookInstanceName="a"))

    def test_the_profiles_are_listed(self, aws, gateway):
        aws.add_profile("one", aws.add_key("one"))
        aws.add_profile("two", aws.add_key("two"))
        assert run(gateway.profiles()) == ("one", "two")

    def test_identity(self, aws, gateway):
        aws.add_profile("other", aws.add_key("eve", account="210987654321"))
        assert run(gateway.identity(HERE)).account == aws.key.account
        found = run(gateway.identity(Place("other")))
        assert found.account == "210987654321"
        assert "eve" in found.arn


class TestChanges:
    """What `aws configure`, `aws sso login` and `%env` do takes effect without a restart."""

    def test_of_the_environment_at_once(self, aws, gateway, monkeypatch):
        run(gateway.call(HERE, "sts", "GetCallerIdentity"))
        key = aws.add_key("other")
        for name, value in key.variables.items():
            monkeypatch.setenv(name, value)
        run(gateway.call(HERE, "sts", "GetCallerIdentity"))
        assert [call.access_key for call in aws.calls] == [aws.key.id, key.id]

    def test_of_the_environment_to_what_was_kept(self, aws, gateway, monkeypatch):
        assert run(gateway.identity(HERE)).account == aws.key.account
        key = aws.add_key("other", account="210987654321")
        for name, value in key.variables.items():
            monkeypatch.setenv(name, value)
        assert run(gateway.identity(HERE)).account == "210987654321"

    def test_of_the_files_within_a_second(self, aws, gateway, clock):
        aws.add_profile("mine", aws.add_key("first"))
        run(gateway.call(Place("mine"), "sts", "GetCallerIdentity"))
        key = aws.add_profile("mine", aws.add_key("second-with-another-length"))
        clock.tick(1)
        run(gateway.call(Place("mine"), "sts", "GetCallerIdentity"))
        assert aws.calls[-1].access_key == key.id

    def test_of_nothing_keeps_the_client(self, gateway, clock):
        async def twice():
            first = await gateway.model(HERE, "sagemaker")
            clock.tick(3600)
            return first is await gateway.model(HERE, "sagemaker")

        assert run(twice())

    def test_credentials_that_come_later_are_found(self, aws, gateway, monkeypatch):
        for name in aws.key.variables:
            monkeypatch.delenv(name)
        with pytest.raises(NoCredentialsError, match="aws sso login"):
            run(gateway.call(HERE, "sts", "GetCallerIdentity"))
        assert not aws.calls
        aws.files.add("default", {}, aws.key.variables)
        run(gateway.call(HERE, "sts", "GetCallerIdentity"))

    def test_refused_ones_are_looked_for_anew(self, aws, gateway, tmp_path):
        # As tools do that hand out keys without saying until when.
        old, new = aws.add_key("old"), aws.add_key("new")
        old.expired = True
        script = tmp_path / "keys.py"
        aws.files.add("tool", {"credential_process": f"{sys.executable} {script}"}, {})
        script.write_text(process(old))
        with pytest.raises(CredentialsExpiredError):
            run(gateway.call(Place("tool"), "sts", "GetCallerIdentity"))
        script.write_text(process(new))
        run(gateway.call(Place("tool"), "sts", "GetCallerIdentity"))
        assert [call.access_key for call in aws.calls] == [old.id, new.id]


def process(key, **further):
    """Write a program that hands out a key, as `credential_process` asks for."""
    said = {
        "Version": 1,
        "AccessKeyId": key.id,
        "SecretAccessKey": key.secret,
        **({"SessionToken": key.token} if key.token else {}),
        **further,
    }
    return f"import json; print(json.dumps({said!r}))"


class TestCredentials:
    def test_how_they_were_found(self, aws, gateway):
        found = run(gateway.credentials(HERE))
        assert (found.method, found.expires_at) == ("env", None)
        aws.add_profile("other", aws.add_key("eve"))
        assert run(gateway.credentials(Place("other"))).method == "shared-credentials-file"
        assert not aws.calls

    def test_they_are_renewed_when_little_is_left(self, aws, gateway, tmp_path, clock):
        key, script = aws.add_key("tool"), tmp_path / "keys.py"
        aws.files.add("tool", {"credential_process": f"{sys.executable} {script}"}, {})

        def hand_out(**left):
            ends = clock.now().replace(microsecond=0) + timedelta(**left)
            script.write_text(process(key, Expiration=ends.isoformat()))
            return ends

        first = hand_out(minutes=30)
        assert run(gateway.credentials(Place("tool"))).expires_at == first
        second = hand_out(minutes=60)
        assert run(gateway.credentials(Place("tool"), fresh_for=900)).expires_at == first
        assert run(gateway.credentials(Place("tool"), fresh_for=2400)).expires_at == second

    def test_what_has_expired_and_stays_so_is_told(self, aws, gateway, tmp_path, clock):
        key, script = aws.add_key("tool"), tmp_path / "keys.py"
        aws.files.add("tool", {"credential_process": f"{sys.executable} {script}"}, {})
        over = (clock.now() - timedelta(minutes=1)).isoformat()
        script.write_text(process(key, Expiration=over))
        for ask in (
            gateway.credentials(Place("tool")),
            gateway.call(Place("tool"), "sts", "GetCallerIdentity"),
        ):
            with pytest.raises(CredentialsExpiredError):
                run(ask)
        assert not aws.calls

    def test_a_role_is_assumed_once(self, aws, gateway):
        aws.add_profile("base", aws.add_key("base"))
        role = f"arn:aws:iam::{aws.key.account}:role/Reader"
        aws.files.add("role", {"role_arn": role, "source_profile": "base"}, {})

        async def many():
            return await asyncio.gather(*[gateway.credentials(Place("role")) for _ in range(40)])

        found, *_ = run(many())
        run(gateway.call(Place("role"), "sts", "GetCallerIdentity"))
        assert found.method == "assume-role"
        assert found.expires_at > datetime.now(timezone.utc)
        assert aws.count("AssumeRole") == 1

    def test_a_session_of_sso_that_was_never_begun(self, aws, gateway):
        aws.files.add(
            "work",
            {
                "sso_start_url": "https://work.awsapps.example/start",
                "sso_region": "us-west-2",
                "sso_account_id": "123456789012",
                "sso_role_name": "Dev",
                "region": "us-west-2",
            },
            {},
        )
        for ask in (
            gateway.credentials(Place("work")),
            gateway.call(Place("work"), "sagemaker", "ListNotebookInstances"),
        ):
            with pytest.raises(CredentialsExpiredError, match="aws sso login --profile work"):
                run(ask)

    def test_who_waits_for_them_takes_no_thread_from_others(self, aws, gateway):
        aws.add_profile("base", aws.add_key("base"))
        role = f"arn:aws:iam::{aws.key.account}:role/Reader"
        aws.files.add("role", {"role_arn": role, "source_profile": "base"}, {})
        held = aws.play("AssumeRole", faults.slow())

        async def scene():
            waiting = [asyncio.create_task(gateway.credentials(Place("role"))) for _ in range(40)]
            await until(held.met)
            other = await gateway.identity(HERE)
            assert not any(task.done() for task in waiting)
            held.release()
            await asyncio.gather(*waiting)
            return other

        assert run(scene()).account == aws.key.account

    def test_nothing_of_the_keys_is_told(self, aws, gateway):
        told = repr(run(gateway.credentials(HERE)))
        assert aws.key.id not in told
        assert aws.key.secret not in told


class TestManners:
    def test_too_many_calls_wait_for_their_turn(self, aws, clock):
        slept = []

        async def sleep(seconds):
            slept.append(seconds)
            clock.tick(seconds)

        gateway = AwsGateway(clock, pace=Pace(clock, rate=5, burst=2, sleep=sleep))
        for _ in range(4):
            run(gateway.call(HERE, "sts", "GetCallerIdentity"))
        gateway.close()
        assert aws.count("GetCallerIdentity") == 4
        assert sum(slept) == pytest.approx(0.4, abs=0.01)

    def test_what_cannot_be_soon_is_refused(self, aws, clock):
        gateway = AwsGateway(clock, pace=Pace(clock, rate=0.1, burst=1))
        run(gateway.call(HERE, "sts", "GetCallerIdentity"))
        with pytest.raises(UpstreamThrottledError) as told:
            run(gateway.call(HERE, "sts", "GetCallerIdentity"))
        gateway.close()
        assert told.value.fields["retry_after"] >= 10
        assert aws.count("GetCallerIdentity") == 1


class TestLoops:
    @pytest.mark.parametrize(
        "seconds", [1.5, pytest.param(30, marks=pytest.mark.faults)], ids="{} s".format
    )
    def test_nothing_waits_while_aws_hangs(self, aws, seconds):
        sessions = Sessions(SystemClock(), read_timeout=seconds)
        gateway = AwsGateway(SystemClock(), sessions=sessions)
        aws.play(MINT, faults.hang(), times=None)

        async def beat(gaps):
            last = time.monotonic()
            while True:
                await asyncio.sleep(0.005)
                gaps.append(time.monotonic() - last)
                last = time.monotonic()

        async def scene():
            await gateway.model(HERE, "sagemaker")
            gaps = []
            heart = asyncio.create_task(beat(gaps))
            with pytest.raises(UpstreamTimeoutError):
                await gateway.call(HERE, "sagemaker", MINT, NotebookInstanceName="my-instance")
            answer = await gateway.identity(HERE)
            heart.cancel()
            return gaps, answer

        gaps, answer = run(scene())
        gateway.close()
        assert sum(gaps) > seconds - 0.5
        assert max(gaps) < seconds * 2 / 3
        assert answer.account == aws.key.account

    def test_a_cancelled_caller_is_gone_at_once(self, aws, gateway):
        hang = aws.play(MINT, faults.hang())

        async def scene():
            call = asyncio.create_task(
                gateway.call(HERE, "sagemaker", MINT, NotebookInstanceName="my-instance")
            )
            await until(hang.met)
            call.cancel()
            begun = time.monotonic()
            with pytest.raises(asyncio.CancelledError):
                await call
            return time.monotonic() - begun

        assert run(scene()) < 10
        hang.release()

    def test_loops_come_and_go(self, aws, gateway):
        results = []

        def loop_of_its_own():
            results.append(run(gateway.identity(HERE)).account)

        threads = [threading.Thread(target=loop_of_its_own) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        loop_of_its_own()
        assert results == [aws.key.account] * 5

    def test_closing_takes_back_what_has_not_begun(self, aws, clock):
        gateway = AwsGateway(clock, threads=1)
        hang = aws.play(LOOK, faults.hang())

        async def scene():
            await gateway.model(HERE, "sagemaker")
            calls = [
                asyncio.create_task(
                    gateway.call(HERE, "sagemaker", LOOK, NotebookInstanceName=name)
                )
                for name in ("my-instance", "sleeping")
            ]
            await until(hang.met)
            gateway.close()
            hang.release()
            return await asyncio.gather(*calls, return_exceptions=True)

        outcomes = run(scene())
        assert isinstance(outcomes[1], asyncio.CancelledError)
        assert aws.count(LOOK) == 1


def test_a_closed_one_says_so(gateway):
    gateway.close()
    with pytest.raises(UnavailableError):
        run(gateway.call(HERE, "sts", "GetCallerIdentity"))


def test_making_one_costs_nothing():
    script = """
import sys, threading
from nb_presign.aws.gateway import AwsGateway
from nb_presign.clock import SystemClock
gateway = AwsGateway(SystemClock())
gateway.likely()
gateway.close()
assert threading.active_count() == 1
assert not {"boto3", "botocore", "urllib3"} & set(sys.modules), sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)
