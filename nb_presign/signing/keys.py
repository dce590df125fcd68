"""The keys in memory: the newest signs, all verify, and a changed file is noticed at once.

So keys are changed while servers run: `rotation` adds one at the end, and takes old ones out when
their links are over.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

from nb_presign.clock import Clock, SystemClock
from nb_presign.errors import KeyRingError
from nb_presign.secret import Secret
from nb_presign.signing import keyfile
from nb_presign.signing.keyfile import Key, Stamp


class KeyRing:
    """Holds the signing keys of one file, oldest to newest.

    Making a ring does no I/O. Its first use reads the file, or makes it where there is none, and
    raises `KeyRingError` for one that cannot be read or trusted. Each further use looks at the file
    (one `lstat`) and reads it again when it is another: a key that was retired verifies nothing
    from then on. A file that vanishes, or cannot be read any more, ends nothing: what was read last
    is kept, and the file looked for at each use.
    """

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self._path = path
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._keys: tuple[Key, ...] = ()
        self._stamp: Stamp | None = None

    @property
    def current(self) -> bool:
        """Whether the keys in memory are those of the file, so that the next use reads nothing."""
        return bool(self._keys) and keyfile.stamp(self._path) in {None, self._stamp}

    def all(self) -> tuple[Key, ...]:
        """Return all keys, oldest to newest; at least one."""
        with self._lock:
            if not self.current:
                self._read()
            return self._keys

    def known(self) -> tuple[Key, ...]:
        """Return the keys that there are, oldest to newest; makes none, never raises."""
        with self._lock:
            if not self.current:
                with suppress(KeyRingError):
                    self._keys, self._stamp = keyfile.read(self._path)
            return self._keys

    def verifying_keys(self) -> tuple[Secret, ...]:
        """Return the secrets of all keys, oldest to newest; at least one."""
        return tuple(key.secret for key in self.all())

    def signing_key(self) -> Secret:
        """Return the newest key's secret."""
        return self.all()[-1].secret

    def _read(self) -> None:
        try:
            if not self._keys:
                keyfile.create(self._path, self._clock.now())
            self._keys, self._stamp = keyfile.read(self._path)
        except KeyRingError:
            if not self._keys:
                raise
