"""The secrets of one server: what its answers to guests and its log must not hold."""

from __future__ import annotations

import base64
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nb_presign.clock import Clock, SystemClock
from nb_presign.signing.keys import KeyRing

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

#: Variables of botocore's that are secrets. Kernels inherit them, as they should; logs do not tell.
ENVIRONMENT = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")


#: How long a change of the key file may go unnoticed, in seconds: a guest's request costs no look.
LOOK_EVERY = 1.0


class KnownSecrets:
    """Tells the server's secrets; a token that its owner changes is known at once."""

    def __init__(
        self,
        app: ServerApp,
        keys: KeyRing,
        environment: Mapping[str, str] = os.environ,
        clock: Clock | None = None,
    ) -> None:
        self._app = app
        self._keys = keys
        self._clock = clock or SystemClock()
        cookie_secret = app.web_app.settings.get("cookie_secret", b"")
        raw = cookie_secret.encode() if isinstance(cookie_secret, str) else cookie_secret
        # The file from which jupyter_server derives it (2.21).
        file = _content(Path(app.cookie_secret_file))
        self._fixed = (raw, base64.b64encode(raw), raw.hex().encode(), file)
        self._environment = tuple(environment.get(name, "") for name in ENVIRONMENT)
        self._look_again_at = -math.inf
        self._read_keys: tuple[str, ...] = ()
        self._owners = self._ask_owners()
        self._spell()

    def __call__(self) -> tuple[bytes, ...]:
        """Return what no guest is ever sent."""
        now = self._clock.monotonic()
        if now >= self._look_again_at:
            self._look_again_at = now + LOOK_EVERY
            read = tuple(key.secret.reveal() for key in self._keys.known())
            self._follow(self._ask_owners(), read)
        else:
            self._follow(self._ask_owners(), self._read_keys)
        return self._bytes

    def texts(self) -> tuple[str, ...]:
        """Return what no log tells; reads no file, since whatever happens is logged."""
        self._follow(self._ask_owners(), self._read_keys)
        return self._texts

    def _ask_owners(self) -> tuple[str, str]:
        provider: Any = self._app.identity_provider
        return str(provider.token), str(getattr(provider, "hashed_password", ""))

    def _follow(self, owners: tuple[str, str], read_keys: tuple[str, ...]) -> None:
        if owners != self._owners or read_keys != self._read_keys:
            self._owners, self._read_keys = owners, read_keys
            self._spell()

    def _spell(self) -> None:
        changing = (*self._owners, *self._read_keys)
        fixed = tuple(raw.decode("latin-1") for raw in self._fixed[1:])
        self._texts = (*changing, *fixed, *self._environment)
        self._bytes = (*self._fixed, *(text.encode() for text in changing))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes().strip()
    except OSError:
        return b""
