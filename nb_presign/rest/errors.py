"""The one table from error class to HTTP status, and how foreign errors are told in our words."""

from __future__ import annotations

from http import HTTPStatus

from tornado.web import HTTPError

from nb_presign import errors
from nb_presign.errors import PresignError
from nb_presign.wire import ErrorOut

STATUS: dict[type[PresignError], int] = {
    errors.InputError: 400,
    errors.UnauthenticatedError: 401,
    errors.NotAllowedError: 403,
    errors.NotFoundError: 404,
    errors.ConflictError: 409,
    errors.GoneError: 410,
    errors.TooLargeError: 413,
    errors.MediaTypeError: 415,
    errors.RateLimitedError: 429,
    errors.UpstreamError: 502,
    errors.UnavailableError: 503,
    errors.UpstreamTimeoutError: 504,
    PresignError: 500,
}

#: Codes of what Jupyter and tornado refuse by themselves.
_CODES = {400: "bad-input", 403: "not-allowed", 404: "not-found", 405: "method-not-allowed"}
_NOBODY = ErrorOut(
    errors.UnauthenticatedError.code,
    "Nobody is signed in.",
    "Send the header 'Authorization: token <token>', or sign in to this server.",
)
_BUG = ErrorOut("error", "Something went wrong in the server.", "Its log says more.")


def status_of(error: PresignError) -> int:
    """Tell the HTTP status of an error; the nearest class in the table decides."""
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def refusal(error: BaseException | None, status: int, *, signed_in: bool) -> tuple[int, ErrorOut]:
    """Tell status and body for whatever ended a request.

    Nothing of an unexpected exception is told, and nothing of an HTTPError but its status: Jupyter
    writes addresses and arguments into its messages. `signed_in` tells 401 from 403, which Jupyter
    answers alike.
    """
    if isinstance(error, PresignError):
        return status_of(error), ErrorOut.of(error)
    if isinstance(error, HTTPError) and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        status = error.status_code
        if status == HTTPStatus.FORBIDDEN and not signed_in:
            return HTTPStatus.UNAUTHORIZED, _NOBODY
        return status, ErrorOut(_CODES.get(status, "error"), _phrase(status), "")
    return (500, _BUG) if error else (status, ErrorOut("error", _phrase(status), ""))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase + "."
    except ValueError:
        return "Refused."
