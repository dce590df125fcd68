"""Each fault is what its name says, to boto3 and on the wire."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from botocore import exceptions
from botocore.config import Config
from support.aws import AwsServer, faults

MINT = "CreatePresignedNotebookInstanceUrl"


@pytest.fixture
def mint(client):
    sagemaker = client("sagemaker")

    def call(name="my-instance"):
        return sagemaker.create_presigned_notebook_instance_url(NotebookInstanceName=name)

    yield call
    sagemaker.close()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (faults.throttling(), "ThrottlingException"),
        (faults.throttling("TooManyRequestsException"), "TooManyRequestsException"),
        (faults.expired(), "ExpiredTokenException"),
        (faults.denied(), "AccessDeniedException"),
        (faults.clock_skew(), "InvalidSignatureException"),
        (faults.clock_skew(timedelta(minutes=-9)), "InvalidSignatureException"),
        (faults.error("InternalFailure", "Sorry.", 500), "InternalFailure"),
        (faults.html(503), "503"),
        (faults.empty(500), "500"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_refusals(aws, mint, fault, code):
    aws.play(MINT, fault)
    with pytest.raises(exceptions.ClientError) as refused:
        mint()
    assert refused.value.response["Error"]["Code"] == code
    assert fault.met.is_set()
    assert mint()["AuthorizedUrl"]  # once means once


@pytest.mark.parametrize(
    "fault", [faults.reset(), faults.reset(amid=True), faults.hang_up()], ids=repr
)
def test_lost_connections(aws, mint, fault):
    aws.play(MINT, fault)
    with pytest.raises(exceptions.ConnectionClosedError):
        mint()
    assert mint()["AuthorizedUrl"]


@pytest.mark.parametrize(
    "fault",
    [faults.html(), faults.empty(), faults.truncated(), faults.hang_up(amid=True)],
    ids=repr,
)
def test_bodies_that_are_no_answer(aws, mint, fault):
    """Botocore takes them for an empty answer: whoever calls must look."""
    aws.play(MINT, fault)
    answer = mint()
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert "AuthorizedUrl" not in answer


@pytest.mark.parametrize(
    ("fault", "starts", "has"),
    [
        (faults.wrong_host(), "https://login.example.net?", "authToken="),
        (faults.http_url(), "http://my-instance-", ".notebook.us-west-2.sagemaker.aws?authToken="),
        (faults.changed(AuthorizedUrl="javascript:alert(1)"), "javascript:", "alert"),
    ],
)
def test_urls_that_must_not_be_opened(aws, mint, fault, starts, has):
    aws.play(MINT, fault)
    url = mint()["AuthorizedUrl"]
    assert url.startswith(starts)
    assert has in url


def test_members_are_left_out(aws, mint):
    aws.play(MINT, faults.without("AuthorizedUrl"))
    assert "AuthorizedUrl" not in mint()


def test_hosts_without_a_scheme_are_changed_as_well(aws, client):
    aws.play("CreateWebLoginToken", faults.wrong_host("evil.example"))
    assert client("mwaa").create_web_login_token(Name="nightly")["WebServerHostname"] == (
        "evil.example"
    )


def test_any_bytes(aws, mint):
    aws.play(MINT, faults.says(b"[1", X_Amzn_Trace="1"))
    assert mint()["ResponseMetadata"]["HTTPHeaders"]["x-amzn-trace"] == "1"
    aws.play(MINT, faults.says(b"\xff{"))
    with pytest.raises(UnicodeDecodeError):  # botocore minds only what is no JSON
        mint()


@pytest.mark.parametrize("same", [True, False])
def test_lists_without_an_end(aws, client, same):
    aws.play("ListNotebookInstances", faults.endless(same=same), times=None)
    sagemaker, tokens, given = client("sagemaker"), [], {}
    for _ in range(4):
        answer = sagemaker.list_notebook_instances(**given)
        assert len(answer["NotebookInstances"]) == len(aws.world.instances)
        tokens.append(answer["NextToken"])
        given = {"NextToken": tokens[-1]}
    assert len(set(tokens)) == (1 if same else 4)


def test_slow_answers_wait_to_be_released(aws, mint):
    fault = aws.play(MINT, faults.slow())
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(mint)
        assert fault.met.wait(10)
        assert not answer.done()
        fault.release()
        assert answer.result(10)["AuthorizedUrl"]


def test_slow_answers_come_at_last(aws, mint):
    aws.play(MINT, faults.slow(0.01))
    assert mint()["AuthorizedUrl"]


def test_a_hang_ends_with_the_clients_patience(aws, client):
    aws.play(MINT, faults.hang())
    impatient = client("sagemaker", config=Config(read_timeout=0.1))
    with pytest.raises(exceptions.ReadTimeoutError):
        impatient.create_presigned_notebook_instance_url(NotebookInstanceName="my-instance")
    impatient.close()


def test_the_server_ends_while_clients_hang(tmp_path, monkeypatch):
    import boto3  # noqa: PLC0415  # its clients are made for this server only

    before = set(threading.enumerate())
    with ThreadPoolExecutor(8) as pool:
        with AwsServer(tmp_path) as server:
            for name, value in server.environment.items():
                monkeypatch.setenv(name, value)
            clients = [boto3.Session().client("sagemaker") for _ in range(4)]
            fault = server.play("ListDomains", faults.hang(), times=None)
            answers = [pool.submit(each.list_domains) for each in clients for _ in range(2)]
            assert fault.met.wait(10)
        for each in answers:
            assert isinstance(each.exception(10), exceptions.BotoCoreError)
    for each in clients:
        each.close()
    assert set(threading.enumerate()) <= before


def test_a_fault_is_met_as_often_as_it_is_played(aws, client):
    aws.play("ListDomains", faults.throttling(), times=2)
    hasty = client("sagemaker")
    for _ in range(2):
        with pytest.raises(exceptions.ClientError):
            hasty.list_domains()
    assert hasty.list_domains()["Domains"]
    assert aws.count("ListDomains") == 3


def test_faults_stand_in_line(aws, mint):
    aws.play(MINT, faults.throttling())
    aws.play(MINT, faults.denied())
    aws.play("*", faults.expired(), times=None)
    codes = []
    for _ in range(4):
        with pytest.raises(exceptions.ClientError) as refused:
            mint()
        codes.append(refused.value.response["Error"]["Code"])
    assert codes == [
        "ThrottlingException",
        "AccessDeniedException",
        "ExpiredTokenException",
        "ExpiredTokenException",
    ]
    aws.stop_playing()
    assert mint()["AuthorizedUrl"]


def test_cut_connections_are_made_anew(aws, mint):
    assert mint()["AuthorizedUrl"]
    aws.cut()
    assert mint()["AuthorizedUrl"]


def test_every_answer_may_take_its_time(aws, mint):
    mint()
    aws.latency = 0.3
    began = time.monotonic()
    mint()
    assert time.monotonic() - began >= 0.3


def test_names_of_operations_are_checked(aws):
    with pytest.raises(ValueError, match="DescribeNotebook"):
        aws.play("DescribeNotebook", faults.throttling())
    with pytest.raises(ValueError, match="describe_notebook_instance"):
        aws.count("describe_notebook_instance")
