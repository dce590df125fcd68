"""Which kernels guests have started: those they may end. The owner's go on."""

from __future__ import annotations

import json
from typing import Any

from tornado.web import RequestHandler

from nb_presign.model import Session


class StartedKernels:
    """Remembers them by session, as long as they run."""

    def __init__(self) -> None:
        self._by_session: dict[str, set[str]] = {}

    def of(self, session: Session) -> frozenset[str]:
        """List the ids of the kernels that a guest's session has started."""
        return frozenset(self._by_session.get(session.id, ()))

    def all(self) -> frozenset[str]:
        """List the ids of all kernels that are remembered."""
        return frozenset().union(*self._by_session.values())

    def forget(self, gone: frozenset[str]) -> None:
        """Drop kernels that run no more: ids are never given twice."""
        left = ((session_id, ids - gone) for session_id, ids in self._by_session.items())
        self._by_session = {session_id: ids for session_id, ids in left if ids}

    def watch(self, handler: RequestHandler, session: Session, known: frozenset[str]) -> None:
        """Note the kernel that this one handler answers with, unless it ran already."""
        mine: Any = handler
        finish = handler.finish

        def noted(chunk: Any = None, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # tornado's signature
            if handler.get_status() in {200, 201}:
                kernel_id = _kernel_of(chunk)
                if kernel_id and kernel_id not in known:
                    self._by_session.setdefault(session.id, set()).add(kernel_id)
            return finish(chunk, *args, **kwargs)

        mine.finish = noted


def _kernel_of(answer: object) -> str:
    """Read the kernel's id from its model, or from that of a Jupyter session."""
    try:
        found = json.loads(answer) if isinstance(answer, (str, bytes)) else answer
    except ValueError:
        return ""
    if not isinstance(found, dict):
        return ""
    model = found.get("kernel", found)
    return str(model.get("id", "")) if isinstance(model, dict) else ""
