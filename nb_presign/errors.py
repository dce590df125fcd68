"""The errors of nb_presign: one tree, and nothing else is raised on purpose.

::

    PresignError
    ├── InputError                  400  what the caller sent is wrong
    │   ├── BadReferenceError            a target that cannot be read
    │   ├── BadPolicyError               a policy document that cannot be used
    │   ├── UnknownProviderError         no provider of that name
    │   ├── AmbiguousTargetError         a bare name that two providers know
    │   ├── OutOfRangeError              a duration, count or address outside its bounds
    │   ├── NoRegionError                an AWS target, and no region to look for it in
    │   ├── UnknownProfileError          no such profile among the credentials
    │   └── UsageError                   an unknown verb or option
    ├── UnauthenticatedError        401  nobody is signed in
    ├── NotAllowedError             403  signed in, but not for this
    │   ├── NotAuthorizedError           the policy of an access key does not allow it
    │   ├── MintNotAllowedError          this server's owner does not mint for that target
    │   └── AccessDeniedError            the upstream's policies deny it to the credentials used
    ├── NotFoundError               404
    │   ├── TargetNotFoundError          no such server, instance or session
    │   ├── LinkNotFoundError            no such link, or a token that is not ours
    │   └── SessionNotFoundError         no such guest session
    ├── ConflictError               409
    │   ├── TargetNotReadyError          exists, but cannot be opened now
    │   ├── NotStartableError            cannot be started from here
    │   ├── NotListableError             does not tell which files it holds
    │   └── NotRevocableError            the upstream has no way to end it
    ├── GoneError                   410  an authentic link that is no longer good
    │   ├── LinkExpiredError
    │   ├── LinkRevokedError
    │   └── LinkUsedUpError
    ├── TooLargeError               413
    ├── MediaTypeError              415  a body that is not JSON
    ├── RateLimitedError            429
    │   └── UpstreamThrottledError       the upstream takes no more calls for a moment
    ├── UpstreamError               502  somebody else's service failed
    │   ├── UnreachableError             no answer at all
    │   ├── NotInstalledError            a Jupyter server without nb_presign
    │   ├── BadAnswerError               an answer, or a URL, that is not what was asked for
    │   ├── ClockSkewError               refused because a clock is wrong
    │   ├── CredentialsError             the credentials that mint are no good
    │   │   ├── NoCredentialsError
    │   │   ├── CredentialsExpiredError
    │   │   └── CredentialsRefusedError  unknown, incomplete, or signed with the wrong key
    │   └── UpstreamTimeoutError    504
    └── UnavailableError            503  our own ground is missing
        ├── StoreError                   links and sessions cannot be read or written
        ├── KeyRingError                 the signing keys cannot be read or trusted
        │   └── SealError                a secret whose key was retired, or that was changed
        └── SelfHostingOffError          this server does not serve links of its own

Each class has a stable `code`, which travels over REST and names the class on the other side. The
HTTP statuses stand in `nb_presign.rest.errors`, the one table that maps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

__all__ = [
    "AccessDeniedError",
    "AmbiguousTargetError",
    "BadAnswerError",
    "BadPolicyError",
    "BadReferenceError",
    "ClockSkewError",
    "ConflictError",
    "CredentialsError",
    "CredentialsExpiredError",
    "CredentialsRefusedError",
    "GoneError",
    "InputError",
    "KeyRingError",
    "LinkExpiredError",
    "LinkNotFoundError",
    "LinkRevokedError",
    "LinkUsedUpError",
    "MediaTypeError",
    "MintNotAllowedError",
    "NoCredentialsError",
    "NoRegionError",
    "NotAllowedError",
    "NotAuthorizedError",
    "NotFoundError",
    "NotInstalledError",
    "NotListableError",
    "NotRevocableError",
    "NotStartableError",
    "OutOfRangeError",
    "PresignError",
    "RateLimitedError",
    "SealError",
    "SelfHostingOffError",
    "SessionNotFoundError",
    "StoreError",
    "TargetNotFoundError",
    "TargetNotReadyError",
    "TooLargeError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnknownProfileError",
    "UnknownProviderError",
    "UnreachableError",
    "UpstreamError",
    "UpstreamThrottledError",
    "UpstreamTimeoutError",
    "UsageError",
    "by_code",
]


class PresignError(Exception):
    """Tell what went wrong, and what to do about it.

    Neither `message` nor `hint` nor `fields` ever hold a secret: all three are logged and sent to
    clients.
    """

    #: Stable name of the class for machines; never changes once released.
    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "", **fields: object) -> None:
        super().__init__(message)
        self.message = message
        #: The next step, as an imperative sentence or a command; may be empty.
        self.hint = hint
        #: What a program may want to know, by name; JSON values only.
        self.fields: Mapping[str, object] = fields

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InputError(PresignError):
    code = "bad-input"


class BadReferenceError(InputError):
    code = "bad-reference"


class BadPolicyError(InputError):
    code = "bad-policy"


class UnknownProviderError(InputError):
    code = "unknown-provider"


class AmbiguousTargetError(InputError):
    code = "ambiguous-target"


class OutOfRangeError(InputError):
    code = "out-of-range"


class NoRegionError(InputError):
    code = "no-region"


class UnknownProfileError(InputError):
    code = "unknown-profile"


class UsageError(InputError):
    code = "usage"


class UnauthenticatedError(PresignError):
    code = "unauthenticated"


class NotAllowedError(PresignError):
    code = "not-allowed"


class MintNotAllowedError(NotAllowedError):
    code = "mint-not-allowed"


class NotAuthorizedError(NotAllowedError):
    code = "not-authorized"


class AccessDeniedError(NotAllowedError):
    code = "access-denied"


class NotFoundError(PresignError):
    code = "not-found"


class TargetNotFoundError(NotFoundError):
    code = "target-not-found"


class LinkNotFoundError(NotFoundError):
    code = "link-not-found"


class SessionNotFoundError(NotFoundError):
    code = "session-not-found"


class ConflictError(PresignError):
    code = "conflict"


class TargetNotReadyError(ConflictError):
    code = "target-not-ready"


class NotStartableError(ConflictError):
    code = "not-startable"


class NotListableError(ConflictError):
    code = "not-listable"


class NotRevocableError(ConflictError):
    code = "not-revocable"


class GoneError(PresignError):
    code = "gone"


class LinkExpiredError(GoneError):
    code = "link-expired"


class LinkRevokedError(GoneError):
    code = "link-revoked"


class LinkUsedUpError(GoneError):
    code = "link-used-up"


class TooLargeError(PresignError):
    code = "too-large"


class MediaTypeError(PresignError):
    code = "media-type"


class RateLimitedError(PresignError):
    code = "rate-limited"


class UpstreamThrottledError(RateLimitedError):
    code = "upstream-throttled"


class UpstreamError(PresignError):
    code = "upstream"


class UnreachableError(UpstreamError):
    code = "unreachable"


class NotInstalledError(UpstreamError):
    code = "not-installed"


class BadAnswerError(UpstreamError):
    code = "bad-answer"


class ClockSkewError(UpstreamError):
    code = "clock-skew"


class CredentialsError(UpstreamError):
    code = "credentials"


class NoCredentialsError(CredentialsError):
    code = "no-credentials"


class CredentialsExpiredError(CredentialsError):
    code = "credentials-expired"


class CredentialsRefusedError(CredentialsError):
    code = "credentials-refused"


class UpstreamTimeoutError(UpstreamError):
    code = "upstream-timeout"


class UnavailableError(PresignError):
    code = "unavailable"


class StoreError(UnavailableError):
    code = "store-unavailable"


class KeyRingError(UnavailableError):
    code = "keys-unavailable"


class SealError(KeyRingError):
    code = "seal-broken"


class SelfHostingOffError(UnavailableError):
    code = "self-hosting-off"


def by_code(code: str) -> type[PresignError]:
    """Find the class that a `code` names; `PresignError` itself for one from a newer version."""
    found: list[type[PresignError]] = [PresignError]
    for cls in found:
        if cls.code == code:
            return cls
        found.extend(cls.__subclasses__())
    return PresignError
