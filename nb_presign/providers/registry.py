"""The providers that are installed: entry points `nb_presign.providers`, loaded on first use.

An entry point is a function of a `ProviderContext` that returns a `Provider`; its name is the
provider's. One that fails to load is listed as such, and stops no other.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property, partial
from importlib.metadata import EntryPoint, entry_points
from typing import TypeAlias

import msgspec

from nb_presign.errors import InputError, PresignError, UnknownProviderError
from nb_presign.model import TargetPage, TargetQuery
from nb_presign.providers.base import Provider
from nb_presign.providers.context import ProviderContext
from nb_presign.providers.self_hosted import directory_of
from nb_presign.providers.unusable import unusable

GROUP = "nb_presign.providers"
Factories: TypeAlias = Mapping[str, Callable[[], Provider]]


class ProviderRegistry:
    """Holds the providers in the order of their names."""

    def __init__(self, find: Callable[[], Factories]) -> None:
        self._find = find
        self._made: dict[str, Provider] = {}

    @cached_property
    def _factories(self) -> Factories:
        # At first use: looking through all installed packages takes a start's time.
        return dict(sorted(self._find().items()))

    @classmethod
    def load(cls, context: ProviderContext) -> ProviderRegistry:
        """Find the installed providers; none is imported yet."""
        if context.directory is None:
            context = replace(context, directory=directory_of(context))

        def find() -> Factories:
            points = entry_points(group=GROUP)
            return {point.name: partial(_load, point, context) for point in points}

        return cls(find)

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
        return name in self._factories

    def __getitem__(self, name: str) -> Provider:
        """Return a provider; raises `UnknownProviderError` with the nearest match."""
        if name not in self._factories:
            raise self._unknown(name)
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    async def targets(self, query: TargetQuery) -> TargetPage:
        """List a page of one provider's targets, or one with a page of each that is usable.

        A provider that fails while all are listed becomes a problem of the page.
        """
        if query.provider:
            return await self[query.provider].targets(query)
        cursors = (
            _read_cursors(query.cursor) if query.cursor else dict.fromkeys(self._factories, "")
        )
        asked = [replace(query, provider=name, cursor=cursors[name]) for name in cursors]
        pages = await asyncio.gather(*(self._try_to_list(each) for each in asked))
        more = {
            each.provider: page.cursor
            for each, page in zip(asked, pages, strict=True)
            if page.cursor
        }
        return TargetPage(
            items=tuple(item for page in pages for item in page.items),
            cursor=_write_cursors(more) if more else "",
            problems=tuple(problem for page in pages for problem in page.problems),
        )

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
            return self._factories[name]()
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


def _write_cursors(cursors: Mapping[str, str]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(cursors)).decode()


def _read_cursors(cursor: str) -> dict[str, str]:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor), type=dict[str, str])
    except (ValueError, msgspec.DecodeError) as error:
        raise InputError(
            "Not a cursor of this list.", hint="Start the list again without one."
        ) from error
