"""Foreign errors, in our words: what happened, and what mends it.

Two tables: here what botocore raises, by class; what AWS answers, by code, is in `refusals`.
Classes are looked up by name, so that nothing of botocore's has to be imported to say what went
wrong. No text of botocore's is passed on: it may hold a part of an answer, or a proxy's password.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from nb_presign.aws.calls.call import Call
from nb_presign.aws.errors.credential_errors import CREDENTIAL_ERRORS
from nb_presign.aws.errors.foreign import Foreign
from nb_presign.aws.errors.network_errors import NETWORK_ERRORS
from nb_presign.aws.errors.refusal import READ, Refusal
from nb_presign.aws.errors.refusals import refused
from nb_presign.clock import Clock
from nb_presign.errors import (
    BadAnswerError,
    InputError,
    PresignError,
    UpstreamError,
)


def translate(error: Exception, call: Call, clock: Clock, *, method: str = "") -> PresignError:
    """Make our error of a foreign one.

    `method` is where the credentials came from, if that is known. The foreign error is not to be
    chained to ours: its text may hold an answer's body, and so a URL with its token.
    """
    response = getattr(error, "response", None)
    call = _asked(error, call)
    if isinstance(response, dict) and isinstance(response.get("Error"), dict):
        return refused(_refusal(response, call, clock, method))
    facts = Foreign(error, call, method)
    for cls in type(error).__mro__:
        if make := _TABLE.get(cls.__name__):
            return make(facts)
    return facts.unexpected()


def _asked(error: Exception, call: Call) -> Call:
    """Find which call failed: it may have been one that botocore made to have credentials."""
    operation = str(getattr(error, "operation_name", ""))
    service = _FOR_CREDENTIALS.get(operation)
    if service is None or operation == call.operation:
        return call
    return replace(call, service=service, operation=operation)


def _refusal(response: dict[str, Any], call: Call, clock: Clock, method: str) -> Refusal:
    about = response.get("ResponseMetadata", {})
    return Refusal(
        call=call,
        code=str(response["Error"].get("Code", "")),
        message=str(response["Error"].get("Message", ""))[:READ],
        status=int(about.get("HTTPStatusCode", 0)),
        headers=about.get("HTTPHeaders", {}),
        now=clock.now(),
        method=method,
    )


def _not_understood(it: Foreign) -> PresignError:
    return it.make(
        BadAnswerError,
        f"What answered {it.call} is not an answer of AWS's.",
        "Look for a proxy or a sign-in page between here and AWS: HTTPS_PROXY, AWS_ENDPOINT_URL.",
    )


def _bad_parameters(it: Foreign) -> PresignError:
    return it.make(
        InputError,
        f"{it.call} cannot be asked that: a parameter is of the wrong kind, or missing.",
        "Check the reference and its options.",
    )


def _no_service(it: Foreign) -> PresignError:
    return it.make(
        UpstreamError,
        f"This boto3 does not know the service {it.call.service!r}.",
        "Install a newer one: pip install -U boto3.",
    )


#: What botocore calls by itself, and of which service.
_FOR_CREDENTIALS = {
    "AssumeRole": "sts",
    "AssumeRoleWithSAML": "sts",
    "AssumeRoleWithWebIdentity": "sts",
    "GetRoleCredentials": "sso",
    "CreateToken": "sso-oidc",
    "CreateOAuth2Token": "signin",
}
#: By the name of the class or of one that it is made from; the nearest counts.
_TABLE: Mapping[str, Callable[[Foreign], PresignError]] = {
    **CREDENTIAL_ERRORS,
    **NETWORK_ERRORS,
    "NotAnAnswerError": _not_understood,
    "ResponseParserError": _not_understood,
    # What botocore's parsers stumble over: JSON of another shape, bytes of no text, a time of none.
    "RecursionError": _not_understood,
    "ValueError": _not_understood,
    "TypeError": _not_understood,
    "AttributeError": _not_understood,
    "LookupError": _not_understood,
    "ChecksumError": _not_understood,
    "ParamValidationError": _bad_parameters,
    "ValidationError": _bad_parameters,
    "DataNotFoundError": _no_service,
}
