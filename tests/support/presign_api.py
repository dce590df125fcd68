"""The whole of `PresignApi` in memory, for verbs and front doors that need no server."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from nb_presign.clock import Clock
from nb_presign.errors import (
    LinkNotFoundError,
    LinkRevokedError,
    PresignError,
    SessionNotFoundError,
    TargetNotFoundError,
    TargetNotReadyError,
    UnknownProviderError,
)
from nb_presign.model import (
    BareTarget,
    Finding,
    Folder,
    Link,
    MintRequest,
    ProviderInfo,
    Scope,
    ServerInfo,
    Session,
    Target,
    TargetInfo,
    TargetPage,
    TargetQuery,
    TargetState,
)
from nb_presign.secret import Secret

CANARY = "nbp1.canary"


def two_targets() -> list[TargetInfo]:
    return [
        TargetInfo(target=Target("jupyter", "b"), title="b", state=TargetState.READY, detail="/b"),
        TargetInfo(
            target=Target("session", "5e55", "lab/tree/a b.ipynb"),
            title="a b.ipynb",
            state=TargetState.READY,
            detail="idle",
        ),
    ]


def an_instance() -> TargetInfo:
    """Make a stopped target that costs money while it runs."""
    return TargetInfo(
        target=Target("sagemaker", "mine"),
        title="mine",
        state=TargetState.STOPPED,
        instance_type="ml.t3.medium",
        startable=True,
        mend="presign mint sagemaker:mine --start",
    )


def two_providers() -> list[ProviderInfo]:
    return [
        ProviderInfo(name="jupyter", title="Jupyter server", usable=True),
        ProviderInfo(name="session", title="Open notebook", usable=True),
    ]


@dataclass
class MemoryApi:
    """Implements `PresignApi`; pages have one target each."""

    clock: Clock
    info: ServerInfo = field(
        default_factory=lambda: ServerInfo(name="a", id="srv_a", version="9.9", self_hosted=True)
    )
    known: list[TargetInfo] = field(default_factory=two_targets)
    usable: list[ProviderInfo] = field(default_factory=two_providers)
    problems: tuple[str, ...] = ()
    minted: dict[str, Link] = field(default_factory=dict)
    guests: dict[str, Session] = field(default_factory=dict)
    requests: list[MintRequest] = field(default_factory=list)
    queries: list[TargetQuery] = field(default_factory=list)
    #: What a provider's examination finds, by its name.
    findings: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    #: What is in each folder of any target.
    folders: dict[str, Folder] = field(default_factory=dict)
    #: How targets are seen one look after another; the last one stays. Empty: as they are, and
    #: ready to be opened.
    states: list[TargetState] = field(default_factory=list)
    #: Facts that minted links have, besides.
    facts: dict[str, Any] = field(default_factory=dict)
    #: What a method raises, by its name.
    failing: dict[str, PresignError] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    closed: bool = False

    async def server(self) -> ServerInfo:
        self._called("server")
        return self.info

    async def providers(self) -> tuple[ProviderInfo, ...]:
        self._called("providers")
        return tuple(self.usable)

    async def targets(self, query: TargetQuery) -> TargetPage:
        self._called("targets")
        self.queries.append(query)
        if query.provider and query.provider not in {info.name for info in self.usable}:
            raise UnknownProviderError(f"Unknown provider {query.provider!r}.")
        mine = [i for i in self.known if query.provider in {"", i.target.provider}]
        at = int(query.cursor or 0)
        following = str(at + 1) if at + 1 < len(mine) else ""
        problems = () if following else self.problems
        return TargetPage(items=tuple(mine[at : at + 1]), cursor=following, problems=problems)

    async def target(self, target: Target) -> TargetInfo:
        self._called("target")
        info = self._find(target)
        if not self.states:
            return info
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return replace(info, state=state)

    async def notebooks(self, target: Target, folder: str = "") -> Folder:
        self._called(f"notebooks {target.id}/{folder}")
        return self.folders.get(folder, Folder(path=folder))

    async def start(self, target: Target) -> TargetInfo:
        self._called("start")
        return self._find(target)

    async def examine(
        self, query: TargetQuery, target: Target | None = None
    ) -> tuple[Finding, ...]:
        self._called(f"examine {target.id}" if target else "examine")
        self.queries.append(query)
        return self.findings.get(query.provider, ())

    async def report(self, link: Link) -> Link:
        self._called("report")
        self.minted[link.id] = replace(link, url=None, auth_token=None)
        return self.minted[link.id]

    async def mint(self, request: MintRequest) -> Link:
        self._called("mint")
        self.requests.append(request)
        if self.states and self.states[0] is not TargetState.READY:
            raise TargetNotReadyError("It is stopped.", hint="presign mint … --start")
        target = request.target
        now = self.clock.now()
        return self._keep(
            Link(
                id=self._id(),
                target=target.of("jupyter") if isinstance(target, BareTarget) else target,
                created_at=now,
                expires_at=now + timedelta(seconds=request.expires_in or 300),
                session_seconds=request.session_seconds or 43_200,
                scope=request.scope or Scope.READ,
                max_uses=request.max_uses,
                allowed_ips=request.allowed_ips,
                note=request.note,
                minted_by="owner:ada",
                interactive=request.interactive,
            )
        )

    async def link(self, link_id: str) -> Link:
        self._called("link")
        if link_id not in self.minted:
            raise LinkNotFoundError(f"There is no link {link_id!r}.")
        return self.minted[link_id]

    async def links(self) -> tuple[Link, ...]:
        self._called("links")
        return tuple(reversed(self.minted.values()))

    async def refresh(self, link_id: str) -> Link:
        before = await self.link(link_id)
        self._called("refresh")
        if before.revoked_at is not None:
            raise LinkRevokedError("It was revoked.", hint="Mint a new one.")
        now = self.clock.now()
        lifetime = before.expires_at - before.created_at
        return self._keep(replace(before, id=self._id(), created_at=now, expires_at=now + lifetime))

    async def revoke(self, link_id: str) -> Link:
        link = await self.link(link_id)
        self._called("revoke")
        self.minted[link_id] = replace(link, revoked_at=self.clock.now())
        return self.minted[link_id]

    async def sessions(self) -> tuple[Session, ...]:
        self._called("sessions")
        return tuple(reversed(self.guests.values()))

    async def end_sessions(self) -> tuple[Session, ...]:
        self._called("end_sessions")
        live = [s for s in self.guests.values() if s.ended_at is None]
        return tuple([await self.end_session(session.id) for session in live])

    async def end_session(self, session_id: str) -> Session:
        self._called("end_session")
        if session_id not in self.guests:
            raise SessionNotFoundError(f"There is no session {session_id!r}.")
        ended = replace(self.guests[session_id], ended_at=self.clock.now())
        self.guests[session_id] = ended
        return ended

    async def aclose(self) -> None:
        self.closed = True

    def _find(self, target: Target) -> TargetInfo:
        for info in self.known:
            if (info.target.provider, info.target.id) == (target.provider, target.id):
                return replace(info, target=target)
        raise TargetNotFoundError(f"There is no {target.id!r}.")

    def guest(self, link: Link, number: int = 1) -> Session:
        """Let a guest in, as redeeming would."""
        session = Session(
            id=f"ses_{number:016x}",
            link_id=link.id,
            family=link.family,
            target=link.target,
            scope=link.scope,
            audience="srv_a",
            created_at=self.clock.now(),
            expires_at=self.clock.now() + timedelta(seconds=link.session_seconds),
            address="192.0.2.7",
        )
        self.guests[session.id] = session
        return session

    def _id(self) -> str:
        # The first digit tells them apart, for abbreviated ids: lnk_a000…, lnk_b000….
        return "lnk_" + f"{len(self.minted) + 10:x}".ljust(16, "0")

    def _keep(self, link: Link) -> Link:
        link = replace(link, **self.facts)
        self.minted[link.id] = replace(link, auth_token=None)
        secret = Secret(f"https://b.example/nb-presign/redeem#{CANARY}-{len(self.minted)}")
        return replace(link, url=secret)

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if name in self.failing:
            raise self.failing[name]
