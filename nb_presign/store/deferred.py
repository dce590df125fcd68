"""A store that is made when it is first used: most servers start without anybody minting a link.

SQLAlchemy takes longer to import than all the rest of nb_presign.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, cast

from nb_presign.store.base import Store


def deferred(make: Callable[[], Store]) -> Store:
    """Return what stands for the store until its first use, and passes all calls on from then."""
    # It has every method of a Store, though not in a way that a type checker can see.
    return cast("Store", _Deferred(make))


def in_use(store: Store) -> bool:
    """Tell whether a deferred store was used yet; any other one is."""
    return not isinstance(store, _Deferred) or store.made


class _Deferred:
    def __init__(self, make: Callable[[], Store]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._store: Store | None = None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in Store.__dict__:
            raise AttributeError(name)

        def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # as the method that it stands for
            # Made here and not when the method is looked up: that is on the event loop.
            return getattr(self._made(), name)(*args, **kwargs)

        return call

    @property
    def made(self) -> bool:
        return self._store is not None

    def close(self) -> None:
        with self._lock:
            if self._store is not None:
                self._store.close()

    def _made(self) -> Store:
        with self._lock:
            if self._store is None:
                self._store = self._make()
            return self._store
