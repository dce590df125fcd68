"""An error of botocore's, and which call it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from nb_presign.aws.calls.call import Call
from nb_presign.aws.signer.credentials import profile_name, profile_option
from nb_presign.errors import PresignError, UpstreamError


class Foreign:
    """An error of botocore's, and which call it was."""

    def __init__(self, error: Exception, call: Call, method: str) -> None:
        self.call = call
        self.method = method
        self.known: Mapping[str, Any] = getattr(error, "kwargs", {})
        self.error = error

    def make(
        self, cls: type[PresignError], message: str, hint: str = "", **fields: object
    ) -> PresignError:
        """Make an error that carries which call it was."""
        error = cls(message, hint=hint)
        error.fields = {**self.call.fields(), **fields}
        return error

    def unexpected(self) -> PresignError:
        """Make the error for what nobody has thought of."""
        return self.make(
            UpstreamError,
            f"{self.call} failed in an unexpected way: {type(self.error).__name__}.",
            "A newer boto3 may help: pip install -U boto3.",
        )

    @property
    def host(self) -> str:
        """The host that was asked, or the service."""
        url = str(self.known.get("endpoint_url", ""))
        return urlsplit(url).hostname or self.call.service or "AWS"

    @property
    def profile(self) -> str:
        """The profile, in a sentence."""
        return profile_name(self.call.place)

    @property
    def option(self) -> str:
        """The profile, in a command."""
        return profile_option(self.call.place.profile)
