"""Errors of what is asked for: it is not there, not ready, or over."""

from __future__ import annotations

from nb_presign.errors.base import PresignError


class NotFoundError(PresignError):
    """There is no such thing."""

    code = "not-found"


class TargetNotFoundError(NotFoundError):
    """There is no such server, instance or session."""

    code = "target-not-found"


class LinkNotFoundError(NotFoundError):
    """There is no such link, or a token is not ours."""

    code = "link-not-found"


class SessionNotFoundError(NotFoundError):
    """There is no such session of a guest."""

    code = "session-not-found"


class ConflictError(PresignError):
    """It is there, and in no state for that."""

    code = "conflict"


class TargetNotReadyError(ConflictError):
    """A target exists, but cannot be opened now."""

    code = "target-not-ready"


class NotStartableError(ConflictError):
    """A target cannot be started from here."""

    code = "not-startable"


class NotListableError(ConflictError):
    """A target does not tell which files it holds."""

    code = "not-listable"


class NotRevocableError(ConflictError):
    """The upstream has no way to end it."""

    code = "not-revocable"


class GoneError(PresignError):
    """An authentic link is no longer good."""

    code = "gone"


class LinkExpiredError(GoneError):
    """Its time is over."""

    code = "link-expired"


class LinkRevokedError(GoneError):
    """Its owner ended it."""

    code = "link-revoked"


class LinkUsedUpError(GoneError):
    """It was opened as often as it may be."""

    code = "link-used-up"
