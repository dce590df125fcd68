"""The contract of a provider, and what providers are given from above."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from nb_presign.api import PresignApi
from nb_presign.aws.place import Place
from nb_presign.errors import NotListableError, NotRevocableError, NotStartableError
from nb_presign.model import (
    BareTarget,
    Finding,
    Folder,
    FolderItemKind,
    Link,
    ProviderInfo,
    Target,
    TargetInfo,
    TargetPage,
    TargetQuery,
    TargetState,
)
from nb_presign.policy import Bounds
from nb_presign.secret import Secret


class Provider(ABC):
    """Knows one kind of place: finds its targets and mints its links.

    Methods raise `PresignError` only: foreign errors are translated here, at the border.
    """

    #: As written in references; unique.
    name: str
    #: As shown to people.
    title: str
    #: Whether links are minted with the credentials of whoever asks, so that a kernel does so by
    #: itself and tells its server afterwards; otherwise the server that owns the target mints.
    uses_own_credentials: bool = False
    #: Whether it takes part in lists of all providers' targets, and is asked for bare names;
    #: otherwise only who names it is told of its targets.
    listed: bool = True

    @property
    @abstractmethod
    def bounds(self) -> Bounds:
        """What this provider can grant."""

    @abstractmethod
    async def status(self) -> ProviderInfo:
        """Say whether it can be used here, and if not, why and what mends it; never raises."""

    @abstractmethod
    async def targets(self, query: TargetQuery) -> TargetPage:
        """List a page of targets."""

    @abstractmethod
    async def resolve(self, target: Target) -> Target:
        """Check that a target exists and can be opened; return it in canonical form.

        Raises `TargetNotFoundError` (naming the nearest matches), `TargetNotReadyError` or an
        `UpstreamError`.
        """

    def places(self, target: Target) -> tuple[Place, ...]:
        """Tell with whose credentials, and where, a target is looked for; asks nobody.

        Of one that `resolve` or `locate` returned the first is where it is.
        """
        return (Place(target.option("profile"), target.option("region")),)

    async def locate(self, target: Target) -> Target:
        """Say where a target is, whether it can be opened or not; raises what `resolve` does."""
        return target

    async def look(self, target: Target) -> TargetInfo:
        """Tell how a target is doing; one that resolves is ready. Raises what `resolve` does."""
        found = await self.resolve(target)
        return TargetInfo(target=found, title=found.id, state=TargetState.READY)

    async def notebooks(self, target: Target, folder: str) -> Folder:
        """List the folders and notebooks in one folder on a target, whose own path does not matter.

        Raises `NotListableError` where files cannot be listed, or what `resolve` does.
        """
        del folder
        raise NotListableError(
            f"The files on {target.provider}:{target.id} cannot be listed from here.",
            hint="Type the path of the notebook there.",
            target=target.id,
        )

    async def start(self, target: Target) -> TargetInfo:
        """Begin to start a stopped target, and return at once; one that is not stopped stays so."""
        raise NotStartableError(
            f"{self.title} cannot be started from here.",
            hint="Start it where it runs, and try again.",
            target=target.id,
        )

    async def examine(self, query: TargetQuery, target: Target | None) -> tuple[Finding, ...]:
        """Look step by step for what keeps it from minting; ends with the first failure."""
        del query, target
        return ()

    async def resolve_again(self, link: Link) -> Target:
        """Check that the target of a link can still be opened, before its successor is minted.

        A link knows more than its reference: `audience` tells servers of one name apart.
        """
        return await self.resolve(link.target)

    @abstractmethod
    async def knows(self, bare: BareTarget) -> bool:
        """Say whether a name, with its options, is one of its targets, without an expensive call.

        Its path does not matter: that there is no such file is minting's to say.
        """

    @abstractmethod
    async def mint(self, draft: Link) -> Link:
        """Make the URL of a link whose target is resolved and terms are agreed; return both.

        The result may differ in id, times and terms where the upstream decides these.
        """

    async def refresh(self, link: Link, draft: Link) -> Link:
        """Make the successor of `link`; `draft` is what a new mint would be given."""
        del link
        return await self.mint(draft)

    async def revoke(self, link: Link) -> None:
        """End a link at the upstream; a no-op where the store alone decides."""
        raise NotRevocableError(
            f"{self.title} cannot take back a link.",
            hint="It ends by itself when its time is over.",
            id=link.id,
        )


@dataclass(frozen=True, slots=True)
class NotebookSession:
    """One open notebook and its kernel, as in Jupyter's sessions API."""

    id: str
    #: Below the server's root directory.
    path: str
    kernel_id: str
    kernel_name: str
    #: `idle`, `busy`, `starting`, … as the kernel says.
    kernel_state: str


@dataclass(frozen=True, slots=True)
class LocalItem:
    """One folder or notebook among the files of this server."""

    name: str
    kind: FolderItemKind


class LocalServer(Protocol):
    """The Jupyter server that this process is, where it is one."""

    @property
    def name(self) -> str:
        """Stable name, unique among a person's servers."""
        ...

    @property
    def id(self) -> str:
        """Audience of the links that this server redeems."""
        ...

    @property
    def url(self) -> str:
        """Address for browsers with the base URL and a final slash; without any token."""
        ...

    async def sessions(self) -> tuple[NotebookSession, ...]:
        """List the open notebooks."""
        ...

    async def exists(self, path: str) -> bool:
        """Say whether there is a file or directory at a path below the root directory."""
        ...

    async def folder(self, path: str) -> tuple[LocalItem, ...] | None:
        """List the folders and notebooks in a folder below the root directory, in any order.

        Hidden ones are left out. None: there is no such folder, or it is hidden.
        """
        ...

    def page_of(self, path: str) -> str:
        """Tell on which page below the base URL a file is opened: `lab/tree/<path>` in Lab."""
        ...


class LinkSigner(Protocol):
    """Makes the tokens of self-hosted links."""

    @property
    def ready(self) -> bool:
        """Whether the keys are in memory, so that signing does not block."""
        ...

    def sign(self, link: Link) -> Secret:
        """Sign the id, audience and expiry of a link."""
        ...


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a Jupyter server answers, and the owner's token for it."""

    name: str
    #: With the base URL and a final slash.
    url: str
    token: Secret
    #: Shown to people: root directory or where the entry comes from.
    detail: str = ""
    #: Further names it can be called by, such as its port.
    aliases: tuple[str, ...] = ()


#: Opens the API of another server over HTTP; the caller closes what it gets.
Connect = Callable[[ServerAddress], PresignApi]
