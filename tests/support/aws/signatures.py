"""SigV4, checked by doing it again: botocore's own code, with the secret that the server knows."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from support.aws.keys import Key
from support.aws.reading import Incoming
from support.aws.refusal import RefusedError

#: How far the clocks may be apart (IAM user guide, "Elements of an AWS API request signature").
WINDOW = timedelta(minutes=5)
_FORM = "%Y%m%dT%H%M%SZ"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<day>\d{8})/(?P<region>[^/]+)/"
    r"(?P<service>[^/]+)/aws4_request, ?SignedHeaders=(?P<headers>[^,]+), ?"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)
_NO_MATCH = (
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details."
)


@dataclass(frozen=True)
class Signed:
    """What the Authorization header claims."""

    key: str
    day: str
    region: str
    service: str
    headers: tuple[str, ...]
    signature: str


def claimed(incoming: Incoming) -> Signed:
    """Read the header; raise `RefusedError` where there is none that makes sense."""
    text = incoming.headers.get("authorization")
    if not text:
        raise RefusedError(
            "MissingAuthenticationTokenException", "Missing Authentication Token", 403
        )
    match = _AUTHORIZATION.fullmatch(text)
    if not match:
        raise RefusedError("IncompleteSignatureException", "Authorization header has no SigV4.")
    return Signed(
        match["key"],
        match["day"],
        match["region"],
        match["service"],
        tuple(match["headers"].split(";")),
        match["signature"],
    )


def checked(incoming: Incoming, signed: Signed, keys: Iterable[Key], now: datetime) -> Key:
    """Return whose signature it is; raise `RefusedError` where it is nobody's, or too old."""
    key = next((each for each in keys if each.id == signed.key), None)
    if key is None or incoming.headers.get("x-amz-security-token", "") != key.token:
        raise RefusedError(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        )
    stamp = incoming.headers.get("x-amz-date", "")
    needed = {"host", "x-amz-date"} | (
        {"x-amz-target", "x-amz-security-token"} & set(incoming.headers)
    )
    if not stamp.startswith(signed.day) or not needed <= set(signed.headers):
        raise RefusedError("InvalidSignatureException", _NO_MATCH)
    _in_time(stamp, now)
    if not hmac.compare_digest(_again(incoming, signed, key, stamp), signed.signature):
        raise RefusedError("InvalidSignatureException", _NO_MATCH)
    if key.ended(now):
        raise RefusedError(
            "ExpiredTokenException", "The security token included in the request is expired"
        )
    return key


def _again(incoming: Incoming, signed: Signed, key: Key, stamp: str) -> str:
    signer = SigV4Auth(Credentials(key.id, key.secret), signed.service, signed.region)
    request = AWSRequest(
        method=incoming.method,
        url=f"http://{incoming.headers['host']}{incoming.target}",
        headers={name: incoming.headers.get(name, "") for name in signed.headers},
        data=incoming.body,
    )
    request.context["timestamp"] = stamp
    text = signer.string_to_sign(request, signer.canonical_request(request))
    return signer.signature(text, request)


def _in_time(stamp: str, now: datetime) -> None:
    try:
        signed_at = datetime.strptime(stamp, _FORM).replace(tzinfo=timezone.utc)
    except ValueError:
        raise RefusedError("IncompleteSignatureException", "Date must be in ISO-8601.") from None
    here = now.strftime(_FORM)
    if signed_at < now - WINDOW:
        limit = (now - WINDOW).strftime(_FORM)
        raise RefusedError(
            "InvalidSignatureException",
            f"Signature expired: {stamp} is now earlier than {limit} ({here} - 5 min.)",
        )
    if signed_at > now + WINDOW:
        limit = (now + WINDOW).strftime(_FORM)
        raise RefusedError(
            "InvalidSignatureException",
            f"Signature not yet current: {stamp} is still later than {limit} ({here} + 5 min.)",
        )
