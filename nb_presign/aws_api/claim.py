"""What a request claims of itself: whose key signed it, when, and for what (SigV4).

In the header Authorization or in the query (IAM User Guide, "Elements of an AWS API request
signature"). Nothing here is true yet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from nb_presign.aws_api.incoming import Incoming
from nb_presign.aws_api.refusal import RefusedError

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
STAMP = "%Y%m%dT%H%M%SZ"
#: What a query may say of how long it is good. AWS lets S3's be good for a week; these operations'
#: mint each time they are sent, so that a query in somebody's log must be over soon.
LONGEST = timedelta(minutes=15)
#: Characters; SDKs' have some 300.
MOST_AUTHORIZATION = 4096

_IN_HEADER = ("Credential", "SignedHeaders", "Signature")
_IN_QUERY = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
)
_INCOMPLETE = "IncompleteSignatureException"
_STAMP = re.compile(r"\d{8}T\d{6}Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who is said to have signed a request, and for what."""

    key_id: str
    #: The credential scope, as it is written.
    day: str
    region: str
    service: str
    terminator: str
    #: Names of headers, as they are written.
    signed_headers: tuple[str, ...]
    signature: str = field(repr=False)
    #: When it was signed, in the form that is part of what is signed.
    stamp: str
    #: How long it is good by its own words; None: as long as clocks may differ.
    lasts: timedelta | None = None

    @property
    def signed_at(self) -> datetime:
        """When it was signed."""
        return datetime.strptime(self.stamp, STAMP).replace(tzinfo=timezone.utc)


def read_claim(incoming: Incoming) -> Claim:
    """Read what a request claims; raises `RefusedError` where AWS could not read it either."""
    authorization = incoming.header("authorization")
    arguments = _arguments(incoming)
    if arguments and authorization:
        raise RefusedError(
            "InvalidSignatureException",
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP "
            "header.",
        )
    if incoming.header("x-amz-security-token") or "X-Amz-Security-Token" in arguments:
        # Temporary credentials, of which there are none here.
        raise RefusedError(
            "UnrecognizedClientException", "The security token included in the request is invalid."
        )
    if arguments:
        return _in_query(arguments)
    if not authorization.startswith("AWS4-"):
        raise RefusedError("MissingAuthenticationTokenException", "Missing Authentication Token")
    return _in_header(authorization, incoming)


def _in_header(authorization: str, incoming: Incoming) -> Claim:
    algorithm, _, rest = authorization.partition(" ")
    found: dict[str, str] = {}
    for part in rest.split(",") if len(authorization) <= MOST_AUTHORIZATION else ():
        name, equal, value = part.strip().partition("=")
        if not equal or name in found:
            raise RefusedError(
                _INCOMPLETE, "A part of the Authorization header is no key=value pair, or twice."
            )
        found[name] = value.strip()
    stamp = incoming.header("x-amz-date") or incoming.header("date")
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name in _IN_HEADER
        if not found.get(name)
    ]
    if not stamp:
        missing.append(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    if missing:
        raise RefusedError(_INCOMPLETE, " ".join(missing))
    return _claim(algorithm, *(found[name] for name in _IN_HEADER), stamp=_stamp(stamp))


def _in_query(arguments: dict[str, str]) -> Claim:
    missing = [
        f"AWS query-string parameters must include '{name}'."
        for name in _IN_QUERY
        if not arguments.get(name)
    ]
    if missing:
        raise RefusedError(_INCOMPLETE, " ".join((*missing, "Re-examine the query-string.")))
    expires = arguments["X-Amz-Expires"]
    if not (expires.isascii() and expires.isdecimal()) or len(expires) > len("604800"):
        raise RefusedError(_INCOMPLETE, "X-Amz-Expires must be a number of seconds.")
    return _claim(
        arguments["X-Amz-Algorithm"],
        arguments["X-Amz-Credential"],
        arguments["X-Amz-SignedHeaders"],
        arguments["X-Amz-Signature"],
        stamp=_stamp(arguments["X-Amz-Date"]),
        lasts=min(timedelta(seconds=int(expires)), LONGEST),
    )


def _claim(  # the parts of a signature
    algorithm: str,
    credential: str,
    signed_headers: str,
    signature: str,
    *,
    stamp: str,
    lasts: timedelta | None = None,
) -> Claim:
    if algorithm != ALGORITHM:
        raise RefusedError(
            _INCOMPLETE, f"Unsupported AWS 'algorithm': only {ALGORITHM} is supported."
        )
    parts = credential.split("/")
    if len(parts) != len(("id", "day", "region", "service", "terminator")):
        raise RefusedError(
            _INCOMPLETE,
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            "keyid/date/region/service/term.",
        )
    key_id, day, region, service, terminator = parts
    return Claim(
        key_id=key_id,
        day=day,
        region=region,
        service=service,
        terminator=terminator,
        signed_headers=tuple(signed_headers.split(";")),
        signature=signature,
        stamp=stamp,
        lasts=lasts,
    )


def _arguments(incoming: Incoming) -> dict[str, str]:
    """Read the query's arguments if it has a signature; nothing if it has none."""
    pairs = [pair for pair in incoming.arguments() if pair[0].startswith("X-Amz-")]
    names = [name for name, _ in pairs]
    if "X-Amz-Algorithm" not in names and "X-Amz-Signature" not in names:
        return {}
    if len(set(names)) != len(names):
        raise RefusedError(_INCOMPLETE, "A query-string parameter of the signature is there twice.")
    return dict(pairs)


def _stamp(text: str) -> str:
    """Write a time as it is part of what is signed; `Date` may have it in HTTP's form."""
    try:
        if not _STAMP.fullmatch(text):
            return parsedate_to_datetime(text).astimezone(timezone.utc).strftime(STAMP)
        datetime.strptime(text, STAMP)  # noqa: DTZ007  # only whether it is a time
    except (ValueError, TypeError, OverflowError):
        raise RefusedError(
            _INCOMPLETE, "Date must be in ISO-8601 'basic format', e.g. 20130609T095204Z."
        ) from None
    return text
