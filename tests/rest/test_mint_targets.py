"""What a server mints on its own credentials for AWS is for its deployer to say."""

from __future__ import annotations

import pytest
from support.aws import AwsServer
from support.servers import World, jupyter_server

LINKS = "nb-presign/api/links"
MINT = "CreatePresignedNotebookInstanceUrl"
READY = {"target": "sagemaker:my-instance"}
CLICK = {
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}


@pytest.fixture(scope="module")
def cloud():
    with AwsServer() as cloud:
        yield cloud
    assert cloud.mistakes == []


@pytest.fixture
def aws(cloud):
    cloud.calls.clear()
    return cloud


@pytest.fixture(scope="module")
def server(tmp_path_factory, cloud):
    home = tmp_path_factory.mktemp("rules")
    role = "arn:aws:iam::123456789012:role/nobody"
    rules = [
        {"target": "sagemaker:my-*", "per_minute": 2},
        {"target": "sagemaker:Big-*", "roles": [role]},
        {"target": "sagemaker:sleeping", "regions": ["eu-*"]},
    ]
    config = {
        "ServerApp": {"jpserver_extensions": {"nb_presign": True}},
        "NbPresign": {"mint_targets": rules},
    }
    world = World(home)
    with jupyter_server(world, home / "n", config=config, env=cloud.environment) as running:
        yield running


def test_only_what_a_rule_allows_and_only_as_often(owner, aws):
    assert owner.post(LINKS, json=READY).status_code == 201
    click = owner.get("nb-presign/open", params=READY, headers=CLICK)
    assert click.status_code == 303
    answer = owner.post(LINKS, json=READY)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate-limited")
    assert 0 < int(answer.headers["Retry-After"]) <= 30
    assert aws.count(MINT) == 2


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("sagemaker:broken", "no rule allows this target"),
        ("sagemaker:broken/my-instance", "no rule allows this target"),
        ("athena:my-instance", "no rule allows this target"),
        ("sagemaker:Big-GPU", "asks for the role"),
        ("sagemaker:sleeping", "asks for the region eu-*"),
    ],
)
def test_a_refusal_says_which_rule_and_starts_nothing(owner, aws, target, said):
    body = {"target": target}
    answers = [
        owner.post(LINKS, json=body),
        owner.post("nb-presign/api/target/start", json=body),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (403, "mint-not-allowed")
        assert said in answer.json()["message"]
    page = owner.get("nb-presign/open", params=body, headers=CLICK)
    assert page.status_code == 403
    assert {call.service for call in aws.calls} <= {"sts"}
