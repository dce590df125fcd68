"""The signer's credentials: where they come from, and how long they last."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from datetime import datetime, timezone

from nb_presign.aws.botocore_types import Session, Signer
from nb_presign.aws.place import Place
from nb_presign.clock import Clock
from nb_presign.errors import CredentialsExpiredError, NoCredentialsError

#: Private to botocore, and named here only. Where they are missing nothing breaks: an expiry is
#: unknown then, and credentials are renewed in their last 15 minutes.
_ADVISORY = "_advisory_refresh_timeout"
_EXPIRY = "_expiry_time"
_FOUND = "_credentials"
#: Seconds: what has less left botocore renews whenever it is used.
RENEWED_IN = 15 * 60.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """What may be told of credentials; no part of the keys."""

    #: None: they do not expire, or nobody says when.
    expires_at: datetime | None
    #: botocore's word for where they were found: `env`, `sso`, `assume-role`, `iam-role`, …
    method: str


def look(session: Session, place: Place, clock: Clock, *, fresh_for: float = 0) -> Credentials:
    """Tell of a session's credentials, renewed first where less than `fresh_for` seconds are left.

    Blocks. Raises `NoCredentialsError`, `CredentialsExpiredError`, and what botocore raises.
    """
    found = session.get_credentials()
    if found is None:
        raise no_credentials(place)
    _renew(found, fresh_for)
    return _told(found, place, clock)


def _told(found: Signer, place: Place, clock: Clock) -> Credentials:
    """Tell of credentials as they are; neither looks nor renews."""
    method = str(getattr(found, "method", "") or "")
    expires_at = _expiry(found)
    if expires_at is not None and expires_at <= clock.now():
        raise CredentialsExpiredError(
            f"The credentials of {profile_name(place)} have expired.",
            hint=mend(method, place),
            profile=place.profile,
            method=method,
        )
    return Credentials(expires_at, method)


def glance(session: Session, place: Place, clock: Clock, *, fresh_for: float) -> Credentials | None:
    """Tell the same where nothing has to be looked for or renewed; None otherwise. Never blocks."""
    # Private to botocore: what it has found already. Its public way looks for what it has not.
    found = getattr(session, _FOUND, None)
    if found is None:
        return None
    if hasattr(found, "refresh_needed") and found.refresh_needed(max(fresh_for, RENEWED_IN)):
        return None
    # Not `look`: botocore may think of renewing where we do not, and would do so in this thread.
    return _told(found, place, clock)


def method_of(session: Session) -> str:
    """Tell where a session has found its credentials, or "" if it has not looked yet."""
    return str(getattr(getattr(session, _FOUND, None), "method", "") or "")


def follows_environment(session: Session, place: Place) -> bool:
    """Tell whether what a session has found is what variables say now.

    botocore reads variables one by one, and late: a change amid that, and back, cannot be seen by
    comparing them before and after.
    """
    found = getattr(session, _FOUND, None)
    if session.profile != session.get_config_variable("profile"):
        return False
    if found is None or place.profile:
        return True
    key = os.environ.get("AWS_ACCESS_KEY_ID") or None
    if method_of(session) != "env":
        return key is None
    return bool(found.get_frozen_credentials().access_key == key)


def _renew(found: Signer, fresh_for: float) -> None:
    """Have botocore renew when less than `fresh_for` is left, not only in the last 15 minutes.

    That is an argument of a constructor that others call; it is changed for this once, or every
    later call would renew what has less left.
    """
    earliest = getattr(found, _ADVISORY, None)
    if not isinstance(earliest, (int, float)) or earliest >= fresh_for:
        found.get_frozen_credentials()
        return
    setattr(found, _ADVISORY, fresh_for)
    try:
        found.get_frozen_credentials()
    finally:
        setattr(found, _ADVISORY, earliest)


def _expiry(found: Signer) -> datetime | None:
    """Read when they end, which botocore keeps to itself."""
    expiry = getattr(found, _EXPIRY, None)
    if not isinstance(expiry, datetime):
        return None
    return (expiry if expiry.tzinfo else expiry.replace(tzinfo=timezone.utc)).astimezone(
        timezone.utc
    )


def profile_name(place: Place) -> str:
    """Name a profile in a sentence."""
    return f"profile {place.profile!r}" if place.profile else "the default profile"


def profile_option(profile: str) -> str:
    """Write a profile into a command; it may come from a notebook that somebody else wrote."""
    return f" --profile {shlex.quote(profile)}" if profile else ""


def no_credentials(place: Place) -> NoCredentialsError:
    """Make the error for a place without any credentials."""
    option = profile_option(place.profile)
    return NoCredentialsError(
        f"There are no AWS credentials for {profile_name(place)}.",
        hint=f"Sign in: aws sso login{option}; or set keys: aws configure{option}.",
        profile=place.profile,
    )


def mend(method: str, place: Place) -> str:
    """Say what renews credentials that were found by `method`."""
    option = profile_option(place.profile)
    return _MENDING.get(method, _MENDING[""]).format(option=option)


_MENDING = {
    "": "Sign in again: aws sso login{option}; or set new keys: aws configure{option}.",
    "env": "Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN anew, or unset them "
    "to use a profile.",
    "sso": "Sign in again: aws sso login{option}.",
    "login": "Sign in again: aws login{option}.",
    "shared-credentials-file": "Set new keys: aws configure{option}.",
    "config-file": "Set new keys: aws configure{option}.",
    "iam-role": "AWS renews the role's credentials by itself: try again in a minute.",
    "container-role": "AWS renews the role's credentials by itself: try again in a minute.",
}
