"""What folders of a server hold, for tests."""

from __future__ import annotations

from nb_presign.model import FolderItemKind
from nb_presign.providers.base import LocalItem


def items(*names: str) -> tuple[LocalItem, ...]:
    """Make what is in a folder; names of folders end with a slash."""
    kinds = {True: FolderItemKind.FOLDER, False: FolderItemKind.NOTEBOOK}
    return tuple(LocalItem(name.rstrip("/"), kinds[name.endswith("/")]) for name in names)
