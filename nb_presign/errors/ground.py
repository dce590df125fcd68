"""Errors of our own: what a server stands on is missing, or turned off."""

from __future__ import annotations

from nb_presign.errors.base import PresignError


class UnavailableError(PresignError):
    """Our own ground is missing."""

    code = "unavailable"


class StoreError(UnavailableError):
    """Links and sessions cannot be read or written."""

    code = "store-unavailable"


class KeyRingError(UnavailableError):
    """The signing keys cannot be read or trusted."""

    code = "keys-unavailable"


class SealError(KeyRingError):
    """A secret was changed, or its key was retired."""

    code = "seal-broken"


class SelfHostingOffError(UnavailableError):
    """This server does not serve links of its own."""

    code = "self-hosting-off"
