"""Folders of a Jupyter server, sorted and bounded, for those who choose a notebook there."""

from __future__ import annotations

from dataclasses import replace

from nb_presign.errors import BadReferenceError, TargetNotFoundError
from nb_presign.model import Folder, FolderItem, FolderItemKind, Target, check_path
from nb_presign.providers.base import LocalItem, LocalServer

#: How many items a list has at most: who has more in one folder knows what they are called.
MOST = 1000


async def listed(local: LocalServer, provider: str, path: str) -> Folder:
    """List a folder of this server.

    Raises `BadReferenceError` for what is no path, `TargetNotFoundError` for no folder.
    """
    path = path.strip("/")
    check_path(path)
    found = await local.folder(path)
    if found is None:
        raise TargetNotFoundError(
            f"There is no folder {path[:80]!r} on the server {local.name!r}.",
            hint="Paths start at the server's root directory.",
            path=path,
        )
    items = [_item(item, path, local, provider) for item in found]
    named = sorted((item for item in items if item is not None), key=_order)
    return Folder(path=path, items=tuple(named[:MOST]), problems=_left_out(items, len(named)))


def known_as(folder: Folder, provider: str, server: str) -> Folder:
    """Write the targets in another server's folder with the name that it has here.

    Of what it says only the paths are believed.
    """
    items = tuple(
        replace(item, target=Target(provider, server, item.target.path)) for item in folder.items
    )
    return replace(folder, items=items)


def _item(item: LocalItem, folder: str, local: LocalServer, provider: str) -> FolderItem | None:
    """Make what is told of a file; None for one that no reference can name."""
    path = f"{folder}/{item.name}".lstrip("/")
    try:
        target = Target(provider, local.name, local.page_of(path))
    except BadReferenceError:
        return None
    return FolderItem(name=item.name, path=path, kind=item.kind, target=target)


def _order(item: FolderItem) -> tuple[bool, str, str]:
    return item.kind is FolderItemKind.NOTEBOOK, item.name.casefold(), item.name


def _left_out(items: list[FolderItem | None], named: int) -> tuple[str, ...]:
    """Say what is not listed, and why."""
    problems = []
    if named > MOST:
        problems.append(f"Only the first {MOST} of {named} are listed; type the path of any other.")
    if named < len(items):
        problems.append(f"Not listed, since no link can hold their names: {len(items) - named}.")
    return tuple(problems)
