"""What answers list: for guests nothing that is outside, and for those who read nothing to write.

A directory shows no symbolic link that leads out of it, a narrowed session nothing but what is
inside or leads there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, TypeAlias

from tornado.web import HTTPError, RequestHandler

from nb_presign.access.gate.reach import Reach
from nb_presign.model import Scope, Session

Model: TypeAlias = dict[str, Any]
_Filter: TypeAlias = Callable[[Any], Any]

_CONTENTS = re.compile(r"api/contents(?!.*/checkpoints$)")


def hold(handler: RequestHandler, session: Session, reach: Reach, below: str) -> None:
    """Filter what this one handler answers if it lists; `below` is the path below the base URL."""
    if handler.request.method != "GET":
        return
    if _CONTENTS.match(below):
        _filter_contents(handler, _Contents(session, reach))
    elif session.narrowing is not None and below == "api/sessions":
        _filter_answer(handler, lambda found: [x for x in found if reach.session(x["id"])])
    elif session.narrowing is not None and below == "api/kernels":
        _filter_answer(handler, lambda found: [x for x in found if reach.kernel(x["id"])])


class _Contents:
    """Filters the model of a file or directory, and says what the guest may not write."""

    def __init__(self, session: Session, reach: Reach) -> None:
        self._reads = session.scope is Scope.READ
        self._reach = reach

    def __call__(self, found: Model) -> Model:
        content = found.get("content")
        if found.get("type") != "directory" or not isinstance(content, list):
            return self._marked(found)
        kept = [self._marked(each) for each in content if self._reach.lists(each.get("path"))]
        return {**self._marked(found), "content": kept}

    def _marked(self, found: Model) -> Model:
        writable = not self._reads and self._reach.names(str(found.get("path", "")).strip("/"))
        return found if writable else {**found, "writable": False}


def _filter_contents(handler: RequestHandler, keep: _Filter) -> None:
    """Filter a model before it is written, which spares reading a large notebook again."""
    mine: Any = handler
    finish_model = getattr(mine, "_finish_model", None)
    if finish_model is None:
        _filter_answer(handler, keep)
        return
    mine._finish_model = lambda model, *args, **names: finish_model(keep(model), *args, **names)  # noqa: SLF001  # jupyter_server 2.21's own; without it the answer is read


def _filter_answer(handler: RequestHandler, keep: _Filter) -> None:
    mine: Any = handler
    finish = handler.finish

    def filtered(chunk: Any = None, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # tornado's signature
        if handler.get_status() == 200:  # noqa: PLR2004  # errors list nothing
            chunk = json.dumps(keep(_body(mine, chunk)))
        return finish(chunk, *args, **kwargs)

    mine.finish = filtered


def _body(handler: Any, chunk: Any) -> Any:  # noqa: ANN401  # JSON is what it is
    """Take the whole answer, of which nothing has been sent yet."""
    if handler._headers_written:  # noqa: SLF001  # no other way to know
        raise HTTPError(500)
    if chunk is not None:
        handler.write(chunk)
    text = b"".join(handler._write_buffer)  # noqa: SLF001  # what `write` has collected
    handler._write_buffer = []  # noqa: SLF001
    return json.loads(text)
