"""What stands in the list for a provider that could not be loaded."""

from __future__ import annotations

from typing import NoReturn

from nb_presign.errors import UnavailableError
from nb_presign.model import BareTarget, Link, ProviderInfo, Target, TargetPage, TargetQuery
from nb_presign.policy import SELF_HOSTED, Bounds
from nb_presign.providers.base import Provider


class UnusableProvider(Provider):
    """Tells why it is none, and refuses everything else with `UnavailableError`."""

    #: Why, as a sentence; set by `unusable`.
    reason = ""

    @property
    def bounds(self) -> Bounds:
        # Any will do: `resolve` refuses before they matter.
        return SELF_HOSTED

    async def status(self) -> ProviderInfo:
        return ProviderInfo(
            name=self.name, title=self.title, usable=False, reason=self.reason, mend=self._mend()
        )

    async def knows(self, bare: BareTarget) -> bool:
        del bare
        return False

    async def targets(self, query: TargetQuery) -> TargetPage:
        del query
        self._refuse()

    async def resolve(self, target: Target) -> Target:
        del target
        self._refuse()

    async def mint(self, draft: Link) -> Link:
        del draft
        self._refuse()

    def _mend(self) -> str:
        return f"Install or update the package that brings the provider {self.name!r}."

    def _refuse(self) -> NoReturn:
        raise UnavailableError(self.reason, hint=self._mend(), provider=self.name)


def unusable(name: str, error: Exception) -> Provider:
    """Make the stand-in for the provider `name`, whose loading raised `error`."""
    # An import error names a module; the text of any other might hold a setting.
    what = f": {error}" if isinstance(error, ImportError) else ""
    reason = f"The provider {name!r} could not be loaded ({type(error).__name__}{what})."[:300]
    # `name` and `title` belong to a provider's class, so that each stand-in has one of its own.
    made = type(
        "UnusableProvider", (UnusableProvider,), {"name": name, "title": name, "reason": reason}
    )
    provider: Provider = made()
    return provider
