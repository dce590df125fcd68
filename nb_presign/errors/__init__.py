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

from nb_presign.errors.asking import (
    AccessDeniedError,
    AmbiguousTargetError,
    BadPolicyError,
    BadReferenceError,
    InputError,
    MediaTypeError,
    MintNotAllowedError,
    NoRegionError,
    NotAllowedError,
    NotAuthorizedError,
    OutOfRangeError,
    RateLimitedError,
    TooLargeError,
    UnauthenticatedError,
    UnknownProfileError,
    UnknownProviderError,
    UsageError,
)
from nb_presign.errors.base import PresignError, by_code
from nb_presign.errors.ground import (
    KeyRingError,
    SealError,
    SelfHostingOffError,
    StoreError,
    UnavailableError,
)
from nb_presign.errors.state import (
    ConflictError,
    GoneError,
    LinkExpiredError,
    LinkNotFoundError,
    LinkRevokedError,
    LinkUsedUpError,
    NotFoundError,
    NotListableError,
    NotRevocableError,
    NotStartableError,
    SessionNotFoundError,
    TargetNotFoundError,
    TargetNotReadyError,
)
from nb_presign.errors.upstream import (
    BadAnswerError,
    ClockSkewError,
    CredentialsError,
    CredentialsExpiredError,
    CredentialsRefusedError,
    NoCredentialsError,
    NotInstalledError,
    UnreachableError,
    UpstreamError,
    UpstreamThrottledError,
    UpstreamTimeoutError,
)

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
