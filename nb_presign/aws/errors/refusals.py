"""What AWS answers instead, by error code: a table from its words to ours.

Codes are those of "Common Errors" in the API references, of the services' own models, and those
that botocore's retries know for throttling.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeAlias

from nb_presign.aws.errors.refusal import Refusal
from nb_presign.aws.signer.credentials import mend, profile_name, profile_option
from nb_presign.errors import (
    AccessDeniedError,
    BadAnswerError,
    ClockSkewError,
    ConflictError,
    CredentialsExpiredError,
    CredentialsRefusedError,
    InputError,
    PresignError,
    TargetNotFoundError,
    TargetNotReadyError,
    UpstreamError,
    UpstreamThrottledError,
)

#: AWS refuses signatures that are older or newer; less is not what was wrong ("Troubleshoot
#: Signature Version 4", IAM's guide: five minutes).
TOLERATED_SKEW = timedelta(minutes=4)
#: Seconds to wait after throttling where AWS says nothing: its buckets fill within seconds.
RETRY_AFTER = 5.0


def refused(refusal: Refusal) -> PresignError:
    """Find our error for AWS's."""
    code = _bare(refusal.code)
    if refusal.call.operation == "GetRoleCredentials" and code in _NOT_ASSIGNED:
        return _not_assigned(refusal)
    return _TABLE.get(code, _unknown)(refusal)


def _bare(code: str) -> str:
    """Take off what services put around codes: `Client.`, `com.amazon…#`, `Exception`, `Error`."""
    name = code.rpartition("#")[2].partition(":")[0].removeprefix("Client.")
    return name.removesuffix("Exception").removesuffix("Error")


def _expired(refusal: Refusal) -> PresignError:
    return refusal.make(
        CredentialsExpiredError,
        f"The credentials of {profile_name(refusal.call.place)} have expired.",
        mend(refusal.method, refusal.call.place),
        method=refusal.method,
    )


def _unknown_key(refusal: Refusal) -> PresignError:
    return refusal.make(
        CredentialsRefusedError,
        f"AWS does not know the credentials of {profile_name(refusal.call.place)}: the key is "
        "wrong, was deleted, or the region is not enabled for the account.",
        mend(refusal.method, refusal.call.place),
        method=refusal.method,
    )


def _signature(refusal: Refusal) -> PresignError:
    skew = refusal.skew
    if skew is not None and abs(skew) >= TOLERATED_SKEW:
        way = "ahead of" if skew > timedelta(0) else "behind"
        return refusal.make(
            ClockSkewError,
            f"This machine's clock is {_spelled(abs(skew))} {way} AWS's, which refuses what is "
            "signed with it.",
            "Set the clock: sudo timedatectl set-ntp true.",
            skew_seconds=round(skew.total_seconds()),
        )
    if _bare(refusal.code) in _LATE or _SPEAKS_OF_TIME.search(refusal.message):
        return refusal.make(
            ClockSkewError,
            "AWS says that the request is too old or from the future.",
            "Compare this machine's clock with the true time, and try again: timedatectl status.",
        )
    return refusal.make(
        CredentialsRefusedError,
        f"AWS does not accept the signature: the secret key of "
        f"{profile_name(refusal.call.place)} does not belong to its access key.",
        mend(refusal.method, refusal.call.place),
        method=refusal.method,
    )


def _spelled(skew: timedelta) -> str:
    minutes = round(skew.total_seconds() / 60)
    return f"{minutes} min" if minutes < 2 * 60 else f"{minutes / 60:.1f} h"


def _not_assigned(refusal: Refusal) -> PresignError:
    option = profile_option(refusal.call.place.profile)
    return refusal.make(
        CredentialsRefusedError,
        f"The role of {profile_name(refusal.call.place)} is not assigned to who signed in, or "
        "there is none.",
        f"Compare it with those in the access portal: aws configure get sso_role_name{option}; or "
        f"sign in as somebody else: aws sso login{option}.",
        method="sso",
    )


def _denied(refusal: Refusal) -> PresignError:
    found = _NOT_AUTHORIZED.search(refusal.message)
    facts = found.groupdict("") if found else {}
    action = (
        facts.get("action")
        or f"{_PREFIXES.get(refusal.call.service, refusal.call.service)}:{refusal.call.operation}"
    )
    resource = facts.get("resource", "")
    on = f" on {resource}" if resource else ""
    reason = facts.get("reason", "").strip(" .")
    explicit = "explicit deny" in reason
    hint = f"Have {action} allowed; 'presign policy' with the reference prints the policy."
    if refusal.call.operation.startswith("AssumeRole"):
        option = profile_option(refusal.call.place.profile)
        hint = (
            f"Have {action} allowed, and the role trust who asks: "
            f"aws configure get role_arn{option}."
        )
    return refusal.make(
        AccessDeniedError,
        f"{facts.get('principal') or profile_name(refusal.call.place).capitalize()} may not "
        f"{action}{on}{f': {reason}' if reason else ''}.",
        "A policy denies it on purpose; allowing it elsewhere changes nothing. Ask who wrote it."
        if explicit
        else hint,
        action=action,
        resource=resource,
        principal=facts.get("principal", ""),
    )


def _validation(refusal: Refusal) -> PresignError:
    if _SPEAKS_OF_NOTHING.search(refusal.message):
        return _not_found(refusal)
    if _SPEAKS_OF_STATE.search(refusal.message):
        return _not_ready(refusal)
    return refusal.make(
        InputError,
        f"AWS does not accept what {refusal.call} was asked{_colon(refusal.said)}",
        "Check the name, and the region.",
    )


def _not_found(refusal: Refusal) -> PresignError:
    return refusal.make(
        TargetNotFoundError,
        f"There is no such target in {refusal.call.place}{_colon(refusal.said)}",
        "See 'presign targets', and check region and profile.",
    )


def _not_ready(refusal: Refusal) -> PresignError:
    return refusal.make(
        TargetNotReadyError,
        f"It is not in a state for that{_colon(refusal.said)}",
        "See 'presign targets' for its state, and try again.",
    )


def _limit(refusal: Refusal) -> PresignError:
    return refusal.make(
        ConflictError,
        f"A quota of the AWS account is used up{_colon(refusal.said)}",
        "Stop what is not needed, or have the quota raised: aws service-quotas.",
    )


def _throttled(refusal: Refusal) -> PresignError:
    after = _seconds(refusal.headers.get("retry-after", "")) or RETRY_AFTER
    return refusal.make(
        UpstreamThrottledError,
        f"AWS takes no more calls of {refusal.call} for a moment.",
        f"Try again in {after:.0f} s.",
        retry_after=after,
    )


def _failing(refusal: Refusal) -> PresignError:
    return refusal.make(
        UpstreamError,
        f"{refusal.call.service} has a failure of its own at the moment (status "
        f"{refusal.status}){_colon(refusal.said)}",
        "Try again; see https://health.aws.amazon.com if it lasts.",
    )


def _unknown(refusal: Refusal) -> PresignError:
    if refusal.status == 429:  # noqa: PLR2004  # Too Many Requests
        return _throttled(refusal)
    if refusal.status >= 500:  # noqa: PLR2004  # the server's fault
        return _failing(refusal)
    if not refusal.code or refusal.code.isdigit() or _bare(refusal.code) == "Unknown":
        return refusal.make(
            BadAnswerError,
            f"What answered {refusal.call} with status {refusal.status} is not AWS.",
            "Look for a proxy or a sign-in page between here and AWS: HTTPS_PROXY, "
            "AWS_ENDPOINT_URL.",
        )
    return refusal.make(
        UpstreamError, f"{refusal.call} failed with {refusal.code}{_colon(refusal.said)}"
    )


def _colon(said: str) -> str:
    return f": {said.rstrip('.')}." if said else "."


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0


#: What the access portal answers where there is no such role for who signed in.
_NOT_ASSIGNED = {"Forbidden", "AccessDenied", "ResourceNotFound", "InvalidRequest"}
_LATE = {"RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"}
_SPEAKS_OF_TIME = re.compile(
    r"signature (has )?expired|not yet current|is now (earlier|later) than|too skewed",
    re.IGNORECASE,
)
#: SageMaker: "RecordNotFound"; Athena: "Session … does not exist"; EMR: "Cluster id … not valid".
_SPEAKS_OF_NOTHING = re.compile(
    r"RecordNotFound|not found|does not exist|doesn't exist|could not find|no such"
    r"|cluster id '?\S* ?is not valid",
    re.IGNORECASE,
)
#: SageMaker: "Status (Stopped) not in ([InService]). Unable to transition …".
_SPEAKS_OF_STATE = re.compile(
    r"Status \(\w+\) not in|unable to transition|(not|must be) in an? .{1,40}state", re.IGNORECASE
)
#: "Troubleshoot access denied error messages", IAM's guide.
_NOT_AUTHORIZED = re.compile(
    r"(?:User: (?P<principal>arn:\S+) is )?not authorized to perform:? (?P<action>[\w-]+:\w+)"
    r"(?: on resource: (?P<resource>[^\s,]+))?"
    r"(?P<reason>(?: because| with an explicit deny)[^<]{0,200})?"
)
#: Where the prefix of a service's actions is not botocore's name of it (Service Authorization
#: Reference).
_PREFIXES = {
    "emr": "elasticmapreduce",
    "mwaa": "airflow",
    "kinesisanalyticsv2": "kinesisanalytics",
}

_Make: TypeAlias = Callable[[Refusal], PresignError]
#: Codes less `Exception` and `Error` at the end; see `_bare`.
_TABLE: Mapping[str, _Make] = {
    "ExpiredToken": _expired,
    "TokenRefreshRequired": _expired,
    "ExpiredTokenId": _expired,
    "UnrecognizedClient": _unknown_key,
    "InvalidClientTokenId": _unknown_key,
    "InvalidAccessKeyId": _unknown_key,
    "InvalidToken": _unknown_key,
    "IncompleteSignature": _unknown_key,
    "MissingAuthenticationToken": _unknown_key,
    "AuthFailure": _unknown_key,
    "OptInRequired": _unknown_key,
    "SubscriptionRequired": _unknown_key,
    "RequestExpired": _signature,
    "RequestInTheFuture": _signature,
    "RequestTimeTooSkewed": _signature,
    "SignatureDoesNotMatch": _signature,
    "InvalidSignature": _signature,
    "AccessDenied": _denied,
    "UnauthorizedOperation": _denied,
    "NotAuthorized": _denied,
    "Unauthorized": _denied,
    "Forbidden": _denied,
    "Throttling": _throttled,
    "Throttled": _throttled,
    "RequestThrottled": _throttled,
    "TooManyRequests": _throttled,
    "RequestLimitExceeded": _throttled,
    "SlowDown": _throttled,
    "PriorRequestNotComplete": _throttled,
    "EC2Throttled": _throttled,
    "BandwidthLimitExceeded": _throttled,
    "ProvisionedThroughputExceeded": _throttled,
    "LimitExceeded": _throttled,
    "ResourceNotFound": _not_found,
    "NotFound": _not_found,
    "EntityNotFound": _not_found,
    "RecordNotFound": _not_found,
    "SessionNotFound": _not_found,
    "Validation": _validation,
    "InvalidRequest": _validation,
    "InvalidParameter": _validation,
    "InvalidParameterValue": _validation,
    "InvalidArgument": _validation,
    "BadRequest": _validation,
    "Metadata": _validation,
    "Conflict": _not_ready,
    "ResourceInUse": _not_ready,
    "ResourceNotReady": _not_ready,
    "InvalidState": _not_ready,
    "SessionAlreadyExists": _not_ready,
    "InvalidApplicationConfiguration": _not_ready,
    "ResourceLimitExceeded": _limit,
    "ServiceQuotaExceeded": _limit,
    "InternalServer": _failing,
    "InternalFailure": _failing,
    "Internal": _failing,
    "ServiceUnavailable": _failing,
}
