"""A provider that has two places, and remembers what was asked of it."""

from __future__ import annotations

from dataclasses import replace

from nb_presign.errors import TargetNotFoundError
from nb_presign.model import (
    BareTarget,
    Link,
    ProviderInfo,
    Target,
    TargetInfo,
    TargetPage,
    TargetQuery,
)
from nb_presign.model import TargetState as State
from nb_presign.policy import SELF_HOSTED, Bounds
from nb_presign.providers.base import Provider
from nb_presign.secret import Secret
from support.values import SERVER


class FakeProvider(Provider):
    """Knows the targets `one` and `two`; a link's URL is its id at example.org."""

    name = "fake"
    title = "Fake places"

    def __init__(self, *, usable: bool = True, names: tuple[str, ...] = ("one", "two")) -> None:
        self.usable = usable
        self.names = names
        #: Ids of links that were revoked at the upstream.
        self.revoked: list[str] = []
        #: Raised by every mint, if set.
        self.fails: Exception | None = None

    @property
    def bounds(self) -> Bounds:
        return SELF_HOSTED

    async def status(self) -> ProviderInfo:
        return ProviderInfo(name=self.name, title=self.title, usable=self.usable)

    async def targets(self, query: TargetQuery) -> TargetPage:
        del query
        found = [
            TargetInfo(target=Target(self.name, name), title=name, state=State.READY)
            for name in self.names
        ]
        return TargetPage(items=tuple(found))

    async def resolve(self, target: Target) -> Target:
        if target.id not in self.names:
            raise TargetNotFoundError(f"There is no {target.id!r}.")
        return target

    async def knows(self, bare: BareTarget) -> bool:
        return bare.id in self.names

    async def mint(self, draft: Link) -> Link:
        if self.fails:
            raise self.fails
        return replace(draft, audience=SERVER, url=Secret(f"https://example.org/{draft.id}"))

    async def revoke(self, link: Link) -> None:
        self.revoked.append(link.id)


class OtherProvider(FakeProvider):
    """Another provider that may know the same names."""

    name = "other"
    title = "Other places"


class LastingProvider(FakeProvider):
    """One whose upstream takes nothing back."""

    name = "lasting"
    title = "Lasting places"

    async def revoke(self, link: Link) -> None:
        await Provider.revoke(self, link)
