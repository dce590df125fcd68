"""Refusals that are AWS's own: too many calls, a failure, or an answer that nobody knows."""

from __future__ import annotations

from nb_presign.aws.errors.refusal import Refusal
from nb_presign.errors import (
    BadAnswerError,
    PresignError,
    UpstreamError,
    UpstreamThrottledError,
)

#: Seconds to wait after throttling where AWS says nothing: its buckets fill within seconds.
RETRY_AFTER = 5.0


def throttled(refusal: Refusal) -> PresignError:
    """Say when AWS takes calls again."""
    after = _seconds(refusal.headers.get("retry-after", "")) or RETRY_AFTER
    return refusal.make(
        UpstreamThrottledError,
        f"AWS takes no more calls of {refusal.call} for a moment.",
        f"Try again in {after:.0f} s.",
        retry_after=after,
    )


def failing(refusal: Refusal) -> PresignError:
    """Say that AWS has a failure of its own."""
    return refusal.make(
        UpstreamError,
        f"{refusal.call.service} has a failure of its own at the moment (status "
        f"{refusal.status}){refusal.words}",
        "Try again; see https://health.aws.amazon.com if it lasts.",
    )


def unknown(refusal: Refusal) -> PresignError:
    """Go by the status, where the code says nothing."""
    if refusal.status == 429:  # noqa: PLR2004  # Too Many Requests
        return throttled(refusal)
    if refusal.status >= 500:  # noqa: PLR2004  # the server's fault
        return failing(refusal)
    if not refusal.code or refusal.code.isdigit() or refusal.reason == "Unknown":
        return refusal.make(
            BadAnswerError,
            f"What answered {refusal.call} with status {refusal.status} is not AWS.",
            "Look for a proxy or a sign-in page between here and AWS: HTTPS_PROXY, "
            "AWS_ENDPOINT_URL.",
        )
    return refusal.make(UpstreamError, f"{refusal.call} failed with {refusal.code}{refusal.words}")


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0
