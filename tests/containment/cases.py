"""What guests ask for, who of them may have it, and what it changes.

The table as people would say it: written without looking at the gate's own, and compared with what
really happens.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from nb_presign.model import Narrowing, Scope

#: Of each guest: their scope, and whether they are narrowed to the directory `pub`, or to one
#: notebook with its kernel.
GUESTS: dict[str, tuple[Scope, str]] = {
    "read": (Scope.READ, ""),
    "execute": (Scope.EXECUTE, ""),
    "full": (Scope.FULL, ""),
    "read pub": (Scope.READ, "pub"),
    "execute pub": (Scope.EXECUTE, "pub"),
    "full pub": (Scope.FULL, "pub"),
    "read notebook": (Scope.READ, "notebook"),
    "execute notebook": (Scope.EXECUTE, "notebook"),
}

NOBODY: frozenset[str] = frozenset()
FULL = frozenset({"full"})
EXECUTE = FULL | {"execute"}
#: Who may remove what is below `pub`.
FULL_IN_PUB = FULL | {"full pub"}
#: Who may write below `pub`; who may write the notebook `pub/own.ipynb`.
IN_PUB = EXECUTE | {"execute pub", "full pub"}
OWN = IN_PUB | {"execute notebook"}


def narrowing(kind: str, names: dict[str, str]) -> Narrowing | None:
    """Make what a guest of `GUESTS` is narrowed to."""
    if kind == "notebook":
        return Narrowing("pub/own.ipynb", names["own_kernel"], names["own_session"])
    return Narrowing(kind) if kind else None


@dataclass(frozen=True, slots=True)
class Case:
    """One request; `{name}` in path and body stands for something on the stage."""

    method: str
    path: str
    #: What it changes, by the names of a snapshot's parts; empty if it only reads.
    changes: frozenset[str] = NOBODY
    #: Whose requests have that effect.
    who: frozenset[str] = NOBODY
    body: Any = field(default=None, hash=False)
    #: Asks for a WebSocket.
    socket: bool = False
    #: Why the effect is not brought about: it would leave this machine, or take too long.
    only_refused: str = ""

    def __str__(self) -> str:
        body = "" if self.body is None else f" {json.dumps(self.body)[:60]}"
        return f"{self.method} {self.path}{body}"

    def filled(self, names: dict[str, str]) -> tuple[str, bytes]:
        """Write path and body with what the names stand for."""
        path, body = self.path, b"" if self.body is None else json.dumps(self.body).encode()
        for name, value in names.items():
            path = path.replace(f"{{{name}}}", value)
            body = body.replace(f"{{{name}}}".encode(), value.encode())
        return path, body


def _write(
    methods: str,
    path: str,
    changes: str,
    who: frozenset[str],
    body: Any = None,
    *,
    only_refused: str = "",
) -> tuple[Case, ...]:
    parts = frozenset(changes.replace("_", " ").split("+"))
    return tuple(
        Case(method, path, parts, who, body, only_refused=only_refused)
        for method in methods.split()
    )


def _read(methods: str, *paths: str, body: Any = None, socket: bool = False) -> tuple[Case, ...]:
    return tuple(
        Case(method, path, body=body, socket=socket) for path in paths for method in methods.split()
    )


#: Facts of a link to AWS, as a kernel of the owner's tells its server of one.
_TOLD = {
    "id": "lnk_00000000000000aa",
    "target": "sagemaker:mine",
    "provider": "sagemaker",
    "created_at": "2030-01-02T03:04:05Z",
    "expires_at": "2030-01-02T03:09:05Z",
    "session_seconds": 43_200,
    "scope": "full",
    "state": "live",
    "max_uses": None,
    "uses": 0,
    "allowed_ips": [],
    "note": "",
    "minted_by": "local:owner",
    "revoked_at": None,
    "family": "lnk_00000000000000aa",
    "audience": "",
    "narrowing": None,
    "interactive": False,
    "bind_ip": False,
}
_TEXT = {"type": "file", "format": "text", "content": "written by a guest"}
_NOTEBOOK = {
    "type": "notebook",
    "format": "json",
    "content": {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5},
}
_PYTHON = {"name": "python3"}
_INNER, _OTHER = {"id": "{inner_kernel}"}, {"id": "{other_kernel}"}
_INNER_SESSION, _OTHER_SESSION = "/api/sessions/{inner_session}", "/api/sessions/{other_session}"
_NEW = "sessions+kernels+processes"
_CHECKPOINT = "checkpoints/checkpoint"
_THEME = {"raw": '{"theme": "JupyterLab Dark"}'}
_SPACE = {"data": {}, "metadata": {"id": "w"}}
_WIDGETS = "@jupyter-widgets/jupyterlab-manager"
_THEMES = "lab/api/settings/@jupyterlab/apputils-extension:themes"


def _session(path: str, kernel: Any) -> dict[str, Any]:
    name = path.rpartition("/")[2]
    return {"path": path, "type": "notebook", "name": name, "kernel": kernel}


WRITES: tuple[Case, ...] = (
    # Files: in the directory, of the notebook, elsewhere.
    *_write("PUT", "/api/contents/pub/notes.txt", "files", IN_PUB, _TEXT),
    *_write("PUT", "/api/contents/pub/new.txt", "files", IN_PUB, _TEXT),
    *_write("PUT", "/api/contents/pub/sub/new.txt", "files", IN_PUB, _TEXT),
    *_write("PUT", "/api/contents/pub/own.ipynb", "files", OWN, _NOTEBOOK),
    *_write("PUT", "/api/contents/priv/notes.txt", "files", EXECUTE, _TEXT),
    *_write("PUT", "/api/contents/new.txt", "files", EXECUTE, _TEXT),
    *_write("PUT", "/api/contents/pub2/secret.txt", "files", EXECUTE, _TEXT),
    *_write("PUT", "/api/contents/PUB/secret.txt", "files", EXECUTE, _TEXT),
    *_write("PUT", "/api/contents/pub/alias.txt", "files", EXECUTE, _TEXT),
    *_write("PUT", "/api/contents/pub/link/notes.txt", "files", EXECUTE, _TEXT),
    *_write("PUT", "/api/contents/pub/escape/new.txt", "outside", NOBODY, _TEXT),
    *_write("PUT", "/api/contents/escape/secret.txt", "outside", NOBODY, _TEXT),
    *_write("POST", "/api/contents/pub", "files", IN_PUB, {"type": "file", "ext": ".txt"}),
    *_write("POST", "/api/contents/pub", "files", IN_PUB, {"copy_from": "pub/notes.txt"}),
    *_write("POST", "/api/contents/pub", "files", EXECUTE, {"copy_from": "priv/secret.txt"}),
    *_write("POST", "/api/contents/pub", "files", NOBODY, {"copy_from": "escape/secret.txt"}),
    *_write("POST", "/api/contents/priv", "files", EXECUTE, {"copy_from": "pub/notes.txt"}),
    *_write("POST", "/api/contents", "files", EXECUTE, {"type": "notebook"}),
    *_write("PATCH", "/api/contents/pub/notes.txt", "files", IN_PUB, {"path": "pub/named.txt"}),
    *_write("PATCH", "/api/contents/pub/notes.txt", "files", EXECUTE, {"path": "priv/named.txt"}),
    *_write("PATCH", "/api/contents/priv/notes.txt", "files", EXECUTE, {"path": "pub/named.txt"}),
    *_write(
        "PATCH", "/api/contents/pub/notes.txt", "files+outside", NOBODY, {"path": "escape/n.txt"}
    ),
    *_write("DELETE", "/api/contents/pub/doomed.txt", "files", FULL_IN_PUB),
    *_write("DELETE", "/api/contents/priv/doomed.txt", "files", FULL),
    *_write("DELETE", "/api/contents/escape/secret.txt", "outside", NOBODY),
    *_write("POST", "/api/contents/pub/notes.txt/checkpoints", "files", IN_PUB),
    *_write("POST", "/api/contents/pub/own.ipynb/checkpoints", "files", OWN),
    *_write("POST", "/api/contents/priv/notes.txt/checkpoints", "files", EXECUTE),
    *_write("POST", f"/api/contents/pub/notes.txt/{_CHECKPOINT}", "files", IN_PUB),
    *_write("POST", f"/api/contents/priv/notes.txt/{_CHECKPOINT}", "files", EXECUTE),
    *_write("DELETE", f"/api/contents/pub/notes.txt/{_CHECKPOINT}", "files", IN_PUB),
    *_write("DELETE", f"/api/contents/priv/notes.txt/{_CHECKPOINT}", "files", EXECUTE),
    *_write("POST", "/api/contents/pub/other.ipynb/trust", "signatures", FULL),
    *_write("POST", "/api/contents/priv/secret.ipynb/trust", "signatures", FULL),
    # Kernels and sessions. Of those that run already, who executes ends none.
    *_write("POST", "/api/kernels", "kernels+processes", EXECUTE, _PYTHON),
    *_write("POST", "/api/kernels", "kernels+processes", EXECUTE, {**_PYTHON, "path": "pub"}),
    *_write("POST", "/api/kernels", "kernels+processes", EXECUTE, {**_PYTHON, "path": "priv"}),
    *_write("POST", "/api/kernels/{own_kernel}/restart", "processes", OWN),
    *_write("POST", "/api/kernels/{other_kernel}/restart", "processes", EXECUTE),
    *_write("POST", "/api/kernels/{inner_kernel}/restart", "processes", IN_PUB),
    *_write("DELETE", "/api/kernels/{inner_kernel}", _NEW, FULL_IN_PUB),
    *_write("DELETE", "/api/kernels/{other_kernel}", _NEW, FULL),
    *_write("POST", "/api/sessions", _NEW, IN_PUB, _session("pub/new.ipynb", _PYTHON)),
    *_write("POST", "/api/sessions", _NEW, EXECUTE, _session("priv/new.ipynb", _PYTHON)),
    *_write("POST", "/api/sessions", _NEW, EXECUTE, _session("pub/link/new.ipynb", _PYTHON)),
    *_write("POST", "/api/sessions", "sessions", IN_PUB, _session("pub/new.ipynb", _INNER)),
    *_write("POST", "/api/sessions", "sessions", EXECUTE, _session("pub/new.ipynb", _OTHER)),
    *_write("POST", "/api/sessions", "sessions", EXECUTE, _session("priv/new.ipynb", _INNER)),
    *_write("PATCH", _INNER_SESSION, "sessions", IN_PUB, {"path": "pub/named.ipynb"}),
    *_write("PATCH", _INNER_SESSION, "sessions", EXECUTE, {"path": "priv/named.ipynb"}),
    *_write("PATCH", _OTHER_SESSION, "sessions", EXECUTE, {"path": "pub/named.ipynb"}),
    *_write("PATCH", "/api/sessions/{own_session}", "sessions", OWN, {"name": "renamed"}),
    *_write("PATCH", _INNER_SESSION, _NEW, FULL, {"kernel": _OTHER}),
    *_write("PATCH", _OTHER_SESSION, _NEW, FULL, {"kernel": _INNER}),
    *_write("DELETE", _INNER_SESSION, _NEW, FULL_IN_PUB),
    *_write("DELETE", _OTHER_SESSION, _NEW, FULL),
    # Terminals.
    *_write("POST", "/api/terminals", "terminals+processes", FULL, {}),
    *_write("POST", "/api/terminals", "terminals+processes", FULL, {"cwd": "priv"}),
    *_write("DELETE", "/api/terminals/{terminal}", "terminals+processes", FULL),
    # State of the front ends, and configuration.
    *_write("PUT", f"/{_THEMES}", "config", FULL, _THEME),
    *_write("PUT", "/lab/api/workspaces/w", "config", FULL, _SPACE),
    *_write("PUT", "/api/config/notebook", "config", FULL, {"a": "guest"}),
    *_write("PATCH", "/api/config/notebook", "config", FULL, {"a": "another guest"}),
    *_write(
        "POST",
        "/lab/api/extensions",
        "config",
        FULL,
        {"cmd": "disable", "extension_name": _WIDGETS},
    ),
    *_write("POST", "/lab/api/plugins", "config", FULL, {"cmd": "disable", "plugin_name": "a:b"}),
    *_write(
        "POST", "/lab/api/build", "processes", FULL, only_refused="runs npm, which asks the network"
    ),
    # What runs behind the server.
    *_write("POST PUT PATCH", "/tiny/x", "proxied", FULL, {"a": 1}),
    *_write("DELETE", "/tiny/x", "proxied", FULL),
    *_write("GET HEAD POST PUT DELETE OPTIONS", "/proxy/{port}/x", "proxied", FULL),
    *_write("PATCH", "/proxy/{port}/x", "proxied", FULL, {"a": 1}),
    *_write("GET POST", "/proxy/localhost:{port}/x", "proxied", FULL),
    *_write("GET POST", "/proxy/absolute/{port}/x", "proxied", FULL),
    *_write("GET POST", "/proxy/absolute/127.0.0.1:{port}/x", "proxied", FULL),
    # Shared documents.
    *_write(
        "PUT",
        "/api/collaboration/session/pub/{fresh}.txt",
        "file_ids",
        IN_PUB,
        {"format": "text", "type": "file"},
    ),
    *_write(
        "PUT",
        "/api/collaboration/session/priv/{fresh}.txt",
        "file_ids",
        EXECUTE,
        {"format": "text", "type": "file"},
    ),
    *_write("PUT", "/api/collaboration/fork/{pub_room}", "forks", IN_PUB, {"title": "guest"}),
    *_write("PUT", "/api/collaboration/fork/{priv_room}", "forks", EXECUTE, {"title": "guest"}),
    # nb_presign's own.
    *_write(
        "POST",
        "/nb-presign/api/links",
        "database",
        NOBODY,
        {"target": "jupyter:.", "scope": "full"},
    ),
    *_write("POST", "/nb-presign/api/links/{link}/refresh", "database", NOBODY),
    *_write("PUT", f"/nb-presign/api/links/{_TOLD['id']}", "database", NOBODY, _TOLD),
    *_write(
        "POST", "/nb-presign/api/target/start", "database", NOBODY, {"target": "sagemaker:sleeping"}
    ),
    *_write("DELETE", "/nb-presign/api/links/{link}", "database", NOBODY),
    *_write("DELETE", "/nb-presign/api/sessions/{guest}", "database", NOBODY),
    *_write("DELETE", "/nb-presign/api/sessions", "database", NOBODY),
    *_write("POST", "/nb-presign/open", "database", NOBODY),
    *_write("GET", "/nb-presign/open?target=jupyter:.", "database", NOBODY),
    *_write("POST", "/nb-presign/aws", "database", NOBODY, {"NotebookInstanceName": "a"}),
)

#: Ends the server, so it comes last.
SHUTDOWN = _write("POST", "/api/shutdown", "alive", FULL)[0]

READS: tuple[Case, ...] = (
    *_read("GET", "/api/contents/pub/own.ipynb", "/api/contents/priv/secret.ipynb"),
    *_read("GET", "/api/contents", "/api/contents/pub/notes.txt/checkpoints"),
    *_read("GET", "/api/kernels", "/api/kernels/{own_kernel}", "/api/kernels/{other_kernel}"),
    *_read("GET", "/api/sessions", "/api/sessions/{own_session}", "/api/sessions/{other_session}"),
    *_read("POST", "/api/kernels/{own_kernel}/interrupt", "/api/kernels/{other_kernel}/interrupt"),
    *_read("GET HEAD", "/files/pub/notes.txt", "/files/priv/secret.txt"),
    *_read("GET", "/view/pub/notes.txt", "/nbclassic/view/priv/secret.txt"),
    *_read("GET", "/nbconvert/script/pub/own.ipynb", "/nbconvert/script/priv/secret.ipynb"),
    *_read("POST", "/nbconvert/html", body=_NOTEBOOK),
    *_read("GET", "/api/fileid/id?path=pub/doc.txt", "/api/fileid/id?path=priv/doc.txt"),
    *_read("GET", "/api/fileid/path?id={pub_file}", "/api/fileid/path?id={priv_file}"),
    *_read("GET", "/api/resolvePath?path=pub/doc.txt", "/api/resolvePath?path=priv/doc.txt"),
    *_read("GET", "/api/collaboration/fork/{pub_room}", "/api/collaboration/fork/{priv_room}"),
    *_read("GET", "/api/collaboration/timeline/text:file:{priv_file}"),
    *_read(
        "PUT",
        "/api/collaboration/undo_redo/{pub_room}?action=undo&steps=1&forkRoom=x",
        "/api/collaboration/undo_redo/{priv_room}?action=undo&steps=1&forkRoom=x",
        body={},
    ),
    *_read("GET", "/api/terminals", "/api/terminals/{terminal}", "/terminals/{terminal}"),
    *_read("GET", "/tree/pub", "/notebooks/pub/own.ipynb", "/edit/pub/notes.txt", "/consoles/x"),
    *_read("GET", "/lab", "/lab/tree/pub/own.ipynb", "/doc/tree/pub/own.ipynb", "/lab/absent"),
    *_read("GET", "/nbclassic/tree/pub", "/nbclassic/notebooks/pub/own.ipynb", "/nbclassic/tree"),
    *_read("GET", f"/{_THEMES}", "/lab/api/workspaces/w", "/api/config/notebook"),
    *_read("PUT", "/lab/api/settings/", body={"raw": "{}"}),
    *_read("PUT DELETE", "/lab/api/workspaces/", body={}),
    *_read("GET", "/lsp/status", "/server-proxy/servers-info", "/server-proxy/icon/tiny"),
    *_read("GET HEAD OPTIONS", "/tiny/x"),
    *_read("PATCH", "/api/me", body={"color": "#fff"}),
    *_read("POST", "/api/events", body={"schema_id": "x", "version": "1", "data": {}}),
    *_read("POST", "/api/security/csp-report", body={}),
    *_read(
        "GET",
        "/api/kernels/{own_kernel}/channels",
        "/api/kernels/{other_kernel}/channels",
        "/api/events/subscribe",
        "/lsp/ws/absent",
        "/terminals/websocket/absent",
        "/proxy/1/socket",
        socket=True,
    ),
)
