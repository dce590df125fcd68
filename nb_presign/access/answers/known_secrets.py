"""The secrets of one server: what its answers to guests and its log must not hold."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nb_presign.errors import KeyRingError
from nb_presign.signing.keys import KeyRing

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

#: Variables of botocore's that are secrets. Kernels inherit them, as they should; logs do not tell.
ENVIRONMENT = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")


class KnownSecrets:
    """Collects the server's secrets; asked anew each time, since owners change theirs."""

    def __init__(
        self, app: ServerApp, keys: KeyRing, environment: Mapping[str, str] = os.environ
    ) -> None:
        self._app = app
        self._keys = keys
        cookie_secret = app.web_app.settings.get("cookie_secret", b"")
        raw = cookie_secret.encode() if isinstance(cookie_secret, str) else cookie_secret
        # The file from which jupyter_server derives it (2.21).
        file = _content(Path(app.cookie_secret_file))
        self._fixed = (raw, base64.b64encode(raw), raw.hex().encode(), file)
        self._environment = tuple(environment.get(name, "") for name in ENVIRONMENT)
        self._read_keys: tuple[str, ...] = ()

    def __call__(self) -> tuple[bytes, ...]:
        """Return what no guest is ever sent."""
        try:
            self._read_keys = tuple(key.reveal() for key in self._keys.verifying_keys())
        except KeyRingError:
            self._read_keys = ()
        return (*self._fixed, *(text.encode() for text in (*self._owners(), *self._read_keys)))

    def texts(self) -> tuple[str, ...]:
        """Return what no log tells; reads no file, since the event loop logs."""
        fixed = tuple(raw.decode("latin-1") for raw in self._fixed[1:])
        return (*self._owners(), *fixed, *self._read_keys, *self._environment)

    def _owners(self) -> tuple[str, ...]:
        provider: Any = self._app.identity_provider
        return str(provider.token), str(getattr(provider, "hashed_password", ""))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes().strip()
    except OSError:
        return b""
