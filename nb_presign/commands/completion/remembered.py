"""Remembers for a moment what could be completed: each Tab in a shell is a process of its own.

The file holds references, which are free of secrets, and is its owner's alone all the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nb_presign.clock import Clock
from nb_presign.errors import BadReferenceError
from nb_presign.reference import parse

KEEP = timedelta(seconds=30)
_NAME = "nb_presign-completion.json"
#: What decides whose targets are listed, besides the options: nobody is offered another's.
_WHOSE = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ENDPOINT_URL",
    "JUPYTER_CONFIG_DIR",
    "JPY_PARENT_PID",
)


class Memory:
    """Keeps lists of references in a file of Jupyter's runtime directory; never raises."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self._file = directory / _NAME
        self._clock = clock

    def recall(self, *where: str) -> tuple[str, ...] | None:
        """Return what was kept for a place less than `KEEP` ago."""
        kept = self._read().get(_key(where))
        return tuple(filter(_is_reference, kept["references"])) if kept else None

    def keep(self, references: Iterable[str], *where: str) -> None:
        """Keep what there is at a place."""
        until = (self._clock.now() + KEEP).isoformat()
        kept = {**self._read(), _key(where): {"until": until, "references": list(references)}}
        draft = self._file.with_name(f"{_NAME}.{secrets.token_hex(8)}")
        with suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(kept, file)
            draft.replace(self._file)

    def _read(self) -> dict[str, Any]:
        now = self._clock.now()
        try:
            kept = json.loads(self._file.read_text("utf-8"))
            return {
                key: {"until": one["until"], "references": [*map(str, one["references"])]}
                for key, one in kept.items()
                if now < datetime.fromisoformat(one["until"]) <= now + KEEP
            }
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return {}


def _key(where: Iterable[str]) -> str:
    """Name a place; as a hash, since the variables are nobody else's to read."""
    parts = [*where, *(os.environ.get(name, "") for name in _WHOSE)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _is_reference(text: str) -> bool:
    try:
        parse(text)
    except BadReferenceError:
        return False
    return text.isprintable()
