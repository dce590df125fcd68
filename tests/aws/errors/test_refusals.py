"""What AWS answers instead, through botocore's Stubber and over HTTP."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from support.aws import faults
from support.clock import FakeClock

from nb_presign import errors
from nb_presign.aws.calls.call import Call
from nb_presign.aws.errors.translate import translate
from nb_presign.aws.gateway import AwsGateway
from nb_presign.aws.place import Place
from nb_presign.aws.signer.sessions import Sessions
from nb_presign.clock import SystemClock

MINT = "CreatePresignedNotebookInstanceUrl"
CALL = Call("sagemaker", MINT, Place("work", "us-west-2"))
WHO = "arn:aws:sts::123456789012:assumed-role/Dev/ada"
ARN = "arn:aws:sagemaker:us-west-2:123456789012:notebook-instance/gpu"
DENIED = f"User: {WHO} is not authorized to perform: sagemaker:{MINT} on resource: {ARN}"


@pytest.fixture(scope="module")
def client():
    session = botocore.session.Session()
    session.set_credentials("id", "secret")
    return session.create_client("sagemaker", region_name="us-west-2")


@pytest.fixture
def answer(client):
    """Have a client meet an error answer, and translate what it raises."""

    def answer(code, message="", status=400, clock=None, method="", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with Stubber(client) as stubber:
            stubber.add_client_error(
                "create_presigned_notebook_instance_url",
                code,
                message,
                status,
                response_meta={"HTTPHeaders": named},
            )
            with pytest.raises(ClientError) as raised:
                client.create_presigned_notebook_instance_url(NotebookInstanceName="gpu")
        return translate(raised.value, CALL, clock or FakeClock(), method=method)

    return answer


@pytest.mark.parametrize(
    ("code", "message", "cls", "says"),
    [
        ("ExpiredToken", "", errors.CredentialsExpiredError, "'work' have expired"),
        ("ExpiredTokenException", "", errors.CredentialsExpiredError, "--profile work"),
        ("UnrecognizedClientException", "", errors.CredentialsRefusedError, "does not know"),
        ("InvalidClientTokenId", "", errors.CredentialsRefusedError, "does not know"),
        ("IncompleteSignatureException", "", errors.CredentialsRefusedError, "does not know"),
        ("SignatureDoesNotMatch", "", errors.CredentialsRefusedError, "secret key"),
        (
            "InvalidSignatureException",
            "Signature expired: 20300102T030000Z is now earlier than 20300102T031000Z",
            errors.ClockSkewError,
            "timedatectl",
        ),
        ("RequestExpired", "", errors.ClockSkewError, "too old"),
        ("AccessDeniedException", DENIED, errors.AccessDeniedError, f"may not sagemaker:{MINT}"),
        ("AccessDenied", "", errors.AccessDeniedError, f"sagemaker:{MINT}"),
        ("ValidationException", "RecordNotFound", errors.TargetNotFoundError, "no such target"),
        ("ResourceNotFound", "", errors.TargetNotFoundError, "presign targets"),
        ("ResourceNotFoundException", "", errors.TargetNotFoundError, "in us-west-2"),
        (
            "InvalidRequestException",
            "Session 12 does not exist",
            errors.TargetNotFoundError,
            "Session 12",
        ),
        (
            "InvalidRequestException",
            "Cluster id 'j-1' is not valid.",
            errors.TargetNotFoundError,
            "j-1",
        ),
        (
            "ValidationException",
            "Status (Stopped) not in ([InService]). Unable to transition to (Deleting)",
            errors.TargetNotReadyError,
            r"Status \(Stopped\)",
        ),
        (
            "ValidationException",
            "1 validation error detected",
            errors.InputError,
            "1 validation error detected",
        ),
        ("ConflictException", "", errors.TargetNotReadyError, "state"),
        ("ResourceLimitExceeded", "ml.t3.xlarge", errors.ConflictError, "quota.*ml.t3.xlarge"),
        ("ThrottlingException", "Rate exceeded", errors.UpstreamThrottledError, "Try again"),
        ("TooManyRequestsException", "", errors.UpstreamThrottledError, "Try again"),
        ("InternalServerException", "", errors.UpstreamError, "failure of its own"),
        ("com.amazon.coral#AccessDeniedException", DENIED, errors.AccessDeniedError, "may not"),
        ("Client.RequestLimitExceeded", "", errors.UpstreamThrottledError, "Try again"),
        ("SomethingNewException", "It is new", errors.UpstreamError, "SomethingNew.*It is new"),
        ("", "<html>canary</html>", errors.BadAnswerError, "status 400 is not AWS"),
        ("403", "Forbidden", errors.BadAnswerError, "AWS_ENDPOINT_URL"),
    ],
)
def test_codes(answer, code, message, cls, says):
    found = answer(code, message)
    assert type(found) is cls
    assert re.search(says, str(found))
    assert found.fields["aws_code"] == code
    assert "canary" not in str(found)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_failures_of_the_service(answer, status):
    found = answer(str(status), "Service Unavailable", status)
    assert type(found) is errors.UpstreamError
    assert f"status {status}" in str(found)


def test_throttling_by_status_alone(answer):
    found = answer("429", "", 429, retry_after="7")
    assert type(found) is errors.UpstreamThrottledError
    assert found.fields["retry_after"] == 7
    assert "7 s" in found.hint


@pytest.mark.parametrize(
    ("by", "says"),
    [
        (timedelta(minutes=17), "17 min ahead of"),
        (timedelta(minutes=-9), "9 min behind"),
        (timedelta(hours=-5), "5.0 h behind"),
    ],
)
def test_how_wrong_the_clock_is(answer, by, says):
    clock = FakeClock()
    date = format_datetime(clock.now() - by, usegmt=True)
    found = answer("SignatureDoesNotMatch", "", 403, clock, date=date)
    assert type(found) is errors.ClockSkewError
    assert says in str(found)
    assert found.fields["skew_seconds"] == by.total_seconds()


def test_a_clock_that_is_right_enough_is_not_blamed(answer):
    clock = FakeClock()
    date = format_datetime(clock.now() - timedelta(seconds=30), usegmt=True)
    found = answer("SignatureDoesNotMatch", "does not match", 403, clock, date=date)
    assert type(found) is errors.CredentialsRefusedError


@pytest.mark.parametrize("date", ["yesterday", "", "Wed, 02 Jan 2030 03:04:05 -0000"])
def test_a_date_that_says_nothing(answer, date):
    found = answer("SignatureDoesNotMatch", "", 403, date=date)
    assert type(found) in (errors.CredentialsRefusedError, errors.ClockSkewError)


class TestDenials:
    def test_name_who_may_not_do_what_to_whom(self, answer):
        found = answer(
            "AccessDeniedException",
            f"{DENIED} because no identity-based policy allows the sagemaker:{MINT} action",
        )
        assert (
            found.fields.items()
            >= {
                "action": f"sagemaker:{MINT}",
                "resource": ARN,
                "principal": WHO,
            }.items()
        )
        assert "because no identity-based policy allows" in str(found)
        assert "presign policy" in found.hint

    def test_on_purpose_cannot_be_allowed_elsewhere(self, answer):
        found = answer(
            "AccessDeniedException",
            f"{DENIED} with an explicit deny in a service control policy",
        )
        assert "with an explicit deny in a service control policy" in str(found)
        assert "on purpose" in found.hint
        assert "presign policy" not in found.hint

    def test_of_services_with_another_prefix(self):
        error = ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "X")
        call = Call("emr", "GetPersistentAppUIPresignedURL", Place())
        found = translate(error, call, FakeClock())
        assert found.fields["action"] == "elasticmapreduce:GetPersistentAppUIPresignedURL"

    def test_of_a_role_that_may_not_be_assumed(self, answer):
        role = "arn:aws:iam::123456789012:role/Admin"
        message = f"User: {WHO} is not authorized to perform: sts:AssumeRole on resource: {role}"
        assert answer("AccessDenied", message).fields["action"] == "sts:AssumeRole"


class TestCallsForCredentials:
    """What botocore calls by itself, in threads that were to call something else."""

    def told(self, operation, code, status=400):
        error = ClientError(
            {
                "Error": {"Code": code, "Message": ""},
                "ResponseMetadata": {"HTTPStatusCode": status},
            },
            operation,
        )
        return [translate(error, call, FakeClock()) for call in (CALL, replace(CALL, operation=""))]

    @pytest.mark.parametrize("code", ["ForbiddenException", "ResourceNotFoundException"])
    def test_a_role_that_is_not_assigned(self, code):
        for found in self.told("GetRoleCredentials", code, 403):
            assert type(found) is errors.CredentialsRefusedError
            assert "role of profile 'work' is not assigned" in found.message
            assert "sso_role_name --profile work" in found.hint
            assert found.fields["operation"] == "GetRoleCredentials"

    def test_a_role_that_may_not_be_assumed(self):
        for found in self.told("AssumeRole", "AccessDenied", 403):
            assert found.fields["action"] == "sts:AssumeRole"
            assert "role_arn --profile work" in found.hint

    def test_a_throttled_one(self):
        for found in self.told("AssumeRole", "Throttling"):
            assert "no more calls of sts:AssumeRole" in found.message

    def test_over_http(self, aws):
        gateway = AwsGateway(SystemClock())
        aws.add_sso_profile("work", signed_in=timedelta(hours=1))
        aws.play("GetRoleCredentials", faults.error("ForbiddenException", "No access", 403))
        with pytest.raises(errors.CredentialsRefusedError, match="is not assigned"):
            asyncio.run(gateway.credentials(Place("work")))
        gateway.close()


@pytest.mark.parametrize(
    "message",
    [
        "See https://a.notebook.us-west-2.sagemaker.aws?authToken=canary for it",
        "bad authToken=canary",
        "credential X-Amz-Security-Token=canary/canary",
        "canary" * 10,
        "x " * 500 + "canary",
        "x-amz-security-token:canary/canary",
        "X-Amz-Security-Token: canary",
        '{"token": "canary"}',
        "key a-" + "canary" * 10,
        "canary-" + "0" * 60 + "-canary",
        f"{ARN}?authToken=canary",
    ],
)
def test_what_aws_writes_is_shown_without_secrets(answer, message):
    found = answer("ValidationException", message)
    assert "canary" not in str(found)
    assert len(str(found)) < 500


def test_what_aws_writes_of_names_is_shown(answer):
    roles = ("a-b" * 20, f"service-role/{'LongName' * 8}")
    for role in (f"arn:aws:iam::123456789012:role/{name}" for name in roles):
        told = str(answer("ValidationException", f"1 validation error: {ARN} and {role}"))
        assert ARN in told
        assert role in told


def test_a_long_message_is_read_in_no_time(answer):
    begun = time.thread_time()
    answer("ValidationException", "a-" * 500_000)
    assert time.thread_time() - begun < 2


@pytest.mark.parametrize(
    ("make", "cls"),
    [
        (faults.throttling, errors.UpstreamThrottledError),
        (faults.expired, errors.CredentialsExpiredError),
        (faults.denied, errors.AccessDeniedError),
        (faults.clock_skew, errors.ClockSkewError),
        (lambda: faults.clock_skew(timedelta(minutes=-17)), errors.ClockSkewError),
        (faults.reset, errors.UnreachableError),
        (lambda: faults.reset(amid=True), errors.UnreachableError),
        (faults.hang_up, errors.UnreachableError),
        # Half of the JSON, or a body that is too short: botocore's versions differ.
        (lambda: faults.hang_up(amid=True), errors.UpstreamError),
        (faults.html, errors.BadAnswerError),
        (lambda: faults.html(403), errors.BadAnswerError),
        (lambda: faults.html(503), errors.UpstreamError),
        (faults.empty, errors.BadAnswerError),
        (lambda: faults.empty(500), errors.UpstreamError),
        (faults.truncated, errors.BadAnswerError),
        (lambda: faults.says(b"\xff\xfe", status=200), errors.BadAnswerError),
        (lambda: faults.says(b"[]", status=200), errors.BadAnswerError),
        (lambda: faults.says(b"null", status=200), errors.BadAnswerError),
        (faults.hang, errors.UpstreamTimeoutError),
    ],
)
@pytest.mark.parametrize("operation", [MINT, "GetEnvironment"])
def test_over_http(aws, make, cls, operation):
    service, parameters = {
        MINT: ("sagemaker", {"NotebookInstanceName": "my-instance"}),
        "GetEnvironment": ("mwaa", {"Name": "nightly"}),
    }[operation]
    clock = SystemClock()
    # Only where none comes is an answer waited for as long.
    seconds = 1 if cls is errors.UpstreamTimeoutError else 20
    gateway = AwsGateway(clock, sessions=Sessions(clock, read_timeout=seconds))
    fault = aws.play(operation, make())
    try:
        with pytest.raises(errors.PresignError) as told:
            asyncio.run(gateway.call(Place(), service, operation, **parameters))
        # It was this once, and the next call is answered.
        asyncio.run(gateway.call(Place(), service, operation, **parameters))
    finally:
        fault.release()
        gateway.close()
    assert isinstance(told.value, cls)
    assert told.value.hint
    assert not [secret for secret in aws.secrets() if secret in str(told.value)]


def test_a_wrong_clock_is_measured_over_http(aws):
    aws.skew = timedelta(minutes=42)
    gateway = AwsGateway(SystemClock())
    with pytest.raises(errors.ClockSkewError, match="42 min behind"):
        asyncio.run(gateway.call(Place(), "sts", "GetCallerIdentity"))
    gateway.close()


def test_nobody_there(aws, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    gateway = AwsGateway(SystemClock())
    with pytest.raises(errors.UnreachableError, match="AWS_ENDPOINT_URL"):
        asyncio.run(gateway.identity(Place()))
    gateway.close()
    assert not aws.calls


def test_the_date_of_a_refusal_is_utc():
    now = datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    error = ClientError(
        {
            "Error": {"Code": "RequestExpired", "Message": ""},
            "ResponseMetadata": {"HTTPHeaders": {"date": "Wed, 02 Jan 2030 02:04:05 GMT"}},
        },
        MINT,
    )
    assert translate(error, CALL, FakeClock(now)).fields["skew_seconds"] == 3600
