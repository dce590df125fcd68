"""The seam between front doors and what mints: a service in the server, elsewhere a client."""

from __future__ import annotations

from typing import Protocol

from nb_presign.model import (
    Finding,
    Folder,
    Link,
    MintRequest,
    ProviderInfo,
    ServerInfo,
    Session,
    Target,
    TargetInfo,
    TargetPage,
    TargetQuery,
)


class PresignApi(Protocol):
    """Everything an owner can do. All methods raise `PresignError` and nothing else."""

    async def server(self) -> ServerInfo:
        """Say which server answers."""
        ...

    async def providers(self) -> tuple[ProviderInfo, ...]:
        """List the providers, usable or not."""
        ...

    async def targets(self, query: TargetQuery) -> TargetPage:
        """List a page of targets."""
        ...

    async def target(self, target: Target) -> TargetInfo:
        """Look at one target: whether it can be opened now, and if not, whether it can be started.

        Raises `TargetNotFoundError` for one that is not there.
        """
        ...

    async def notebooks(self, target: Target, folder: str = "") -> Folder:
        """List the folders and notebooks in one folder on a target; its own path does not matter.

        Hidden files are left out. Raises `TargetNotFoundError` where there is no such folder, and
        `NotListableError` for a target whose files cannot be listed from here.
        """
        ...

    async def start(self, target: Target) -> TargetInfo:
        """Begin to start a stopped target, which may cost money; look at it until it is ready.

        One that is ready, or starting already, is left alone. Raises `NotStartableError`.
        """
        ...

    async def examine(
        self, query: TargetQuery, target: Target | None = None
    ) -> tuple[Finding, ...]:
        """Look step by step for what keeps one provider from minting; the first failure is last.

        `query` names the provider, and where to look; `target` what is to be opened. Mints nothing.
        """
        ...

    async def mint(self, request: MintRequest) -> Link:
        """Mint a link; the result has its URL."""
        ...

    async def report(self, link: Link) -> Link:
        """Keep the facts of a link that was minted elsewhere, with somebody's own credentials.

        Idempotent; its URL is not kept, nor sent. Returns the link as kept.
        Raises `ConflictError` for a link that only its own server may mint.
        """
        ...

    async def link(self, link_id: str) -> Link:
        """Look one link up, without its URL."""
        ...

    async def links(self) -> tuple[Link, ...]:
        """List the links of the last day and all live ones, newest first, without their URLs."""
        ...

    async def refresh(self, link_id: str) -> Link:
        """Mint the successor of a link on the same terms, with its URL; a revoked one has none."""
        ...

    async def revoke(self, link_id: str) -> Link:
        """End a link, its predecessors, successors and all their sessions; idempotent."""
        ...

    async def sessions(self) -> tuple[Session, ...]:
        """List the guests' sessions on this server, newest first."""
        ...

    async def end_session(self, session_id: str) -> Session:
        """End one guest's session."""
        ...

    async def end_sessions(self) -> tuple[Session, ...]:
        """End the sessions of all guests on this server; returns those that were live.

        Links stay as they are: who holds one that is live can open it again.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...
