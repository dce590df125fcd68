"""Signatures, checked by making them again: botocore's own signer, with the secret that we know.

Replays are not told from repeated calls, as on AWS: SDKs repeat what got no answer, and two equal
calls of one second have one signature. A signature is good for what it is about, and for five
minutes; in a query for as long as the query says, and at most a quarter of an hour.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from nb_presign.aws_api.claim import STAMP, TERMINATOR, Claim
from nb_presign.aws_api.incoming import Incoming
from nb_presign.aws_api.refusal import RefusedError
from nb_presign.secret import Secret

#: How far clocks may differ (IAM User Guide, "Elements of an AWS API request signature").
WINDOW = timedelta(minutes=5)
#: What has to be signed, since it says to whom the request goes and what it asks for. The time is
#: part of every signature, as is the body's hash.
NEEDED = {"host": "Host", "x-amz-target": "X-Amz-Target"}
#: Signed headers; SDKs sign a dozen.
MOST_HEADERS = 64

_INVALID = "InvalidSignatureException"
_NO_MATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details."
)
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
#: Names of headers, in lower case (RFC 9110, 5.6.2, "token"): Python's `email`, in which botocore
#: keeps headers, may raise for others.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
#: For keys that are not known, so that telling so takes as long as telling a wrong signature.
_NOBODYS = Secret(secrets.token_urlsafe(30))


def check_scope(claim: Claim, *, region: str, service: str, now: datetime) -> None:
    """Hold a claim against what it has to be about, and the clock; raises `RefusedError`.

    Needs no secret, and asks nobody.
    """
    _check_time(claim, now)
    wrong = []
    if claim.region != region:
        wrong.append(
            f"Credential should be scoped to a valid region, not '{claim.region[:40]}': "
            f"this server's is '{region}'."
        )
    if claim.service != service:
        wrong.append(f"Credential should be scoped to correct service: '{service}'.")
    if claim.terminator != TERMINATOR:
        wrong.append(f"Credential should be scoped with a valid terminator: '{TERMINATOR}'.")
    if claim.day != claim.stamp[:8]:
        wrong.append(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            f"HTTP: '{claim.day[:40]}' != '{claim.stamp[:8]}', from '{claim.stamp}'."
        )
    if wrong:
        raise RefusedError(_INVALID, " ".join(wrong))


def check_signature(
    incoming: Incoming, claim: Claim, secret: Secret | None, *, places: Iterable[tuple[str, str]]
) -> None:
    """Make the signature again and compare; raises `RefusedError`.

    `places` are the host and path that the client may have known us by. `secret` is None where the
    key is not known: that is told last.
    """
    names = claim.signed_headers
    for name, written in NEEDED.items():
        if name not in names:
            raise RefusedError(
                _INVALID, f"'{written}' must be a 'SignedHeader' in the AWS Authorization."
            )
    digest = hashlib.sha256(incoming.body).hexdigest()
    well_formed = (
        len(names) <= MOST_HEADERS
        and list(names) == sorted(set(names))
        and all(map(_NAME.fullmatch, names))
        # Also what says that the body is not signed.
        and incoming.header("x-amz-content-sha256") in {"", digest}
        and _SIGNATURE.fullmatch(claim.signature) is not None
    )
    key = secret or _NOBODYS
    matches = False
    for host, path in places if well_formed else ():
        made = _sign(incoming, claim, key, host=host, path=path, digest=digest)
        matches |= hmac.compare_digest(made, claim.signature)
    if secret is None:
        raise RefusedError(
            "UnrecognizedClientException", "The security token included in the request is invalid."
        )
    if not matches:
        raise RefusedError(_INVALID, _NO_MATCH)


def _sign(  # what a signature is made of
    incoming: Incoming, claim: Claim, secret: Secret, *, host: str, path: str, digest: str
) -> str:
    # Not at import: botocore is for servers that speak this protocol. Loaded with the models.
    from botocore.auth import SigV4Auth  # type: ignore[import-untyped]  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]  # noqa: PLC0415
    from botocore.compat import HTTPHeaders  # type: ignore[import-untyped]  # noqa: PLC0415
    from botocore.credentials import Credentials  # type: ignore[import-untyped]  # noqa: PLC0415

    signer = SigV4Auth(Credentials(claim.key_id, secret.reveal()), claim.service, claim.region)
    request = AWSRequest(incoming.method, f"http://nobody/?{_unsigned(incoming.query)}")
    request.context["timestamp"] = claim.stamp
    headers = HTTPHeaders()
    for name in claim.signed_headers:
        for value in (host,) if name == "host" else incoming.all(name) or ("",):
            headers[name] = value
    # As `canonical_request` of the signer, which would believe what a header says of the body, and
    # choose itself what was signed.
    canonical = "\n".join(
        (
            incoming.method,
            signer._normalize_url_path(path),  # noqa: SLF001  # the signer's own way with paths
            signer.canonical_query_string(request),
            signer.canonical_headers(headers) + "\n",
            signer.signed_headers(headers),
            digest,
        )
    )
    made: str = signer.signature(signer.string_to_sign(request, canonical), request)
    return made


def _unsigned(query: str) -> str:
    """Take the signature itself out of a query."""
    pairs = query.split("&")
    return "&".join(pair for pair in pairs if pair.partition("=")[0] != "X-Amz-Signature")


def _check_time(claim: Claim, now: datetime) -> None:
    here, stamp = now.strftime(STAMP), claim.stamp
    lasts = WINDOW if claim.lasts is None else claim.lasts
    if claim.signed_at < now - lasts:
        limit = (now - lasts).strftime(STAMP)
        raise RefusedError(
            _INVALID,
            f"Signature expired: {stamp} is now earlier than {limit} ({here} - {_length(lasts)})",
        )
    if claim.signed_at > now + WINDOW:
        limit = (now + WINDOW).strftime(STAMP)
        raise RefusedError(
            _INVALID,
            f"Signature not yet current: {stamp} is still later than {limit} "
            f"({here} + {_length(WINDOW)})",
        )


def _length(lasts: timedelta) -> str:
    return f"{lasts // timedelta(minutes=1)} min."
