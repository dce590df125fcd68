"""Servers, providers, targets and the folders on them, on the wire."""

from __future__ import annotations

from msgspec import Struct

from nb_presign import reference
from nb_presign.model import (
    Finding,
    Folder,
    FolderItem,
    FolderItemKind,
    ProviderInfo,
    ServerInfo,
    TargetInfo,
    TargetPage,
    TargetState,
)
from nb_presign.wire.fields import Reference, read_target


class TargetOut(Struct):
    """One place that a link could open."""

    target: str
    provider: str
    title: str
    state: TargetState
    detail: str
    mend: str
    instance_type: str = ""
    startable: bool = False

    @classmethod
    def of(cls, info: TargetInfo) -> TargetOut:
        """Write a target down."""
        return cls(
            target=reference.format_reference(info.target),
            provider=info.target.provider,
            title=info.title,
            state=info.state,
            detail=info.detail,
            mend=info.mend,
            instance_type=info.instance_type,
            startable=info.startable,
        )

    def info(self) -> TargetInfo:
        """Read the target."""
        return TargetInfo(
            target=read_target(self.target),
            title=self.title,
            state=self.state,
            detail=self.detail,
            mend=self.mend,
            instance_type=self.instance_type,
            startable=self.startable,
        )


class TargetBody(Struct, forbid_unknown_fields=True):
    """What `POST api/target/start` takes."""

    target: Reference


class FolderItemOut(Struct):
    """One folder or notebook in a folder, and the reference that opens it."""

    name: str
    path: str
    kind: FolderItemKind
    reference: str

    @classmethod
    def of(cls, item: FolderItem) -> FolderItemOut:
        """Write an item down."""
        return cls(item.name, item.path, item.kind, reference.format_reference(item.target))

    def item(self) -> FolderItem:
        """Read the item."""
        target = read_target(self.reference)
        return FolderItem(name=self.name, path=self.path, kind=self.kind, target=target)


class FolderOut(Struct):
    """The folders and notebooks in one folder on a target."""

    folder: str
    items: list[FolderItemOut]
    problems: list[str]

    @classmethod
    def of(cls, folder: Folder) -> FolderOut:
        """Write a folder down."""
        items = [FolderItemOut.of(item) for item in folder.items]
        return cls(folder.path, items, list(folder.problems))

    def listing(self) -> Folder:
        """Read the folder."""
        return Folder(
            path=self.folder,
            items=tuple(item.item() for item in self.items),
            problems=tuple(self.problems),
        )


class FindingOut(Struct):
    """One thing that was looked at while looking for what is wrong."""

    name: str
    ok: bool
    message: str
    mend: str

    @classmethod
    def of(cls, found: Finding) -> FindingOut:
        """Write a finding down."""
        return cls(found.name, found.ok, found.message, found.mend)

    def finding(self) -> Finding:
        """Read the finding."""
        return Finding(name=self.name, ok=self.ok, message=self.message, mend=self.mend)


class TargetPageOut(Struct):
    """A page of targets; an empty cursor ends the list."""

    items: list[TargetOut]
    cursor: str
    problems: list[str]

    @classmethod
    def of(cls, page: TargetPage) -> TargetPageOut:
        """Write a page down."""
        return cls([TargetOut.of(info) for info in page.items], page.cursor, list(page.problems))

    def page(self) -> TargetPage:
        """Read the page."""
        return TargetPage(
            items=tuple(item.info() for item in self.items),
            cursor=self.cursor,
            problems=tuple(self.problems),
        )


class ProviderOut(Struct):
    """A provider, usable or not."""

    name: str
    title: str
    usable: bool
    reason: str
    mend: str
    configured: bool = True

    @classmethod
    def of(cls, info: ProviderInfo) -> ProviderOut:
        """Write a provider down."""
        return cls(info.name, info.title, info.usable, info.reason, info.mend, info.configured)

    def info(self) -> ProviderInfo:
        """Read the provider."""
        return ProviderInfo(
            name=self.name,
            title=self.title,
            usable=self.usable,
            reason=self.reason,
            mend=self.mend,
            configured=self.configured,
        )


class ServerOut(Struct):
    """The server that answers."""

    name: str
    id: str
    version: str
    self_hosted: bool
    reason: str = ""
    here: str = ""

    @classmethod
    def of(cls, info: ServerInfo) -> ServerOut:
        """Write a server down."""
        return cls(info.name, info.id, info.version, info.self_hosted, info.reason, info.here)

    def info(self) -> ServerInfo:
        """Read the server."""
        return ServerInfo(
            name=self.name,
            id=self.id,
            version=self.version,
            self_hosted=self.self_hosted,
            reason=self.reason,
            here=self.here,
        )
