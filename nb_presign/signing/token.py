"""Tokens: what a self-hosted URL carries.

::

    nbp1.<payload>.<signature>        a link to share: the landing page has a button
    nbo1.<payload>.<signature>        the owner's own click: the landing page goes on by itself

The payload is a JSON array, [link id, audience, expiry in seconds since 1970]; both parts are
base64url without padding. The signature is HMAC-SHA256 over all that stands before its dot, with a
key derived for the prefix; a token of one prefix is none of another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Annotated

import msgspec
from itsdangerous import Signer
from msgspec import Meta, Struct

from nb_presign.errors import LinkNotFoundError
from nb_presign.model import Link
from nb_presign.secret import Secret
from nb_presign.signing.keyfile import Key
from nb_presign.signing.keys import KeyRing

SHARED = "nbp1"
INTERACTIVE = "nbo1"
MAX_LENGTH = 1024

_FORM = re.compile(rf"(({SHARED}|{INTERACTIVE})\.([A-Za-z0-9_-]+))\.([A-Za-z0-9_-]{{43}})")
# 9999-12-31: what a datetime can hold.
_LAST_SECOND = 253_402_300_799


@dataclass(frozen=True, slots=True)
class Claims:
    """What an authentic token says."""

    link_id: str
    #: Id of the server that redeems it.
    audience: str
    expires_at: datetime
    interactive: bool = False
    #: Id of the key that signed it; no word of the token, and so not compared.
    key_id: str = field(default="", compare=False)


class _Payload(Struct, array_like=True, forbid_unknown_fields=True):
    link_id: Annotated[str, Meta(min_length=1, max_length=64)]
    audience: Annotated[str, Meta(min_length=1, max_length=64)]
    expires_at: Annotated[int, Meta(ge=0, le=_LAST_SECOND)]


class TokenSigner:
    """Signs and verifies with the keys of a ring, and derives further secrets from them.

    All methods raise `KeyRingError` where the keys cannot be read.
    """

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    @property
    def ready(self) -> bool:
        """Whether the keys are in memory, so that no method does more than look at their file."""
        return self._keys.current

    def sign(self, link: Link) -> Secret:
        """Make the token of a link; its expiry is rounded down to a second."""
        prefix = INTERACTIVE if link.interactive else SHARED
        payload = _Payload(link.id, link.audience, int(link.expires_at.timestamp()))
        text = f"{prefix}.{_encode(msgspec.json.encode(payload))}"
        return Secret(_signer(prefix, self._keys.all()[-1]).sign(text).decode())

    def verify(self, token: Secret) -> Claims:
        """Return the claims of an authentic token; whether its time is over is not judged here.

        Raises `LinkNotFoundError`, always with the same words, for anything else.
        """
        text = token.reveal()
        match = _FORM.fullmatch(text) if len(text) <= MAX_LENGTH else None
        if match is None:
            raise _not_ours()
        signed, prefix, payload, signature = match.groups()
        # Python reads several spellings of the last character alike, and a token has one.
        if not (_is_canonical(payload) and _is_canonical(signature)):
            raise _not_ours()
        keys = reversed(self._keys.all())
        key = _found(k for k in keys if _signer(prefix, k).verify_signature(signed, signature))
        return _claims(prefix, payload, key.id)

    def derive(self, purpose: str, *parts: str, key_id: str) -> Secret:
        """Derive a secret of 256 bits, base64url, from one of the keys.

        It is the same for the same purpose, parts and key. Raises `LinkNotFoundError` for a key
        that was retired: what it signed is no link any more.
        """
        found = _found(key for key in self._keys.all() if key.id == key_id)
        origin = found.secret.reveal().encode()
        key = hmac.digest(origin, f"nb_presign.derive.{purpose}".encode(), "sha256")
        # With lengths, so that ("ab", "c") is not ("a", "bc").
        raw = [part.encode("utf-8", "surrogatepass") for part in parts]
        message = b"".join(len(part).to_bytes(8, "big") + part for part in raw)
        return Secret(_encode(hmac.digest(key, message, "sha256")))


def _signer(prefix: str, key: Key) -> Signer:
    # It compares with hmac.compare_digest (itsdangerous 2.2, SigningAlgorithm.verify_signature).
    return Signer(
        key.secret.reveal(),
        salt=f"nb_presign.token.{prefix}",
        key_derivation="hmac",
        digest_method=hashlib.sha256,
    )


def _found(keys: Iterable[Key]) -> Key:
    for key in keys:
        return key
    raise _not_ours()


def _claims(prefix: str, payload: str, key_id: str) -> Claims:
    try:
        found = msgspec.json.decode(_decode(payload), type=_Payload)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise _not_ours() from None
    return Claims(
        link_id=found.link_id,
        audience=found.audience,
        expires_at=datetime.fromtimestamp(found.expires_at, timezone.utc),
        interactive=prefix == INTERACTIVE,
        key_id=key_id,
    )


def _not_ours() -> LinkNotFoundError:
    return LinkNotFoundError("This is not a link of this server.", hint="Ask for a new one.")


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _is_canonical(text: str) -> bool:
    # One character over a multiple of four is no base64 at all.
    return len(text) % 4 != 1 and _encode(_decode(text)) == text
