"""AWS's command line, as a process."""

from __future__ import annotations

import json

from aws_api.clients.conftest import GPU, LAB
from aws_clients import aws_cli
from guest import Guest


def done(*args):
    process = aws_cli(*args)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


def test_instances_page_by_page(house, access):
    command = ("sagemaker", "list-notebook-instances", "--page-size", "1")
    found = done(access, house.home, *command)["NotebookInstances"]
    assert [each["NotebookInstanceName"] for each in found] == ["away", GPU, LAB]


def test_a_url_opens_the_server(house, access):
    command = ("sagemaker", "create-presigned-notebook-instance-url")
    answer = done(access, house.home, *command, "--notebook-instance-name", LAB)
    guest = Guest(answer["AuthorizedUrl"])
    assert guest.redeem().status_code == 200
    assert guest.get("api/contents/sub/training.ipynb").status_code == 200
    guest.close()


def test_a_url_opens_the_notebook(house, access):
    command = ("athena", "create-presigned-notebook-url", "--session-id", house.session_id)
    answer = done(access, house.home, *command)
    assert set(answer) == {"NotebookUrl", "AuthToken", "AuthTokenExpirationTime"}
    guest = Guest(answer["NotebookUrl"])
    assert guest.redeem().json()["location"].endswith("sub/training.ipynb")
    guest.close()


def test_a_refusal_is_said_as_of_aws(house, access):
    command = ("athena", "get-session", "--session-id", "nowhere")
    process = aws_cli(access, house.home, *command)
    assert process.returncode in {254, 255}  # of version 2, of version 1
    assert not process.stdout
    assert "ResourceNotFoundException" in process.stderr
    assert "Session nowhere was not found." in process.stderr
    assert access.secret not in process.stderr
