"""What a folder on a target holds, for those who choose a notebook there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from nb_presign.model.target import Target


class FolderItemKind(str, Enum):
    """What a link to a notebook leads through, or to."""

    FOLDER = "folder"
    NOTEBOOK = "notebook"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderItem:
    """One folder or notebook in a folder."""

    name: str
    #: Below the target's own root; no slash at either end.
    path: str
    kind: FolderItemKind
    #: What opens it, to be saved as a reference.
    target: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The folders and notebooks in one folder: folders first, then by name."""

    #: Below the target's own root; empty for that itself.
    path: str
    items: tuple[FolderItem, ...] = ()
    #: What is left out, as sentences.
    problems: tuple[str, ...] = ()
