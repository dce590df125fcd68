"""How a call is refused in AWS's words, and the one table from our errors to AWS's."""

from __future__ import annotations

from collections.abc import Mapping

from nb_presign import errors
from nb_presign.errors import PresignError

#: Statuses that are not AWS JSON's usual 400.
NOT_FOUND, TOO_LARGE, FAILURE, AWAY = 404, 413, 500, 503


class RefusedError(Exception):
    """Ends a call in AWS's own words; never leaves `nb_presign.aws_api`.

    `members` are further members of the error's shape, such as Athena's `AthenaErrorCode`.
    """

    def __init__(self, kind: str, message: str = "", *, status: int = 400, **members: str) -> None:
        super().__init__(f"{kind}: {message}")
        #: As SDKs name the exception: `ValidationException`.
        self.kind = kind
        self.message = message
        self.status = status
        self.members: Mapping[str, str] = members


_INVALID = {"sagemaker": "ValidationException", "athena": "InvalidRequestException"}
_MISSING = {"sagemaker": "ResourceNotFound", "athena": "ResourceNotFoundException"}
_FAILED = {"sagemaker": "InternalFailure", "athena": "InternalServerException"}
_DENIED = "AccessDeniedException"
#: What is told of faults that are not the caller's; the log has the rest, for the owner.
_OURS = {
    FAILURE: "Something went wrong in the server.",
    AWAY: "The server cannot do this for the moment.",
}

#: What AWS calls an error, by service where services differ, and its HTTP status (API references,
#: "Common Errors" and each operation's own). AWS JSON says 400 for whatever the client got wrong,
#: 403 and 404 included.
TABLE: dict[type[PresignError], tuple[Mapping[str, str] | str, int]] = {
    errors.InputError: (_INVALID, 400),
    errors.UnauthenticatedError: ("UnrecognizedClientException", 400),
    errors.NotAllowedError: (_DENIED, 400),
    errors.NotFoundError: (_MISSING, 400),
    errors.ConflictError: (_INVALID, 400),
    errors.GoneError: (_INVALID, 400),
    errors.TooLargeError: ("RequestEntityTooLargeException", TOO_LARGE),
    errors.MediaTypeError: ("SerializationException", 400),
    errors.RateLimitedError: ("ThrottlingException", 400),
    errors.UpstreamError: (_FAILED, FAILURE),
    errors.UnavailableError: ("ServiceUnavailable", AWAY),
    PresignError: (_FAILED, FAILURE),
}


def refused(error: Exception, service: str) -> RefusedError:
    """Say any error in AWS's words; nothing is told of an unexpected one, nor of a fault of ours.

    `service` is empty where it is not known yet.
    """
    if isinstance(error, RefusedError):
        return error
    if not isinstance(error, PresignError):
        return RefusedError(_FAILED.get(service, "InternalFailure"), _OURS[FAILURE], status=FAILURE)
    names, status = next(TABLE[cls] for cls in type(error).__mro__ if cls in TABLE)
    kind = names if isinstance(names, str) else names.get(service, names["sagemaker"])
    if status >= FAILURE:
        return RefusedError(kind, _OURS[status], status=status)
    # How to mend what the caller got wrong is theirs to know. Other hints are the owner's: they
    # name files, settings and servers.
    told = str(error) if isinstance(error, errors.InputError) else error.message
    return RefusedError(kind, told, status=status)
