"""What botocore knows of the operations that are served here; loaded once, in a thread.

SageMaker's model is large, and most of it is about other operations: only what these need is kept.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from nb_presign.aws.botocore_types import OperationModel, ServiceModel
from nb_presign.offload import Offload
from nb_presign.reticence import keep_quiet


class Models:
    """The models of operations, by service and name."""

    def __init__(self, operations: Mapping[str, Iterable[str]]) -> None:
        """`operations` are names by service, as botocore calls it."""
        self._wanted = operations
        self._lock = threading.Lock()
        self._loading: asyncio.Future[None] | None = None
        self._loaded: dict[str, ServiceModel] = {}

    @property
    def ready(self) -> bool:
        """Whether nothing has to be waited for."""
        return len(self._loaded) == len(self._wanted)

    async def wait(self, offload: Offload) -> None:
        """Wait until they are loaded, in one thread however many wait."""
        if self.ready:
            return
        if self._loading is None:
            self._loading = asyncio.ensure_future(offload(self.load))
        try:
            # Shielded: who hangs up must not keep the others from having it.
            await asyncio.shield(self._loading)
        finally:
            if self._loading is not None and self._loading.done():
                self._loading = None

    def load(self) -> None:
        """Load all of them, and what signs; blocks for half a second the first time."""
        with self._lock:
            if self.ready:
                return
            keep_quiet()
            import botocore.auth  # type: ignore[import-untyped]  # noqa: F401, PLC0415  # so that no request waits for it
            from botocore.loaders import create_loader  # type: ignore[import-untyped]  # noqa: PLC0415
            from botocore.model import ServiceModel as Model  # type: ignore[import-untyped]  # noqa: PLC0415

            # Of its own: it keeps all that it has read. Nothing of the user's is read.
            loader = create_loader()
            loaded = {
                service: Model(
                    _part(loader.load_service_model(service, "service-2"), names), service
                )
                for service, names in self._wanted.items()
            }
            self._loaded.update(loaded)

    def operation(self, service: str, name: str) -> OperationModel:
        """Find the model of an operation that is served; `load` was called."""
        return self._loaded[service].operation_model(name)


def _part(model: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Take out of a service's model what some operations need."""
    operations = {name: model["operations"][name] for name in names}
    shapes: dict[str, Any] = {}
    waiting = list(_named(operations))
    while waiting:
        shape = waiting.pop()
        if shape not in shapes:
            shapes[shape] = model["shapes"][shape]
            waiting.extend(_named(shapes[shape]))
    return {"metadata": model["metadata"], "operations": operations, "shapes": shapes}


def _named(part: object) -> Iterator[str]:
    """Find the names of shapes in a part of a model."""
    if isinstance(part, Mapping):
        name = part.get("shape")
        if isinstance(name, str):
            yield name
        for each in part.values():
            yield from _named(each)
    elif isinstance(part, list):
        for each in cast("list[object]", part):
            yield from _named(each)
