"""The seam between front doors and what mints: a service in the server, elsewhere a client."""

from __future__ import annotations

from typing import Protocol

from nb_presign.model import (
    Link,
    MintRequest,
    ProviderInfo,
    ServerInfo,
    Session,
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

    async def mint(self, request: MintRequest) -> Link:
        """Mint a link; the result has its URL."""
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
