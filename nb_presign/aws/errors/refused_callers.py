"""Refusals of whoever asks: credentials, signatures, clocks and permissions."""

from __future__ import annotations

import re
from datetime import timedelta

from nb_presign.aws.errors.refusal import Refusal
from nb_presign.aws.signer.credentials import mend, profile_name, profile_option
from nb_presign.errors import (
    AccessDeniedError,
    ClockSkewError,
    CredentialsExpiredError,
    CredentialsRefusedError,
    PresignError,
)

#: AWS refuses signatures that are older or newer; less is not what was wrong ("Troubleshoot
#: Signature Version 4", IAM's guide: five minutes).
TOLERATED_SKEW = timedelta(minutes=4)
_LATE = {"RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"}
_SPEAKS_OF_TIME = re.compile(
    r"signature (has )?expired|not yet current|is now (earlier|later) than|too skewed",
    re.IGNORECASE,
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


def expired(refusal: Refusal) -> PresignError:
    """Say that the time of the credentials is over."""
    return refusal.make(
        CredentialsExpiredError,
        f"The credentials of {profile_name(refusal.call.place)} have expired.",
        mend(refusal.method, refusal.call.place),
        method=refusal.method,
    )


def unknown_key(refusal: Refusal) -> PresignError:
    """Say that AWS knows no such key."""
    return refusal.make(
        CredentialsRefusedError,
        f"AWS does not know the credentials of {profile_name(refusal.call.place)}: the key is "
        "wrong, was deleted, or the region is not enabled for the account.",
        mend(refusal.method, refusal.call.place),
        method=refusal.method,
    )


def signature(refusal: Refusal) -> PresignError:
    """Say that the signature is wrong, or a clock."""
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
    if refusal.reason in _LATE or _SPEAKS_OF_TIME.search(refusal.message):
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


def not_assigned(refusal: Refusal) -> PresignError:
    """Say that the access portal has no such role for who signed in."""
    option = profile_option(refusal.call.place.profile)
    return refusal.make(
        CredentialsRefusedError,
        f"The role of {profile_name(refusal.call.place)} is not assigned to who signed in, or "
        "there is none.",
        f"Compare it with those in the access portal: aws configure get sso_role_name{option}; or "
        f"sign in as somebody else: aws sso login{option}.",
        method="sso",
    )


def denied(refusal: Refusal) -> PresignError:
    """Say which action is not allowed, and on what, as far as AWS tells."""
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


def _spelled(skew: timedelta) -> str:
    minutes = round(skew.total_seconds() / 60)
    return f"{minutes} min" if minutes < 2 * 60 else f"{minutes / 60:.1f} h"
