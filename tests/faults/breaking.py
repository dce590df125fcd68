"""An extension that breaks its server's nb_presign on purpose, one part at a time.

Loaded by the server's own Python, by the name of this file. `POST breaking/<part>` by the owner
makes a part raise whatever the body says, with an exception that quotes it, and `DELETE` mends it.
A part is named by where it hangs: `book.find` is a method of what guests' `Access` has as `book`.
"""

from __future__ import annotations

import sys
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "breaking"}]


def _load_jupyter_server_extension(app: Any) -> None:
    routes = [(url_path_join(app.base_url, r"breaking/([\w.]+)"), Break)]
    app.web_app.add_handlers(".*$", routes)


class Break(JupyterHandler):
    """Breaks and mends."""

    def check_xsrf_cookie(self) -> None:
        """Have tests need no pages."""

    @web.authenticated
    def post(self, part: str) -> None:
        text = self.request.body.decode()
        mended = self.settings.setdefault("breaking", {})
        owner, name = self._owner(part)

        def fail(*args: Any, **kwargs: Any) -> Any:
            raise RuntimeError(f"{text} {args} {kwargs}") from ValueError(text)

        mended[part] = getattr(owner, name)
        self._put(owner, name, fail)

    @web.authenticated
    def delete(self, part: str) -> None:
        owner, name = self._owner(part)
        self._put(owner, name, self.settings["breaking"].pop(part))

    def _owner(self, part: str) -> tuple[Any, str]:
        *path, name = part.split(".")
        roots = {
            "access": self.settings["nb_presign_access"],
            "runtime": self.settings["nb_presign"],
            "module": sys.modules["nb_presign.access.access"],
        }
        found = roots[path[0]]
        for each in path[1:]:
            found = getattr(found, each)
        return found, name

    def _put(self, owner: Any, name: str, value: Any) -> None:
        # Values are frozen and have slots: those are replaced in their class, as if it had a bug.
        try:
            object.__setattr__(owner, name, value)
        except AttributeError:
            setattr(type(owner), name, value)
