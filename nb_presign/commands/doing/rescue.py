"""Saves the secrets of access keys before the signing key goes that they are encrypted with.

For the store that configuration files name; a running server does the same for its own, by
`nb_presign.resealing`.
"""

from __future__ import annotations

from collections.abc import Iterable

from nb_presign.clock import Clock
from nb_presign.commands.doing.configured import has_store, read_settings
from nb_presign.errors import PresignError
from nb_presign.signing.keyfile import Key

_KNOWN = (
    "Access keys go on. If others may know a retired key and have read the store, revoke these, "
    "too: see 'presign aws-keys list'."
)
_LOST = (
    "Secrets of access keys could not be saved: {} Those that were encrypted with the retired keys "
    "are no good any more; make others: presign aws-keys create"
)


class Rescue:
    """Encrypts anew what was encrypted with keys that go; to be done before they do, and after.

    After, because another process may have made an access key in between. Never raises: to retire
    a key must work whatever else is broken.
    """

    def __init__(self, keys: tuple[Key, ...], ids: Iterable[str], clock: Clock) -> None:
        """`keys` are all there are, `ids` those that go."""
        self._keys, self._ids, self._clock = keys, frozenset(ids), clock
        self._saved = 0
        self._problem = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of it."""
        if self._problem:
            return (_LOST.format(self._problem),)
        return (_KNOWN,) if self._saved else ()

    def do(self) -> None:
        """Encrypt anew whatever there is; blocks."""
        if not self._ids:
            return
        try:
            self._reseal()
        except PresignError as error:
            self._problem = error.message

    def _reseal(self) -> None:
        settings = read_settings()
        if not has_store(settings):
            return
        from nb_presign.bootstrap import kept_access_keys  # noqa: PLC0415  # only where there is one
        from nb_presign.signing.sealing import HeldKeys, Sealer  # noqa: PLC0415

        with kept_access_keys(settings, self._clock) as access_keys:
            self._saved += access_keys.reseal(Sealer(HeldKeys(self._keys)), self._ids)
