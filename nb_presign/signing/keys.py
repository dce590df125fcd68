"""The key file: made once, shared by all servers of one user, read once by each.

Keys stand in it from oldest to newest. The newest signs and all verify, so that a key is changed
without ending links: add one at the end, restart the servers, and take the old one out when its
links are over.
"""

from __future__ import annotations

import os
import secrets
import shlex
import stat
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from nb_presign.errors import KeyRingError
from nb_presign.secret import Secret

_MAX_BYTES = 65_536
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
# A pipe in the file's place must not hang the server.
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)

#: 256 random bits, base64url without padding.
_Key = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{43}\Z")]


class _KeyFile(Struct, forbid_unknown_fields=True):
    keys: Annotated[list[_Key], Meta(min_length=1, max_length=100)]


class KeyRing:
    """Holds the signing keys of one file, oldest to newest.

    Making a ring does no I/O. Its first use reads the file, or makes it where there is none, and
    raises `KeyRingError` for one that cannot be read or trusted. What was read is kept: a file that
    vanishes later ends nothing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._keys: tuple[Secret, ...] = ()

    @property
    def loaded(self) -> bool:
        """Whether the keys have been read."""
        return bool(self._keys)

    def verifying_keys(self) -> tuple[Secret, ...]:
        """Return all keys, oldest to newest; at least one."""
        with self._lock:
            if not self._keys:
                self._keys = _load(self._path)
            return self._keys

    def signing_key(self) -> Secret:
        """Return the newest key."""
        return self.verifying_keys()[-1]


def _load(path: Path) -> tuple[Secret, ...]:
    try:
        if not os.path.lexists(path):
            _create(path)
        content = _read(path)
    except OSError as error:
        raise KeyRingError(
            f"The signing keys cannot be read: {error.strerror or type(error).__name__}.",
            hint=f"Check {path}: it must be a file of yours in a directory of yours.",
        ) from None
    try:
        found = msgspec.json.decode(content, type=_KeyFile)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        # Without the decoder's words: they may quote the file.
        raise KeyRingError(
            "The file of signing keys is damaged.",
            hint=f"Restore it, or end all links with: mv {_quoted(path)} {_quoted(path)}.damaged",
        ) from None
    return tuple(Secret(key) for key in found.keys)


def _create(path: Path) -> None:
    """Make the file, whole or not at all.

    Of two processes that do so at once one wins, and both then read the same keys.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = msgspec.json.encode(_KeyFile([secrets.token_urlsafe(32)]))
    handle, name = tempfile.mkstemp(prefix=path.name, suffix=".new", dir=path.parent)  # 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()


def _read(path: Path) -> bytes:
    _refuse_symlink(path)
    handle = os.open(path, os.O_RDONLY | _NO_FOLLOW | _NO_WAIT)
    with os.fdopen(handle, "rb") as file:
        _check(os.fstat(file.fileno()), path)
        return file.read(_MAX_BYTES + 1)


def _refuse_symlink(path: Path) -> None:
    # Told here for the sake of the message; the flag of `open` is what holds.
    if path.is_symlink():
        target = _quoted(path.parent / path.readlink())
        raise KeyRingError(
            "The file of signing keys is a symbolic link.",
            hint=f"Put the file itself there: cp --remove-destination {target} {_quoted(path)}",
        )


def _check(found: os.stat_result, path: Path) -> None:
    """Refuse what others could have written or read; permissions count where POSIX has them."""
    if not stat.S_ISREG(found.st_mode) or found.st_size > _MAX_BYTES:
        raise KeyRingError(
            "The file of signing keys is no ordinary file.", hint=f"Move it away: {path}."
        )
    if not hasattr(os, "geteuid"):
        return
    if found.st_uid != os.geteuid():
        raise KeyRingError(
            "The file of signing keys belongs to another user.",
            hint=f"Move it away, or take it over: sudo chown {os.geteuid()} {_quoted(path)}",
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise KeyRingError(
            "Other users can read or write the file of signing keys.",
            hint=f"If nobody has read it, run: chmod 600 {_quoted(path)}",
        )


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
