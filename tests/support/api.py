"""An upstream in memory, for what is built on `PresignApi` and needs no server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

from nb_presign.clock import Clock
from nb_presign.errors import LinkRevokedError
from nb_presign.model import Link, MintRequest, Scope, Target
from nb_presign.secret import Secret


@dataclass
class FakeApi:
    """Implements the parts of `PresignApi` that live links use."""

    clock: Clock
    lifetime: float = 300
    #: Errors that the next calls raise, first to last.
    errors: list[Exception] = field(default_factory=list)
    #: What was called: `refresh lnk_1`.
    calls: list[str] = field(default_factory=list)
    #: While cleared, calls do not answer.
    answering: asyncio.Event | None = None
    busy: int = 0
    most_busy: int = 0
    revoked: set[str] = field(default_factory=set)
    made: dict[str, Link] = field(default_factory=dict)
    requests: list[MintRequest] = field(default_factory=list)

    def link(self, **changes: object) -> Link:
        """Make a link as a mint would, at once."""
        number = len(self.made) + 1
        facts = {
            "id": f"lnk_{number}",
            "target": Target("jupyter", "b", "lab/tree/analysis.ipynb"),
            "created_at": self.clock.now(),
            "expires_at": self.clock.now() + timedelta(seconds=self.lifetime),
            "session_seconds": 43_200,
            "scope": Scope.EXECUTE,
            "audience": "srv_b",
            "url": Secret(f"https://b.example/nb-presign/redeem#nbp1.canary-{number}"),
            **changes,
        }
        link = Link(**facts)
        self.made[link.id] = link
        return link

    async def mint(self, request: MintRequest) -> Link:
        await self._answer("mint")
        self.requests.append(request)
        return self.link(target=request.target, interactive=request.interactive)

    async def refresh(self, link_id: str) -> Link:
        await self._answer(f"refresh {link_id}")
        before = self.made[link_id]
        if before.family in self.revoked:
            raise LinkRevokedError("The link was revoked.")
        return self.link(family=before.family, audience=before.audience)

    async def revoke(self, link_id: str) -> Link:
        await self._answer(f"revoke {link_id}")
        link = self.made[link_id]
        self.revoked.add(link.family)
        return replace(link, revoked_at=self.clock.now(), url=None)

    async def _answer(self, call: str) -> None:
        self.calls.append(call)
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        try:
            await asyncio.sleep(0)
            if self.answering is not None:
                await self.answering.wait()
            if self.errors:
                raise self.errors.pop(0)
        finally:
            self.busy -= 1
