"""Errors of others: a service, a server or a machine between here and there."""

from __future__ import annotations

from nb_presign.errors.asking import RateLimitedError
from nb_presign.errors.base import PresignError


class UpstreamThrottledError(RateLimitedError):
    """The upstream takes no more calls for a moment."""

    code = "upstream-throttled"


class UpstreamError(PresignError):
    """Somebody else's service failed."""

    code = "upstream"


class UnreachableError(UpstreamError):
    """There is no answer at all."""

    code = "unreachable"


class NotInstalledError(UpstreamError):
    """A Jupyter server has no nb_presign."""

    code = "not-installed"


class BadAnswerError(UpstreamError):
    """An answer, or a URL, is not what was asked for."""

    code = "bad-answer"


class ClockSkewError(UpstreamError):
    """The upstream refuses a call because a clock is wrong."""

    code = "clock-skew"


class CredentialsError(UpstreamError):
    """The credentials that mint are no good."""

    code = "credentials"


class NoCredentialsError(CredentialsError):
    """There are none."""

    code = "no-credentials"


class CredentialsExpiredError(CredentialsError):
    """Their time is over."""

    code = "credentials-expired"


class CredentialsRefusedError(CredentialsError):
    """They are unknown, incomplete, or sign with the wrong key."""

    code = "credentials-refused"


class UpstreamTimeoutError(UpstreamError):
    """The upstream's answer did not come in time."""

    code = "upstream-timeout"
