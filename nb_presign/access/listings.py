"""Lists for a narrowed session: what is not its one notebook is not in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, TypeAlias

from tornado.web import HTTPError, RequestHandler

from nb_presign.access.rules import leads_to
from nb_presign.model import Narrowing

Model: TypeAlias = dict[str, Any]


def narrow(handler: RequestHandler, narrowing: Narrowing, below: str) -> None:
    """Filter what this one handler answers if it lists; `below` is the path below the base URL."""
    keep = _filter_for(below)
    if keep is None or handler.request.method != "GET":
        return
    mine: Any = handler
    finish = handler.finish

    def narrowed(chunk: Any = None, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # tornado's signature
        if handler.get_status() == 200:  # noqa: PLR2004  # errors list nothing
            chunk = json.dumps(keep(_body(mine, chunk), narrowing))
        return finish(chunk, *args, **kwargs)

    mine.finish = narrowed


def _filter_for(below: str) -> Callable[[Any, Narrowing], Any] | None:
    if below == "api/sessions":
        return _sessions
    if below == "api/kernels":
        return _kernels
    if re.fullmatch(r"api/sessions/[\w-]+", below):
        return _one_session
    if re.match(r"api/contents(?!.*/checkpoints$)", below):
        return _contents
    return None


def _body(handler: Any, chunk: Any) -> Any:  # noqa: ANN401  # JSON is what it is
    """Take the whole answer, of which nothing has been sent yet."""
    if handler._headers_written:  # noqa: SLF001  # no other way to know
        raise HTTPError(500)
    if chunk is not None:
        handler.write(chunk)
    text = b"".join(handler._write_buffer)  # noqa: SLF001  # what `write` has collected
    handler._write_buffer = []  # noqa: SLF001
    return json.loads(text)


def _sessions(found: list[Model], narrowing: Narrowing) -> list[Model]:
    return [each for each in found if _is_own(each, narrowing)]


def _one_session(found: Model, narrowing: Narrowing) -> Model:
    if not _is_own(found, narrowing):
        raise HTTPError(404)
    return found


def _is_own(session: Model, narrowing: Narrowing) -> bool:
    kernel = session.get("kernel") or {}
    return session.get("path") == narrowing.path and kernel.get("id") == narrowing.kernel_id


def _kernels(found: list[Model], narrowing: Narrowing) -> list[Model]:
    return [each for each in found if narrowing.kernel_id and each["id"] == narrowing.kernel_id]


def _contents(found: Model, narrowing: Narrowing) -> Model:
    """Leave in a directory only the child that leads to the notebook."""
    content = found.get("content")
    if found.get("type") != "directory" or not isinstance(content, list):
        return found
    kept = [
        each
        for each in content
        if each.get("path") == narrowing.path or leads_to(each.get("path", ""), narrowing)
    ]
    return {**found, "content": kept}
