"""What comes in place of an answer, as one of our errors that says what to do."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from nb_presign.errors import (
    NotInstalledError,
    PresignError,
    UnauthenticatedError,
    UnreachableError,
    UpstreamError,
    UpstreamTimeoutError,
    by_code,
)
from nb_presign.providers.base import ServerAddress
from nb_presign.wire import ErrorOut


def shown(address: ServerAddress) -> str:
    """Name a server for a message: without anything that a URL may hide."""
    parts = urlsplit(address.url)
    return f"{address.name or 'the server'} ({parts.scheme}://{parts.netloc.rpartition('@')[2]})"


def refused(response: httpx.Response, where: str) -> PresignError:
    """Turn a refusal into the error it was there, or say what kind of server this is."""
    try:
        told = msgspec.json.decode(response.content, type=ErrorOut)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _foreign(response.status_code, where)
    if told.code == UnauthenticatedError.code:
        return _stale_token(where)
    fields: dict[str, Any] = {
        name: value for name, value in told.fields.items() if name not in {"message", "hint"}
    }
    return by_code(told.code)(told.message, hint=told.hint, **fields)


def _foreign(status: int, where: str) -> PresignError:
    if status == httpx.codes.NOT_FOUND:
        return NotInstalledError(
            f"nb_presign is not installed on {where}.",
            hint="Run 'pip install nb_presign' there, and restart that server.",
        )
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.FOUND}:
        return _stale_token(where)
    return unreadable(where, status)


def _stale_token(where: str) -> PresignError:
    return UnauthenticatedError(
        f"The token is not accepted by {where}.",
        hint="Check the token that is configured for it; a restarted server may have a new one.",
    )


def late(error: httpx.TimeoutException, where: str, timeout: httpx.Timeout) -> PresignError:
    """Say what took longer than it may."""
    if isinstance(error, httpx.ConnectTimeout):
        return UnreachableError(
            f"No connection to {where} within {timeout.connect:.0f} s.", hint="Is it running?"
        )
    return UpstreamTimeoutError(
        f"No answer from {where} within {timeout.read:.0f} s.", hint="Try again."
    )


def unreachable(error: Exception, where: str) -> PresignError:
    """Say why there is no connection, as far as can be told."""
    text = str(error).lower()
    if "certificate" in text or "ssl" in text or "tls" in text:
        hint = "Its certificate is not trusted here; set SSL_CERT_FILE to the authority's."
    elif "name" in text or "resolve" in text or "getaddrinfo" in text:
        hint = "Its host name is not known here; check the address."
    else:
        hint = "Is it running? Start it, or check the address."
    return UnreachableError(f"No connection to {where}.", hint=hint)


def unreadable(where: str, status: int = 0) -> PresignError:
    """Say that somebody else answered."""
    what = f" (status {status})" if status else ""
    return UpstreamError(
        f"The answer from {where} is not nb_presign's{what}.",
        hint="Check the address, its base URL, and what stands between.",
    )
