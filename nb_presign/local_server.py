"""The Jupyter server that this process is, as providers see it."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jupyter_core.utils import ensure_async
from tornado.web import HTTPError

from nb_presign.errors import UpstreamError
from nb_presign.model import FolderItemKind
from nb_presign.providers.base import LocalItem, NotebookSession
from nb_presign.settings import Settings, default_server_name, server_identity

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

#: JupyterLab (4.6, SessionContext) starts a session at such a name, and then tells the right one.
_PLACEHOLDER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: What the contents API calls the things that are listed.
_KINDS = {"directory": FolderItemKind.FOLDER, "notebook": FolderItemKind.NOTEBOOK}


class JupyterServer:
    """Implements `nb_presign.providers.base.LocalServer` on a running `ServerApp`."""

    def __init__(self, app: ServerApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    @cached_property
    def name(self) -> str:
        return self._settings.server_name or default_server_name(self._app.root_dir)

    @cached_property
    def id(self) -> str:
        return server_identity(
            self.name, self._app.root_dir, configured=bool(self._settings.server_name)
        )

    @property
    def url(self) -> str:
        """Address for browsers; asked late, since the port is known when the server listens."""
        if self._settings.public_url:
            return self._settings.public_url
        base = self._app.base_url.rstrip("/") + "/"
        # Built from the parts that are no secret: what a deployer shows may hold a token.
        shown = urlsplit(self._app.custom_display_url or self._app.connection_url)
        return f"{shown.scheme}://{shown.netloc.rpartition('@')[2]}{base}"

    async def sessions(self) -> tuple[NotebookSession, ...]:
        models = await ensure_async(self._app.session_manager.list_sessions())
        return tuple(_session(model) for model in models if model.get("type") == "notebook")

    async def exists(self, path: str) -> bool:
        contents: Any = self._app.contents_manager
        if await ensure_async(contents.file_exists(path)):
            return True
        return bool(await ensure_async(contents.dir_exists(path)))

    async def folder(self, path: str) -> tuple[LocalItem, ...] | None:
        if any(_is_hidden(name) for name in path.split("/")):
            return None
        contents: Any = self._app.contents_manager
        try:
            # On the loop, as Jupyter asks it: its events must not be sent from another thread.
            model = await ensure_async(contents.get(path, content=True, type="directory"))
        except HTTPError as error:
            if error.status_code in {400, 404}:
                return None
            raise _unlisted(path) from error
        except OSError as error:
            raise _unlisted(path) from error
        return tuple(
            LocalItem(str(item["name"]), _KINDS[item["type"]])
            for item in model["content"]
            # Also where the server shows hidden files: a link is for somebody else to read.
            if item["type"] in _KINDS and not _is_hidden(str(item["name"]))
        )

    def page_of(self, path: str) -> str:
        if self._has("jupyterlab"):
            return f"lab/tree/{path}".rstrip("/")
        if self._has("notebook"):
            page = "notebooks" if path.endswith(".ipynb") else "tree"
            return f"{page}/{path}".rstrip("/")
        return f"files/{path}"

    def _has(self, extension: str) -> bool:
        found = self._app.extension_manager.extensions.get(extension)
        return found is not None and found.enabled


def _is_hidden(name: str) -> bool:
    return name.startswith(".")


def _unlisted(path: str) -> UpstreamError:
    return UpstreamError(
        f"The folder {path[:80]!r} cannot be listed.",
        hint="The server's log says why. Type the path of the notebook instead.",
    )


def _session(model: dict[str, Any]) -> NotebookSession:
    kernel = model.get("kernel") or {}
    return NotebookSession(
        id=str(model["id"]),
        path=_path(str(model["path"]).strip("/"), str(model.get("name") or "")),
        kernel_id=str(kernel.get("id", "")),
        kernel_name=str(kernel.get("name", "")),
        kernel_state=str(kernel.get("execution_state", "unknown")),
    )


def _path(path: str, name: str) -> str:
    """Tell a notebook's path, also in the moment when only its folder and name are there."""
    folder, slash, last = path.rpartition("/")
    known = name and "/" not in name and _PLACEHOLDER.fullmatch(last)
    return f"{folder}{slash}{name}" if known else path
