"""Tests that pretend stay on this machine, and can be run beside other processes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import BotoCoreError

TESTS = Path(__file__).parents[1]


def test_the_environment_leads_to_the_fake_only(aws):
    ours = {name for name in os.environ if name.startswith("AWS_")}
    assert ours == {name for name in aws.environment if name.startswith("AWS_")}
    assert boto3.Session().client("sts").get_caller_identity()["Arn"] == aws.key.arn


def test_no_request_leaves_the_machine(aws):
    client = boto3.client("sts", endpoint_url="https://sts.us-west-2.amazonaws.com")
    with pytest.raises(BotoCoreError):
        client.get_caller_identity()
    with pytest.raises(ConnectionRefusedError), socket.socket() as connection:
        connection.connect(("169.254.169.254", 80))
    assert set(aws.strayed) == {"sts.us-west-2.amazonaws.com", "169.254.169.254"}
    aws.strayed.clear()


def test_nothing_secret_is_in_reprs(aws):
    boto3.client("sagemaker").create_presigned_notebook_instance_url(
        NotebookInstanceName="my-instance"
    )
    told = repr([aws.key, aws.mint, aws.calls, aws.keys])
    assert not [each for each in aws.secrets() if each in told]


def test_it_runs_on_its_own():
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    with subprocess.Popen(
        [sys.executable, "-m", "support.aws"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        told = json.loads(process.stdout.readline())
        known = told["environment"]
        assert known["AWS_ENDPOINT_URL"] == told["url"]
        client = boto3.Session(
            aws_access_key_id=known["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=known["AWS_SECRET_ACCESS_KEY"],
            region_name=known["AWS_DEFAULT_REGION"],
        ).client("sagemaker", endpoint_url=told["url"])
        assert client.list_notebook_instances()["NotebookInstances"]
        process.stdin.write("\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == ["sagemaker:ListNotebookInstances"]
        process.stdin.close()
        assert process.wait(20) == 0
        client.close()
    assert not Path(known["AWS_CONFIG_FILE"]).exists()
