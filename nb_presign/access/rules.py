"""The rules of the table: which paths, kernels and sessions a guest's request may name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from nb_presign.model import Narrowing

#: What no decoded path may hold: controls, backslashes, and an escape that a second decoding would
#: resolve.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]|%[0-9A-Fa-f]{2}")


@dataclass(frozen=True, slots=True)
class Ask:
    """What a guest asks for, as far as rules look at it."""

    #: Named groups of the row's pattern, as sent.
    groups: Mapping[str, str | None]
    body: bytes
    narrowing: Narrowing | None
    #: Root directory of the files, or empty where files are not in a file system.
    root: str


Rule: TypeAlias = Callable[[Ask], bool]


class _BadPathError(ValueError):
    """A path that is not plainly one."""


def anything(ask: Ask) -> bool:
    """Agree: the row names no path."""
    del ask
    return True


def page(ask: Ask) -> bool:
    """Agree to a page of the front end if its path is plain; pages hold no content of files."""
    try:
        _url_path(ask)
    except _BadPathError:
        return False
    return True


def file(ask: Ask) -> bool:
    """Agree to a path inside: of a narrowed session, its notebook only."""
    try:
        return _inside(ask, _url_path(ask))
    except _BadPathError:
        return False


def listing(ask: Ask) -> bool:
    """Agree to what `file` does, and to directories that lead to a narrowed notebook."""
    try:
        path = _url_path(ask)
        return leads_to(path, ask.narrowing) or _inside(ask, path)
    except _BadPathError:
        return False


def write(ask: Ask) -> bool:
    """Agree if the path, and every path in the body, is inside; a write may also move and copy."""
    try:
        path, body = _url_path(ask), _json(ask)
        named = [_plain(body[key]) for key in ("path", "copy_from") if body.get(key) is not None]
        return all(_inside(ask, each) for each in [path, *named])
    except _BadPathError:
        return False


def new_kernel(ask: Ask) -> bool:
    """Agree to start a kernel in a directory inside; a narrowed session has its one kernel."""
    try:
        body = _json(ask)
        path = _plain(body.get("path") or "")
    except _BadPathError:
        return False
    return ask.narrowing is None and _inside(ask, path)


def kernel(ask: Ask) -> bool:
    """Agree to any kernel, or of a narrowed session to its one."""
    return ask.narrowing is None or _is_kernel(ask.narrowing, ask.groups.get("id"))


def session(ask: Ask) -> bool:
    """Agree to any Jupyter session, or of a narrowed session to its one."""
    own = ask.narrowing
    return own is None or (bool(own.session_id) and ask.groups.get("id") == own.session_id)


def new_session(ask: Ask) -> bool:
    """Agree to open a notebook inside; a narrowed session's own, with its own kernel, only."""
    return _session_body(ask, may_omit_kernel=False)


def changed_session(ask: Ask) -> bool:
    """Agree to move a session inside or to another kernel; a narrowed session stays where it is."""
    return session(ask) and _session_body(ask, may_omit_kernel=True)


def leads_to(path: str, narrowing: Narrowing | None) -> bool:
    """Tell whether a directory lies on the way to a narrowed session's notebook."""
    if narrowing is None:
        return False
    parts = path.split("/") if path else []
    whole = narrowing.path.split("/")
    return len(parts) < len(whole) and whole[: len(parts)] == parts


def _session_body(ask: Ask, *, may_omit_kernel: bool) -> bool:
    try:
        body = _json(ask)
        notebook, wanted = body.get("notebook") or {}, body.get("kernel") or {}
        if not isinstance(notebook, dict) or not isinstance(wanted, dict):
            return False
        named = [each for each in (body.get("path"), notebook.get("path")) if each is not None]
        if not all(_inside(ask, _plain(each)) for each in named):
            return False
    except _BadPathError:
        return False
    if ask.narrowing is None:
        return True
    if not wanted:
        return may_omit_kernel
    return _is_kernel(ask.narrowing, wanted.get("id"))


def _is_kernel(narrowing: Narrowing, kernel_id: object) -> bool:
    return bool(narrowing.kernel_id) and kernel_id == narrowing.kernel_id


def _url_path(ask: Ask) -> str:
    """Decode the path once, as tornado does."""
    raw = ask.groups.get("path") or ""
    try:
        return _plain(unquote_to_bytes(raw).decode("utf-8", "strict"))
    except UnicodeDecodeError as error:
        raise _BadPathError from error


def _plain(path: object) -> str:
    """Take one slash from either end, and refuse what is not plainly a path below the root."""
    if not isinstance(path, str) or _FORBIDDEN.search(path):
        raise _BadPathError
    path = path.removeprefix("/").removesuffix("/")
    if path and {"", ".", ".."} & set(path.split("/")):
        raise _BadPathError
    return path


def _inside(ask: Ask, path: str) -> bool:
    if ask.narrowing is not None and path != ask.narrowing.path:
        return False
    if not ask.root:
        return True
    try:
        root = Path(ask.root).resolve()
        return (root / path).resolve().is_relative_to(root)
    except (OSError, ValueError, RuntimeError):
        return False


def _json(ask: Ask) -> dict[str, object]:
    """Read the body with the parser that the handlers use, so that both see the same."""
    text = ask.body.strip()
    if not text:
        return {}
    try:
        found = json.loads(text.decode("utf-8"))
    except ValueError as error:
        raise _BadPathError from error
    if not isinstance(found, dict):
        raise _BadPathError
    return found
