"""The rules of the table: which paths, kernels, sessions and names a guest's request may hold.

A rule agrees or does not; what is not plainly what it looks like raises `BadPathError`, which the
gate takes for no.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from nb_presign.access.gate.ask import Ask
from nb_presign.access.gate.paths import BadPathError, decoded, plain, segment
from nb_presign.model import Scope

Rule: TypeAlias = Callable[[Ask], bool]

_ID = re.compile(r"\w+-\w+-\w+-\w+-\w+", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9@][\w@/.:-]*", re.ASCII)
#: How our package, its plugins and its events are called, whatever stands between the words.
_OURS = re.compile(r"nb[-_.]*presign", re.IGNORECASE)


def anything(ask: Ask) -> bool:
    """Agree: the row names no path."""
    del ask
    return True


def page(ask: Ask) -> bool:
    """Agree to a page of the front end if its path is plain; it holds nothing of the file."""
    ask.path()
    return True


def plain_url(ask: Ask) -> bool:
    """Agree if the whole of the URL is a plain path: what stands behind it is not known."""
    decoded(ask.below)
    return True


def file(ask: Ask) -> bool:
    """Agree to a path inside."""
    return ask.reach.holds(ask.path())


def listing(ask: Ask) -> bool:
    """Agree to what `file` does, and to directories that lead there."""
    path = ask.path()
    return ask.reach.holds(path) or ask.reach.leads_inside(path)


def write(ask: Ask) -> bool:
    """Agree if the path, and every path in the body, is inside; a write may also move and copy."""
    body = ask.json()
    # `ext` and `name` become parts of a file's name.
    for key in ("ext", "name"):
        segment(body.get(key) or "")
    if body.get("copy_from") and not ask.reach.holds_tree(plain(body["copy_from"])):
        return False
    named = [] if body.get("path") is None else [plain(body["path"])]
    return all(ask.reach.holds(each) for each in [ask.path(), *named])


def removal(ask: Ask) -> bool:
    """Agree to remove what is inside, and neither the root nor what a session is narrowed to."""
    path, own = ask.path(), ask.reach.narrowing
    return path not in {"", own.path if own else ""} and ask.reach.holds(path)


def path_argument(ask: Ask) -> bool:
    """Agree to a path inside that is named in the query."""
    path = ask.argument("path")
    return path is not None and ask.reach.holds(plain(path))


def resolved(ask: Ask) -> bool:
    """Agree to look for a relative path inside; in a kernel's own directory for `full` only.

    The handler takes absolute paths and `~` as well, and a kernel's directory may be anywhere.
    """
    path = ask.argument("path") or ""
    if path.startswith(("/", "~")) or not ask.reach.holds(plain(path)):
        return False
    return ask.argument("kernel") is None or (
        ask.scope is Scope.FULL and ask.reach.narrowing is None
    )


def document(ask: Ask) -> bool:
    """Agree to a file that is named by its id, or that of its fork, and is inside."""
    return bool(ask.file) and ask.reach.holds(plain(ask.file))


def document_or_none(ask: Ask) -> bool:
    """Agree to what `document` does; where nobody knows which it is, to who has the whole."""
    return document(ask) if ask.file else ask.reach.narrowing is None


def new_kernel(ask: Ask) -> bool:
    """Agree to start a kernel in a directory inside."""
    body = ask.json()
    _check_new_id(body.get("kernel_id"))
    return ask.reach.holds(plain(body.get("path") or ""))


def kernel(ask: Ask) -> bool:
    """Agree to a kernel that is reached."""
    return ask.reach.kernel(ask.groups.get("id"))


def kernel_end(ask: Ask) -> bool:
    """Agree to end a kernel that the guest has started, or for `full` any that is reached.

    Not one that somebody outside uses, too, nor the one that a session is narrowed to.
    """
    return _may_end(ask, ask.groups.get("id"))


def session(ask: Ask) -> bool:
    """Agree to a Jupyter session that is reached."""
    return ask.reach.session(ask.groups.get("id"))


def session_end(ask: Ask) -> bool:
    """Agree to end a Jupyter session, which ends its kernel, as `kernel_end` does."""
    return session(ask) and _may_end(ask, ask.reach.kernel_of(ask.groups.get("id")))


def new_session(ask: Ask) -> bool:
    """Agree to open a notebook inside, with a new kernel or one that is reached.

    A session that is narrowed to one notebook starts no kernel. One that is narrowed to a file may
    start its kernel under the name that front ends begin with.
    """
    wanted = _session_body(ask, begins=True)
    if wanted is None:
        return False
    if wanted.get("id") is None:
        return not ask.reach.one_notebook
    _check_new_id(wanted["id"])
    return ask.reach.kernel(wanted["id"])


def changed_session(ask: Ask) -> bool:
    """Agree to move a session inside, or to another kernel that is reached or new.

    The handler ends the kernel that it had, which the guest must be let to.
    """
    wanted = _session_body(ask)
    if wanted is None or not session(ask):
        return False
    if wanted.get("id") is None and wanted.get("name") is None:
        return True
    if ask.reach.one_notebook:
        return wanted.get("id") is not None and ask.reach.kernel(wanted["id"])
    old = ask.reach.kernel_of(ask.groups.get("id"))
    if old and wanted.get("id") == old:
        return True
    return _may_end(ask, old) and (wanted.get("id") is None or ask.reach.kernel(wanted["id"]))


def new_terminal(ask: Ask) -> bool:
    """Agree to open a terminal in a directory inside."""
    body = ask.json()
    cwd = body.get("cwd") or ""
    # Absolute ones are taken as they are, and what else stands in the body goes to the terminal.
    if str(cwd).startswith(("/", "~")) or set(body) - {"cwd", "name"}:
        return False
    return ask.reach.holds(plain(cwd))


def others_event(ask: Ask) -> bool:
    """Agree to log an event in any name but nb_presign's."""
    schema = ask.json().get("schema_id")
    return isinstance(schema, str) and not _OURS.search(schema)


def others_extension(ask: Ask) -> bool:
    """Agree to manage any extension or plugin but nb_presign's."""
    body = ask.json()
    names = [body[key] for key in ("extension_name", "plugin_name") if key in body]
    return bool(names) and all(
        isinstance(name, str) and _NAME.fullmatch(name) and not _OURS.search(name) for name in names
    )


def others_settings(ask: Ask) -> bool:
    """Agree to change the settings of any plugin but nb_presign's."""
    return not _OURS.search(ask.path())


def _may_end(ask: Ask, kernel_id: str | None) -> bool:
    reach = ask.reach
    own = ask.scope is Scope.FULL or kernel_id in reach.started
    return own and not reach.one_notebook and reach.only_kernel(kernel_id)


def _session_body(ask: Ask, *, begins: bool = False) -> dict[str, object] | None:
    """Return the wanted kernel of a body whose paths are all inside, and None for any other.

    `notebook.name` is a path: the handler prefers it to `notebook.path` (jupyter_server 2.21).
    `begins` also takes the name of a Jupyter session that begins, with a kernel that does.
    """
    body = ask.json()
    notebook, wanted = body.get("notebook") or {}, body.get("kernel") or {}
    if not isinstance(notebook, dict) or not isinstance(wanted, dict):
        return None
    plain(body.get("name") or "")
    named = (body.get("path"), notebook.get("path"), notebook.get("name"))
    paths = {plain(each) for each in named if each is not None}
    if begins and not notebook and wanted.get("id") is None and all(map(ask.reach.opens, paths)):
        return wanted
    return wanted if all(map(ask.reach.holds, paths)) else None


def _check_new_id(kernel_id: object) -> None:
    """Refuse an id that is none: a kernel that is not there is started under it, in a file's name.

    (`start_kernel`, jupyter_server 2.21)
    """
    if kernel_id is not None and not (isinstance(kernel_id, str) and _ID.fullmatch(kernel_id)):
        raise BadPathError
