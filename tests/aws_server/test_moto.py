"""The fake's notebook instances beside moto's, which others wrote without ours in mind."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

NAME = "my-instance"
#: What moto leaves out.
OURS = {"NetworkInterfaceId", "PlatformIdentifier"}
#: What moto answers with where AWS, and we, leave members out.
MOTOS = {
    "NotebookInstanceLifecycleConfigName",
    "DefaultCodeRepository",
    "AdditionalCodeRepositories",
}


@pytest.fixture
def moto(client, moto_server):
    """A client of moto, with the one instance that the fake has as well."""
    moto = client("sagemaker", endpoint_url=moto_server)
    moto.create_notebook_instance(
        NotebookInstanceName=NAME,
        InstanceType="ml.t3.medium",
        RoleArn="arn:aws:iam::123456789012:role/notebooks",
        SubnetId="subnet-0a1b2c3d",
        SecurityGroupIds=["sg-0a1b2c3d"],
        RootAccess="Enabled",
        PlatformIdentifier="notebook-al2023-v1",
    )
    yield moto
    if status(moto) != "Stopped":
        moto.stop_notebook_instance(NotebookInstanceName=NAME)
    moto.delete_notebook_instance(NotebookInstanceName=NAME)
    moto.close()


@pytest.fixture
def ours(aws, client):
    aws.world.instances = {NAME: aws.world.instances[NAME]}
    aws.world.instances[NAME].life.looks = 0
    made = client("sagemaker")
    yield made
    made.close()


def status(client):
    return client.describe_notebook_instance(NotebookInstanceName=NAME)["NotebookInstanceStatus"]


def shape(value):
    """Say which members there are and of which types, without values."""
    if isinstance(value, dict):
        return {k: shape(v) for k, v in value.items() if k != "ResponseMetadata"}
    return [shape(v) for v in value] if isinstance(value, list) else type(value).__name__


def history(client):
    """Stop and start, and tell what was answered and what state it is in."""
    told = []
    for act in (client.stop_notebook_instance, client.start_notebook_instance):
        told.append(shape(act(NotebookInstanceName=NAME)))
        told.append(status(client))
    return told


def test_descriptions_are_alike(moto, ours):
    theirs = shape(moto.describe_notebook_instance(NotebookInstanceName=NAME))
    own = shape(ours.describe_notebook_instance(NotebookInstanceName=NAME))
    assert {k: v for k, v in own.items() if k not in OURS} == {
        k: v for k, v in theirs.items() if k not in MOTOS
    }


def test_lists_are_alike(moto, ours):
    [theirs] = moto.list_notebook_instances()["NotebookInstances"]
    [own] = ours.list_notebook_instances()["NotebookInstances"]
    assert shape(own) == {k: v for k, v in shape(theirs).items() if k not in MOTOS}


def test_lives_are_alike(moto, ours):
    assert history(ours) == history(moto) == [{}, "Stopped", {}, "InService"]


@pytest.mark.parametrize(
    ("act", "name"),
    [
        ("describe_notebook_instance", "missing"),
        ("start_notebook_instance", "missing"),
        ("stop_notebook_instance", "missing"),
    ],
)
def test_refusals_are_alike(moto, ours, act, name):
    codes = set()
    for client in (moto, ours):
        with pytest.raises(ClientError) as refused:
            getattr(client, act)(NotebookInstanceName=name)
        response = refused.value.response
        codes.add((response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]))
    assert codes == {("ValidationException", 400)}
