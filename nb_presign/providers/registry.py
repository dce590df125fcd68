"""The providers: those of AWS, and entry points `nb_presign.providers`; all made on first use.

An entry point is a function of a `ProviderContext` that returns a `Provider`; its name is the
provider's. One that fails to load is listed as such, and stops no other. Providers of AWS are found
without a look at entry points, which takes its time, and none can take their place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property, partial
from importlib.metadata import EntryPoint, entry_points
from typing import TypeAlias

from nb_presign.errors import PresignError, UnknownProviderError
from nb_presign.model import TargetPage, TargetQuery
from nb_presign.providers.aws.operations import NAMES
from nb_presign.providers.base import Provider
from nb_presign.providers.context import ProviderContext
from nb_presign.providers.merging import merged
from nb_presign.providers.self_hosted import directory_of
from nb_presign.providers.unusable import unusable

GROUP = "nb_presign.providers"
Factories: TypeAlias = Mapping[str, Callable[[], Provider]]


class ProviderRegistry:
    """Holds the providers in the order of their names."""

    def __init__(self, find: Callable[[], Factories], known: Factories | None = None) -> None:
        self._find = find
        #: Those that are there without a search.
        self._known = known or {}
        self._made: dict[str, Provider] = {}

    @cached_property
    def _factories(self) -> Factories:
        # At first use: looking through all installed packages takes a start's time.
        return dict(sorted({**self._find(), **self._known}.items()))

    @classmethod
    def load(cls, context: ProviderContext) -> ProviderRegistry:
        """Find the installed providers; none is imported yet."""
        if context.directory is None:
            context = replace(context, directory=directory_of(context))

        def find() -> Factories:
            points = entry_points(group=GROUP)
            return {point.name: partial(_load, point, context) for point in points}

        known = {name: partial(_make_aws, name, context) for name in NAMES}
        return cls(find, known if context.aws is not None else {})

    @classmethod
    def of(cls, providers: Iterable[Provider]) -> ProviderRegistry:
        """Hold providers that are made already."""
        made = {provider.name: partial(_itself, provider) for provider in providers}
        return cls(lambda: made)

    def __iter__(self) -> Iterator[Provider]:
        return (self[name] for name in self._factories)

    def __len__(self) -> int:
        return len(self._factories)

    def __contains__(self, name: object) -> bool:
        return name in self._known or name in self._factories

    def __getitem__(self, name: str) -> Provider:
        """Return a provider; raises `UnknownProviderError` with the nearest match."""
        if name not in self:
            raise self._unknown(name)
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    async def targets(self, query: TargetQuery) -> TargetPage:
        """List a page of one provider's targets, or one with a page of each that is usable.

        All are those that are listed unasked (`Provider.listed`). One of them that fails becomes a
        problem of the page.
        """
        if query.provider:
            return await self[query.provider].targets(query)
        listed = [provider.name for provider in self if provider.listed]
        return await merged(query, listed, self._try_to_list)

    async def _try_to_list(self, query: TargetQuery) -> TargetPage:
        provider = self[query.provider]
        if not (await provider.status()).usable:
            return TargetPage(items=())
        try:
            return await provider.targets(query)
        except PresignError as error:
            return TargetPage(items=(), problems=(f"{provider.title}: {error}",))

    def _make(self, name: str) -> Provider:
        try:
            return (self._known.get(name) or self._factories[name])()
        except Exception as error:  # noqa: BLE001  # foreign code may raise anything
            return unusable(name, error)

    def _unknown(self, name: str) -> UnknownProviderError:
        near = get_close_matches(name, self._factories, n=1, cutoff=0.5)
        meant = f"Did you mean {near[0]}? " if near else ""
        return UnknownProviderError(
            f"There is no provider {name[:40]!r}.",
            hint=f"{meant}There are: {', '.join(self._factories) or 'none'}.",
            matches=near,
        )


def _load(point: EntryPoint, context: ProviderContext) -> Provider:
    provider: Provider = point.load()(context)
    return provider


def _itself(provider: Provider) -> Provider:
    return provider


def _make_aws(name: str, context: ProviderContext) -> Provider:
    from nb_presign.providers.aws.provider import create  # noqa: PLC0415  # not before it is used

    return create(name, context)
