"""SigV4 from AWS's description of it, with hmac and nothing else: a check on botocore and us."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from urllib.parse import quote, urlencode

ALGORITHM = "AWS4-HMAC-SHA256"


def stamp_of(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


@dataclass(frozen=True)
class Request:
    """What is to be signed, and sent."""

    method: str = "POST"
    host: str = "localhost:8888"
    path: str = "/nb-presign/aws"
    query: str = ""
    #: Without those that say who signed.
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"

    def canonical(self, headers: Mapping[str, str], query: str) -> str:
        """Write what is hashed; `headers` are those that are signed, by names in lower case."""
        names = sorted(headers)
        return "\n".join(
            (
                self.method,
                quote(self.path, safe="/~"),
                "&".join(sorted(query.split("&"))),
                *(f"{name}:{' '.join(headers[name].split())}" for name in names),
                "",
                ";".join(names),
                hashlib.sha256(self.body).hexdigest(),
            )
        )


@dataclass(frozen=True)
class Signer:
    """Whoever holds a key."""

    key_id: str
    secret: str = field(repr=False)
    region: str = "us-east-1"
    service: str = "sagemaker"
    #: What ends the credential scope.
    terminator: str = "aws4_request"
    #: Day of the scope, if it shall not be that of the time.
    day: str = ""

    def scope(self, stamp: str) -> str:
        day = self.day or stamp[:8]
        return f"{day}/{self.region}/{self.service}/{self.terminator}"

    def sign(self, canonical: str, stamp: str) -> str:
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        text = "\n".join((ALGORITHM, stamp, self.scope(stamp), hashed))
        key = signing_key(self.secret, stamp[:8], self.region, self.service)
        return hmac.digest(key, text.encode(), "sha256").hex()

    def headers(
        self, request: Request, at: datetime, *, signed: tuple[str, ...] | None = None
    ) -> dict[str, str]:
        """Return all headers of a request, Host and Authorization among them.

        `signed` are the names of those that are signed; None: all.
        """
        stamp = stamp_of(at)
        sent = {"host": request.host, "x-amz-date": stamp, **request.headers}
        chosen = {name: sent[name] for name in (sent if signed is None else signed)}
        signature = self.sign(request.canonical(chosen, request.query), stamp)
        sent["authorization"] = (
            f"{ALGORITHM} Credential={self.key_id}/{self.scope(stamp)}, "
            f"SignedHeaders={';'.join(sorted(chosen))}, Signature={signature}"
        )
        return sent

    def presign(self, request: Request, at: datetime, *, seconds: int = 60) -> Request:
        """Return a request that is signed in its query, Host among its headers."""
        stamp = stamp_of(at)
        sent = {"host": request.host, **request.headers}
        arguments = {
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": f"{self.key_id}/{self.scope(stamp)}",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": ";".join(sorted(sent)),
        }
        query = urlencode(arguments, quote_via=quote, safe="")
        query = "&".join(filter(None, (request.query, query)))
        signature = self.sign(request.canonical(sent, query), stamp)
        return replace(request, headers=sent, query=f"{query}&X-Amz-Signature={signature}")
