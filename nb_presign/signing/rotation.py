"""Changes of the key file: a new key, and the end of old ones.

Running servers see both with the next token that they make or check. Whoever changes the file holds
the lock beside it, so that of two changes at once both survive; the system takes the lock from a
process that dies.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from nb_presign.errors import ConflictError, KeyRingError, NotFoundError
from nb_presign.signing import keyfile
from nb_presign.signing.keyfile import Key

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: Seconds between looks at a lock that another holds, and how many looks are enough.
_PAUSE = 0.05
_LOOKS = 200


def keys_of(path: Path) -> tuple[Key, ...]:
    """Read the keys, oldest to newest, and make none; empty where there is no file."""
    return keyfile.read(path)[0] if os.path.lexists(path) else ()


def rotate(path: Path, now: datetime) -> tuple[Key, ...]:
    """Add a key, which signs from now on; return all, oldest to newest.

    Makes the file where there is none. Raises `KeyRingError`, and `ConflictError` where there are
    too many keys.
    """
    with _alone(path):
        if keyfile.create(path, now):
            return keyfile.read(path)[0]
        keys, _ = keyfile.read(path)
        if len(keys) >= keyfile.MAX_KEYS:
            raise ConflictError(
                f"There are {len(keys)} signing keys, which is the most there can be.",
                hint="Take the old ones out: jupyter presign keys retire --all-but-newest",
            )
        keys = (*keys, keyfile.new_key(now))
        keyfile.replace(path, keys)
        return keys


def retire(path: Path, ids: Sequence[str]) -> tuple[Key, ...]:
    """Take keys out, all of those named or none; return what is left, oldest to newest.

    Raises `KeyRingError`, `NotFoundError` for an id that there is not, `ConflictError` for the key
    that signs.
    """
    if not os.path.lexists(path):
        raise NotFoundError(
            "There are no signing keys yet.", hint="The first link makes the first one."
        )
    with _alone(path):
        keys, _ = keyfile.read(path)
        _refuse(keys, ids)
        left = tuple(key for key in keys if key.id not in ids)
        if left != keys:
            keyfile.replace(path, left)
        return left


def _refuse(keys: Sequence[Key], ids: Sequence[str]) -> None:
    if unknown := set(ids) - {key.id for key in keys}:
        raise NotFoundError(
            f"There is no signing key {min(unknown)[:60]!r}.", hint="See 'presign keys list'."
        )
    if keys[-1].id in ids:
        raise ConflictError(
            f"The key {keys[-1].id} signs new links, and cannot be retired.",
            hint="Have another take its place first: jupyter presign keys rotate",
        )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock; raises `KeyRingError` where another does not let go of it."""
    if fcntl is None:
        raise KeyRingError(
            "This system has no locks for files, so the keys cannot be changed safely.",
            hint=f"Stop all servers, then edit {path}.",
        )
    with keyfile.told(path, "changed"):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # It stays: who removes it may remove another's.
        name = path.with_name(path.name + ".lock")
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        handle = os.open(name, flags, 0o600)
    try:
        _wait_for(handle)
        yield
    finally:
        os.close(handle)


def _wait_for(handle: int) -> None:
    for _ in range(_LOOKS):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # noqa: PERF203  # that is what is waited for
            # Nothing tells when a lock is free, and a wait for it has no end.
            time.sleep(_PAUSE)
        else:
            return
    raise KeyRingError(
        "Another process has been changing the signing keys for some time.",
        hint="See what hangs: pgrep -af 'presign keys'",
    )
