"""Secrets encrypted at rest, under a key that is derived from those of the key file.

::

    nbs1.<id of the key>.<nonce and ciphertext>

The last part is base64url without padding: 96 random bits, then what AES-256-GCM makes of the
secret. What the secret is for and whose it is are authenticated beside it, so that a sealed text
opens in its own place and in no other. Random nonces are good for 2**32 secrets under one key
(NIST SP 800-38D, section 8.3).
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Protocol

from nb_presign.errors import SealError
from nb_presign.secret import Secret
from nb_presign.signing.keyfile import Key

PREFIX = "nbs1"
_NONCE_BYTES = 12
_FORM = re.compile(rf"{PREFIX}\.([0-9a-f]{{12}})\.([A-Za-z0-9_-]{{38,1024}})")


class Keys(Protocol):
    """What is used of a `KeyRing`."""

    def all(self) -> tuple[Key, ...]:
        """Return all keys, oldest to newest; at least one."""
        ...


@dataclass(frozen=True, slots=True)
class HeldKeys:
    """Some keys as they were at one moment, whatever becomes of their file."""

    #: Oldest to newest; at least one.
    keys: tuple[Key, ...]

    def all(self) -> tuple[Key, ...]:
        return self.keys


class Sealer:
    """Seals with the newest of some keys, and opens what any of them has sealed.

    All methods raise `KeyRingError` where the keys cannot be read.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def seal(self, purpose: str, name: str, secret: Secret) -> str:
        """Encrypt a secret, for `open` with the same purpose and name."""
        # Not at import: most servers never need it.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        key = self._keys.all()[-1]
        nonce = secrets.token_bytes(_NONCE_BYTES)
        raw = secret.reveal().encode()
        closed = AESGCM(_derived(key, purpose)).encrypt(nonce, raw, _place(purpose, name))
        return f"{PREFIX}.{key.id}.{_encode(nonce + closed)}"

    def open(self, purpose: str, name: str, sealed: str) -> Secret:
        """Decrypt what `seal` made for this purpose and name.

        Raises `SealError` where its key was retired, or where it was changed or moved.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        key = next((key for key in self._keys.all() if key.id == sealing_key(sealed)), None)
        if key is None:
            raise SealError(
                f"The secret of {name[:60]} was encrypted with a key that is not here any more."
            )
        try:
            raw = base64.urlsafe_b64decode(_padded(sealed.rpartition(".")[2]))
            opened = AESGCM(_derived(key, purpose)).decrypt(
                raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _place(purpose, name)
            )
        except (InvalidTag, ValueError):
            raise SealError(f"The secret of {name[:60]} was changed where it is kept.") from None
        return Secret(opened.decode())


def sealing_key(sealed: str) -> str:
    """Tell the id of the key that a text was sealed with; empty for what is no sealed text."""
    found = _FORM.fullmatch(sealed)
    return found[1] if found else ""


def _derived(key: Key, purpose: str) -> bytes:
    """Derive 256 bits for one purpose, so that no key serves two algorithms."""
    return hmac.digest(
        key.secret.reveal().encode(), f"nb_presign.sealing.{purpose}".encode(), "sha256"
    )


def _place(purpose: str, name: str) -> bytes:
    # With lengths, so that ("ab", "c") is not ("a", "bc").
    raw = [part.encode() for part in (PREFIX, purpose, name)]
    return b"".join(len(part).to_bytes(8, "big") + part for part in raw)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)
