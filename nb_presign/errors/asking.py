"""Errors of whoever asks: what was sent is wrong, or too much, or not theirs to ask."""

from __future__ import annotations

from nb_presign.errors.base import PresignError


class InputError(PresignError):
    """What the caller sent is wrong."""

    code = "bad-input"


class BadReferenceError(InputError):
    """A target cannot be read."""

    code = "bad-reference"


class BadPolicyError(InputError):
    """A policy document cannot be used."""

    code = "bad-policy"


class UnknownProviderError(InputError):
    """There is no provider of that name."""

    code = "unknown-provider"


class AmbiguousTargetError(InputError):
    """Two providers know a bare name."""

    code = "ambiguous-target"


class OutOfRangeError(InputError):
    """A duration, count or address is outside its bounds."""

    code = "out-of-range"


class NoRegionError(InputError):
    """An AWS target is asked for, and there is no region to look for it in."""

    code = "no-region"


class UnknownProfileError(InputError):
    """There is no such profile among the credentials."""

    code = "unknown-profile"


class UsageError(InputError):
    """A verb or option is unknown."""

    code = "usage"


class UnauthenticatedError(PresignError):
    """Nobody is signed in."""

    code = "unauthenticated"


class NotAllowedError(PresignError):
    """Whoever asks is signed in, but may not do this."""

    code = "not-allowed"


class MintNotAllowedError(NotAllowedError):
    """This server's owner does not mint for that target."""

    code = "mint-not-allowed"


class NotAuthorizedError(NotAllowedError):
    """The policy of an access key does not allow it."""

    code = "not-authorized"


class AccessDeniedError(NotAllowedError):
    """The upstream's policies deny it to the credentials that are used."""

    code = "access-denied"


class TooLargeError(PresignError):
    """A body is larger than is read."""

    code = "too-large"


class MediaTypeError(PresignError):
    """A body is not JSON."""

    code = "media-type"


class RateLimitedError(PresignError):
    """Too much was asked in too short a time."""

    code = "rate-limited"
