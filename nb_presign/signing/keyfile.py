"""The key file: made once, shared by all servers of one user, changed as a whole or not at all.

::

    {"keys": [{"key": "<256 bits, base64url>", "created_at": "2030-01-02T03:04:05Z"}, …]}

Keys stand in it from oldest to newest. An entry may be the bare key: so the file was written before
it had times. A file that others could have read or written is refused.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shlex
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Struct

from nb_presign.errors import KeyRingError
from nb_presign.secret import Secret

MAX_KEYS = 100
_MAX_BYTES = 65_536
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
# A pipe in the file's place must not hang the server.
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
#: Where the next version of the file is written; under the lock of `rotation` only.
_NEXT = ".next"
#: How the files end that `create` makes; they are there for an instant.
_NEW = ".new"

#: What differs between two versions of the file, whatever was done to it.
Stamp: TypeAlias = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Key:
    """One signing key."""

    secret: Secret
    #: None: the file does not say.
    created_at: datetime | None = None

    @property
    def id(self) -> str:
        """The first 12 hex digits of its SHA-256; of 256 random bits that tells nobody anything."""
        return hashlib.sha256(self.secret.reveal().encode()).hexdigest()[:12]


def new_key(now: datetime) -> Key:
    """Draw a key."""
    return Key(Secret(secrets.token_urlsafe(32)), now)


class _Entry(Struct, forbid_unknown_fields=True, omit_defaults=True):
    key: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{43}\Z")]
    created_at: Annotated[datetime, Meta(tz=True)] | None = None


class _File(Struct, forbid_unknown_fields=True):
    keys: Annotated[
        list[Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{43}\Z")] | _Entry],
        Meta(min_length=1, max_length=MAX_KEYS),
    ]


def stamp(path: Path) -> Stamp | None:
    """Look at the file without reading it; None where there is none to be seen."""
    try:
        return _stamp(os.lstat(path))
    except OSError:
        return None


def read(path: Path) -> tuple[tuple[Key, ...], Stamp]:
    """Read the keys, oldest to newest, at least one, and the stamp of what was read.

    Raises `KeyRingError` for a file that cannot be read or trusted.
    """
    with told(path, "read"):
        _refuse_symlink(path)
        handle = os.open(path, os.O_RDONLY | _NO_FOLLOW | _NO_WAIT)
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(file.fileno())
            _check(found, path)
            content = file.read(_MAX_BYTES + 1)
    return _decode(content, path), _stamp(found)


def create(path: Path, now: datetime) -> bool:
    """Make the file with one key, whole or not at all; say whether it was made here.

    Of two processes that do so at once one wins, and both then read the same keys.
    """
    if os.path.lexists(path):
        return False
    with told(path, "made"):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=path.name, suffix=_NEW, dir=path.parent)  # 0600
        try:
            _write(handle, [new_key(now)])
            os.link(name, path)
        except (FileExistsError, FileNotFoundError):
            # Another was first, and may even have swept up ours.
            return False
        finally:
            Path(name).unlink(missing_ok=True)
        _sync_directory(path)
    return True


def replace(path: Path, keys: Sequence[Key]) -> None:
    """Put another version in the file's place, whole or not at all.

    For whoever holds the lock of `rotation`: two at once would forget what the other wrote.
    """
    following = path.with_name(path.name + _NEXT)
    with told(path, "changed"):
        # What a killed process left.
        following.unlink(missing_ok=True)
        for left in path.parent.glob(f"{path.name}?*{_NEW}"):
            left.unlink(missing_ok=True)
        handle = os.open(following, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW, 0o600)
        try:
            _write(handle, keys)
            following.replace(path)
        finally:
            following.unlink(missing_ok=True)
        _sync_directory(path)


@contextmanager
def told(path: Path, done: str) -> Iterator[None]:
    """Turn what the system says into a `KeyRingError`; `done` is what cannot be."""
    try:
        yield
    except OSError as error:
        raise KeyRingError(
            f"The signing keys cannot be {done}: {error.strerror or type(error).__name__}.",
            hint=f"Check {path}: it must be a file of yours in a directory of yours.",
        ) from None


def _write(handle: int, keys: Sequence[Key]) -> None:
    entries: list[str | _Entry] = [_Entry(key.secret.reveal(), key.created_at) for key in keys]
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(_File(entries)))
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    """Have the name last, too: a power cut must not bring a retired key back."""
    # Not every system opens directories.
    with suppress(OSError):
        handle = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _decode(content: bytes, path: Path) -> tuple[Key, ...]:
    try:
        found = msgspec.json.decode(content, type=_File)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        # Without the decoder's words: they may quote the file.
        raise KeyRingError(
            "The file of signing keys is damaged.",
            hint="Restore it, or end all links with: "
            f"mv {_quoted(path)} {_quoted(path)}.damaged && jupyter presign keys rotate",
        ) from None
    entries = (_Entry(one) if isinstance(one, str) else one for one in found.keys)
    return tuple(Key(Secret(entry.key), entry.created_at) for entry in entries)


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


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
