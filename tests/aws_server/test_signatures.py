"""Who signs, when, and for what."""

from __future__ import annotations

from datetime import timedelta

import boto3
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from jupyter_servers import trusted

TARGET = "SageMaker.ListNotebookInstances"


def signed(aws, *, service="sagemaker", body=b"{}", **changes):
    """Sign a request as AWS's SDKs do, and change headers afterwards."""
    headers = {"X-Amz-Target": TARGET, "Content-Type": "application/x-amz-json-1.1"}
    request = AWSRequest("POST", aws.url + "/", headers=headers, data=body)
    key = aws.key
    SigV4Auth(Credentials(key.id, key.secret), service, "us-west-2").add_auth(request)
    return {**dict(request.headers.items()), **changes}


def send(aws, headers, body=b"{}"):
    answer = httpx.post(aws.url + "/", headers=headers, content=body, verify=trusted())
    return answer.status_code, answer.json().get("__type")


def test_what_is_signed_well_is_answered(aws):
    assert send(aws, signed(aws)) == (200, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"X-Amz-Date": "20200101T000000Z"},
        {"X-Amz-Target": "SageMaker.ListDomains"},
        {"Host": "api.sagemaker.us-west-2.amazonaws.com"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_signed_headers_cannot_be_changed(aws, changes):
    assert send(aws, signed(aws, **changes)) == (400, "InvalidSignatureException")


def test_the_body_is_signed(aws):
    headers = signed(aws)
    assert send(aws, headers, b'{"MaxResults": 1}') == (400, "InvalidSignatureException")


@pytest.mark.parametrize(
    ("old", "new"), [("us-west-2", "us-east-1"), ("Signature=", "Signature=0")]
)
def test_the_scope_and_the_signature_are_compared(aws, old, new):
    headers = signed(aws)
    headers["Authorization"] = headers["Authorization"].replace(old, new)[:-1]
    status, code = send(aws, headers)
    assert (status, code) in {
        (400, "InvalidSignatureException"),
        (400, "IncompleteSignatureException"),
    }
    headers["Authorization"] = signed(aws)["Authorization"].replace(old, new)
    assert send(aws, headers)[0] == 400


def test_every_header_that_matters_is_signed(aws):
    headers = signed(aws)
    headers["Authorization"] = headers["Authorization"].replace(";x-amz-target", "")
    assert send(aws, headers) == (400, "InvalidSignatureException")


def test_nobody_is_answered_without_a_signature(aws):
    headers = signed(aws)
    del headers["Authorization"]
    assert send(aws, headers) == (403, "MissingAuthenticationTokenException")


def test_a_signature_for_another_service_is_refused(aws):
    headers = signed(aws, service="athena")
    assert send(aws, headers) == (400, "InvalidSignatureException")


def refused(act, **parameters):
    with pytest.raises(ClientError) as caught:
        act(**parameters)
    return caught.value.response


def test_another_secret_is_refused(aws, client):
    aws.key.secret += "x"
    sagemaker = client("sagemaker")
    aws.key.secret = aws.key.secret[:-1]
    assert refused(sagemaker.list_domains)["Error"]["Code"] == "InvalidSignatureException"


@pytest.mark.parametrize(
    ("service", "act", "code", "status"),
    [
        ("sagemaker", "list_domains", "UnrecognizedClientException", 400),
        ("emr-serverless", "list_applications", "UnrecognizedClientException", 403),
        ("sts", "get_caller_identity", "InvalidClientTokenId", 403),
    ],
)
def test_unknown_keys_are_refused_in_the_words_of_the_protocol(
    aws, client, service, act, code, status
):
    made = client(service)
    aws.keys.clear()
    response = refused(getattr(made, act))
    assert response["Error"]["Code"] == code
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert response["ResponseMetadata"]["RequestId"]


def test_temporary_keys_need_their_token(aws, client):
    key = aws.add_key("ada", role="reader")
    assert client("sts", key=key).get_caller_identity()["Arn"] == key.arn
    key.token, before = "", key.token
    made = client("sts", key=key)
    key.token = before
    assert refused(made.get_caller_identity)["Error"]["Code"] == "InvalidClientTokenId"


@pytest.mark.parametrize(
    ("service", "act", "code"),
    [
        ("sagemaker", "list_domains", "ExpiredTokenException"),
        ("sts", "get_caller_identity", "ExpiredToken"),
    ],
)
def test_expired_keys_are_refused(aws, client, service, act, code):
    made = client(service)
    aws.key.expired = True
    assert refused(getattr(made, act))["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(4, None), (-4, None), (6, "Signature expired: "), (-6, "Signature not yet current: ")],
)
def test_clocks_may_be_five_minutes_apart(aws, client, minutes, said):
    aws.skew = timedelta(minutes=minutes)
    made = client("sagemaker")
    if said is None:
        made.list_domains()
    else:
        error = refused(made.list_domains)["Error"]
        assert error["Code"] == "InvalidSignatureException"
        assert error["Message"].startswith(said)


def test_the_date_header_tells_the_servers_time(aws, client):
    aws.skew = timedelta(minutes=60)
    headers = refused(client("sagemaker").list_domains)["ResponseMetadata"]["HTTPHeaders"]
    here = httpx.post(aws.url, verify=trusted()).headers["date"]
    assert headers["date"][:19] == here[:19]


def test_a_role_is_taken_on_by_a_profile(aws):
    aws.add_profile("base", aws.key)
    role = f"arn:aws:iam::{aws.key.account}:role/reader"
    aws.files.add("reader", {"role_arn": role, "source_profile": "base"}, {})
    identity = boto3.Session(profile_name="reader").client("sts").get_caller_identity()
    assert "assumed-role/reader/" in identity["Arn"]
    assert [each.operation for each in aws.calls] == ["AssumeRole", "GetCallerIdentity"]


def test_profiles_see_their_own_places(aws, monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")  # to botocore it matters more than a profile's
    key = aws.add_profile("other", aws.add_key("eve", account="210987654321"), region="eu-west-1")
    aws.place("eu-west-1", account="210987654321").add_instance("theirs")
    sagemaker = boto3.Session(profile_name="other").client("sagemaker")
    listed = sagemaker.list_notebook_instances()
    [found] = listed["NotebookInstances"]
    assert found["NotebookInstanceArn"] == (
        "arn:aws:sagemaker:eu-west-1:210987654321:notebook-instance/theirs"
    )
    [call] = aws.calls
    assert (call.access_key, call.region) == (key.id, "eu-west-1")


def test_what_no_policy_allows_is_denied_by_name(aws, client):
    aws.key.denied.append("sagemaker:Create*")
    error = refused(
        client("sagemaker").create_presigned_notebook_instance_url,
        NotebookInstanceName="my-instance",
    )["Error"]
    action = "sagemaker:CreatePresignedNotebookInstanceUrl"
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"] == (
        f"User: {aws.key.arn} is not authorized to perform: {action} on resource: "
        "arn:aws:sagemaker:us-west-2:123456789012:notebook-instance/my-instance because no "
        f"identity-based policy allows the {action} action"
    )
    client("sagemaker").list_notebook_instances()
