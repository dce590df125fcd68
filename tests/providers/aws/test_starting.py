"""Stopped targets: shown as such, started only when asked, by us and by moto's AWS."""

from __future__ import annotations

import boto3
import pytest
from support.aws import faults

from nb_presign.errors import AccessDeniedError, NotStartableError, TargetNotReadyError
from nb_presign.model import TargetState
from nb_presign.reference import parse

pytestmark = pytest.mark.anyio

SLEEPING = parse("sagemaker:sleeping")


class TestInstances:
    async def test_the_command_and_the_cost_are_told_and_nothing_is_started(self, aws, make):
        with pytest.raises(TargetNotReadyError) as caught:
            await make("sagemaker").resolve(SLEEPING)
        assert "presign mint sagemaker:sleeping --start" in caught.value.hint
        assert "ml.t3.medium is paid for" in caught.value.hint
        assert caught.value.fields["startable"] is True
        assert not aws.count("StartNotebookInstance")

    async def test_one_is_started_and_looked_at_until_it_is_ready(self, aws, make):
        provider = make("sagemaker")
        aws.world.instances["sleeping"].life.looks = 3
        states = [(await provider.start(SLEEPING)).state]
        while states[-1] is TargetState.STARTING:
            states.append((await provider.look(SLEEPING)).state)
        assert states[0] is TargetState.STARTING
        assert states[-1] is TargetState.READY
        assert aws.count("StartNotebookInstance") == 1
        assert await provider.resolve(SLEEPING) == SLEEPING

    @pytest.mark.parametrize("word", ["InService", "Pending"])
    async def test_what_runs_or_starts_is_left_alone(self, aws, make, word):
        aws.world.instances["sleeping"].status = word
        await make("sagemaker").start(SLEEPING)
        assert not aws.count("StartNotebookInstance")

    @pytest.mark.parametrize("word", ["Stopping", "Failed", "Deleting", "Updating"])
    async def test_what_cannot_be_started_says_so(self, aws, make, word):
        aws.world.instances["sleeping"].status = word
        with pytest.raises(NotStartableError) as caught:
            await make("sagemaker").start(SLEEPING)
        assert word in caught.value.message
        assert not aws.count("StartNotebookInstance")

    async def test_who_may_not_start_is_told(self, aws, make):
        aws.play("StartNotebookInstance", faults.denied())
        with pytest.raises(AccessDeniedError) as caught:
            await make("sagemaker").start(SLEEPING)
        # The policy that we write does not have it.
        assert caught.value.hint == "Have sagemaker:StartNotebookInstance allowed."

    async def test_somebody_quicker_is_no_error(self, aws, make):
        def meanwhile():
            aws.world.instances["sleeping"].life.head("Pending", "InService")

        aws.world.instances["sleeping"].life.looks = None
        provider = make("sagemaker")
        refuse = faults.error("ValidationException", "Status (Pending) not in ([Stopped]).", 400)
        aws.play("StartNotebookInstance", refuse)
        call = provider._aws.call

        async def call_after_another(*args, **parameters):
            meanwhile()
            return await call(*args, **parameters)

        provider._aws.call = call_after_another
        assert (await provider.start(SLEEPING)).state is TargetState.STARTING

    async def test_a_start_that_fails_ends_in_a_state_that_says_why(self, aws, make):
        life = aws.world.instances["sleeping"].life
        life.looks, life.ends_in = 0, "Failed"
        provider = make("sagemaker")
        await provider.start(SLEEPING)
        aws.world.instances["sleeping"].failure = "Insufficient capacity."
        found = await provider.look(SLEEPING)
        assert found.state is TargetState.FAILED
        assert "Insufficient capacity" in found.detail


class TestOthers:
    async def test_a_tracking_server_is_started(self, aws, make):
        provider = make("mlflow")
        await provider.start(parse("mlflow:idle-experiments"))
        assert aws.count("StartMlflowTrackingServer") == 1

    async def test_what_has_no_operation_for_it_says_so(self, make):
        with pytest.raises(NotStartableError) as caught:
            await make("flink").start(parse("flink:idle"))
        assert "Start it where it is managed" in caught.value.hint


class TestMoto:
    """Somebody else's idea of an instance's life."""

    @pytest.fixture
    def moto(self, aws, moto_server, monkeypatch):  # noqa: ARG002  # the keys are the fake's
        monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
        client = boto3.client("sagemaker", endpoint_url=moto_server)
        client.create_notebook_instance(
            NotebookInstanceName="gpu",
            InstanceType="ml.t3.medium",
            RoleArn="arn:aws:iam::123456789012:role/R",
        )
        yield client
        client.stop_notebook_instance(NotebookInstanceName="gpu")
        client.delete_notebook_instance(NotebookInstanceName="gpu")

    async def test_it_is_listed_stopped_started_and_ready(self, moto, make):
        provider, gpu = make("sagemaker"), parse("sagemaker:gpu")
        assert (await provider.look(gpu)).instance_type == "ml.t3.medium"
        moto.stop_notebook_instance(NotebookInstanceName="gpu")
        assert (await provider.look(gpu)).state is TargetState.STOPPED
        assert (await provider.start(gpu)).state is TargetState.READY  # moto's take no time
