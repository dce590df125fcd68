"""What there is changes by operations and by tests, and by nothing else."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

NAMED = {"NotebookInstanceName": "sleeping"}


@pytest.fixture
def sagemaker(client):
    return client("sagemaker")


def status(sagemaker):
    return sagemaker.describe_notebook_instance(**NAMED)["NotebookInstanceStatus"]


def refusal(act, **parameters):
    with pytest.raises(ClientError) as refused:
        act(**parameters)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_start_arrives_after_some_looks(aws, sagemaker):
    aws.world.instances["sleeping"].life.looks = 3
    sagemaker.start_notebook_instance(**NAMED)
    assert [status(sagemaker) for _ in range(5)] == ["Pending"] * 3 + ["InService"] * 2


def test_a_start_arrives_when_it_is_told_to(aws, sagemaker):
    life = aws.world.instances["sleeping"].life
    life.looks = None
    sagemaker.start_notebook_instance(**NAMED)
    assert {status(sagemaker) for _ in range(20)} == {"Pending"}
    life.arrive()
    assert status(sagemaker) == "InService"
    sagemaker.stop_notebook_instance(**NAMED)
    assert status(sagemaker) == "Stopping"


def test_a_start_may_fail(aws, sagemaker):
    instance = aws.world.instances["sleeping"]
    instance.life.looks, instance.life.ends_in = 0, "Failed"
    sagemaker.start_notebook_instance(**NAMED)
    assert status(sagemaker) == "Failed"


def test_looks_change_nothing_else(aws, sagemaker):
    assert {status(sagemaker) for _ in range(5)} == {"Stopped"}
    aws.world.instances["sleeping"].status = "Updating"
    assert {status(sagemaker) for _ in range(5)} == {"Updating"}


def test_what_runs_is_not_started(sagemaker):
    code, message = refusal(sagemaker.start_notebook_instance, NotebookInstanceName="my-instance")
    assert code == "ValidationException"
    assert message.startswith("Status (InService) not in ([Stopped, Failed])")


def test_what_does_not_run_is_not_opened(sagemaker):
    mint = sagemaker.create_presigned_notebook_instance_url
    assert refusal(mint, **NAMED)[0] == "ValidationException"
    missing = refusal(mint, NotebookInstanceName="nobodys")
    assert missing == ("ValidationException", "RecordNotFound")


def test_domains_of_sso_are_not_opened(sagemaker):
    mint = sagemaker.create_presigned_domain_url
    code, _ = refusal(mint, DomainId="d-sso000000001", UserProfileName="ada")
    assert code == "ValidationException"
    code, _ = refusal(mint, DomainId="d-nobodys", UserProfileName="ada")
    assert code == "ResourceNotFound"


def test_sessions_that_ended_are_not_opened(aws, client):
    mint = client("athena").create_presigned_notebook_url
    ended = next(s for s in aws.world.sessions.values() if s.state == "TERMINATED")
    assert refusal(mint, SessionId=ended.id)[0] == "InvalidRequestException"
    assert refusal(mint, SessionId="nobodys")[0] == "ResourceNotFoundException"


def test_tracking_servers_are_started(sagemaker):
    named = {"TrackingServerName": "idle-experiments"}
    assert refusal(sagemaker.create_presigned_mlflow_tracking_server_url, **named)
    sagemaker.start_mlflow_tracking_server(**named)
    told = [sagemaker.describe_mlflow_tracking_server(**named) for _ in range(3)]
    assert [(t["TrackingServerStatus"], t["IsActive"]) for t in told] == [
        ("Starting", "Inactive"),
        ("Starting", "Inactive"),
        ("Started", "Active"),
    ]
    assert sagemaker.create_presigned_mlflow_tracking_server_url(**named)["AuthorizedUrl"]


def test_emr_is_asked_again_until_it_is_ready(aws, client):
    ask = client("emr").get_on_cluster_app_ui_presigned_url
    ready = [ask(ClusterId="j-ETL0000000001")["PresignedURLReady"] for _ in range(4)]
    assert ready == [False, False, True, True]
    aws.world.clusters["j-ETL0000000001"].polls = None
    assert not any(ask(ClusterId="j-ETL0000000001")["PresignedURLReady"] for _ in range(9))


def test_urls_of_instances_have_no_slash_and_a_lower_case_host(sagemaker):
    url = sagemaker.create_presigned_notebook_instance_url(NotebookInstanceName="Big-GPU")
    host, mark, query = url["AuthorizedUrl"].removeprefix("https://").partition("?")
    assert host == sagemaker.describe_notebook_instance(NotebookInstanceName="Big-GPU")["Url"]
    assert host.startswith("big-gpu-")
    assert query.startswith("authToken=")
    assert mark


@pytest.mark.parametrize("unit", [1, 1000])
def test_athena_counts_in_the_unit_that_a_test_sets(aws, client, unit):
    session = next(iter(aws.world.sessions))
    aws.world.athena_token_unit = unit
    answer = client("athena").create_presigned_notebook_url(SessionId=session)
    assert len(str(answer["AuthTokenExpirationTime"])) == (10 if unit == 1 else 13)
    path = f"/notebooks/Taxi%20fares.ipynb?authToken={answer['AuthToken']}"
    assert answer["NotebookUrl"].endswith(path)


def test_other_regions_and_accounts_are_empty(aws, client):
    elsewhere = client("sagemaker", region="eu-west-1").list_notebook_instances()
    assert elsewhere["NotebookInstances"] == []
    stranger = aws.add_key("eve", account="210987654321")
    assert client("sagemaker", key=stranger).list_domains()["Domains"] == []
