"""What AWS answers instead, by error code: a table from its words to ours.

Codes are those of "Common Errors" in the API references, of the services' own models, and those
that botocore's retries know for throttling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from nb_presign.aws.errors import own_failures, refused_callers, refused_requests
from nb_presign.aws.errors.refusal import Refusal
from nb_presign.errors import PresignError


def refused(refusal: Refusal) -> PresignError:
    """Find our error for AWS's."""
    code = refusal.reason
    if refusal.call.operation == "GetRoleCredentials" and code in _NOT_ASSIGNED:
        return refused_callers.not_assigned(refusal)
    return _TABLE.get(code, own_failures.unknown)(refusal)


#: What the access portal answers where there is no such role for who signed in.
_NOT_ASSIGNED = {"Forbidden", "AccessDenied", "ResourceNotFound", "InvalidRequest"}

_Make: TypeAlias = Callable[[Refusal], PresignError]
#: Codes less `Exception` and `Error` at the end; see `Refusal.reason`.
_TABLE: Mapping[str, _Make] = {
    "ExpiredToken": refused_callers.expired,
    "TokenRefreshRequired": refused_callers.expired,
    "ExpiredTokenId": refused_callers.expired,
    "UnrecognizedClient": refused_callers.unknown_key,
    "InvalidClientTokenId": refused_callers.unknown_key,
    "InvalidAccessKeyId": refused_callers.unknown_key,
    "InvalidToken": refused_callers.unknown_key,
    "IncompleteSignature": refused_callers.unknown_key,
    "MissingAuthenticationToken": refused_callers.unknown_key,
    "AuthFailure": refused_callers.unknown_key,
    "OptInRequired": refused_callers.unknown_key,
    "SubscriptionRequired": refused_callers.unknown_key,
    "RequestExpired": refused_callers.signature,
    "RequestInTheFuture": refused_callers.signature,
    "RequestTimeTooSkewed": refused_callers.signature,
    "SignatureDoesNotMatch": refused_callers.signature,
    "InvalidSignature": refused_callers.signature,
    "AccessDenied": refused_callers.denied,
    "UnauthorizedOperation": refused_callers.denied,
    "NotAuthorized": refused_callers.denied,
    "Unauthorized": refused_callers.denied,
    "Forbidden": refused_callers.denied,
    "Throttling": own_failures.throttled,
    "Throttled": own_failures.throttled,
    "RequestThrottled": own_failures.throttled,
    "TooManyRequests": own_failures.throttled,
    "RequestLimitExceeded": own_failures.throttled,
    "SlowDown": own_failures.throttled,
    "PriorRequestNotComplete": own_failures.throttled,
    "EC2Throttled": own_failures.throttled,
    "BandwidthLimitExceeded": own_failures.throttled,
    "ProvisionedThroughputExceeded": own_failures.throttled,
    "LimitExceeded": own_failures.throttled,
    "ResourceNotFound": refused_requests.not_found,
    "NotFound": refused_requests.not_found,
    "EntityNotFound": refused_requests.not_found,
    "RecordNotFound": refused_requests.not_found,
    "SessionNotFound": refused_requests.not_found,
    "Validation": refused_requests.validation,
    "InvalidRequest": refused_requests.validation,
    "InvalidParameter": refused_requests.validation,
    "InvalidParameterValue": refused_requests.validation,
    "InvalidArgument": refused_requests.validation,
    "BadRequest": refused_requests.validation,
    "Metadata": refused_requests.validation,
    "Conflict": refused_requests.not_ready,
    "ResourceInUse": refused_requests.not_ready,
    "ResourceNotReady": refused_requests.not_ready,
    "InvalidState": refused_requests.not_ready,
    "SessionAlreadyExists": refused_requests.not_ready,
    "InvalidApplicationConfiguration": refused_requests.not_ready,
    "ResourceLimitExceeded": refused_requests.limit,
    "ServiceQuotaExceeded": refused_requests.limit,
    "InternalServer": own_failures.failing,
    "InternalFailure": own_failures.failing,
    "Internal": own_failures.failing,
    "ServiceUnavailable": own_failures.failing,
}
