"""A server with something in every corner that a guest could change, and a way to see whether.

The same stage is set for the server that is tried and for the unguarded one that it is compared
with.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import signal
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import websocket
from support.everything import everything_server
from support.host import NOTEBOOK
from support.raw import Answer, send
from support.servers import RunningServer, World, jupyter_server

#: What only the owner, or a guest who may read there, is ever sent.
CANARIES = {
    "priv": f"canary-{secrets.token_hex(12)}",
    "outside": f"canary-{secrets.token_hex(12)}",
    # Of those who have one notebook of `pub`.
    "neighbour": f"canary-{secrets.token_hex(12)}",
    # In the name of a file.
    "name": f"canary-{secrets.token_hex(12)}",
}
_SQL = {
    "database": (
        "nb_presign/store.sqlite",
        (
            "select * from links",
            "select * from sessions",
            "select value from meta where name = 'revision'",
        ),
    ),
    "signatures": ("nbsignatures.db", ("select path, signature from nbsignatures",)),
    "file ids": ("file_id_manager.db", ("select id, path from Files",)),
}
_SYSTEM = {"nb_presign", "nbsignatures.db", "file_id_manager.db"}

#: The notebooks that are open, each with a kernel of its own.
_OPEN = {"own": "pub/own.ipynb", "inner": "pub/sub/inner.ipynb", "other": "priv/secret.ipynb"}

#: Parts of the world by name: what they were at one moment.
Snapshot = Mapping[str, Any]


def notebook(text: str) -> str:
    cell = {**NOTEBOOK["cells"][0], "source": text}
    return json.dumps({**NOTEBOOK, "cells": [cell]})


def _tree() -> dict[str, str]:
    """Write what lies below the server's root, by path; `-> ` makes a symbolic link."""
    priv = CANARIES["priv"]
    return {
        "pub/own.ipynb": notebook("1 + 1"),
        "pub/other.ipynb": notebook(CANARIES["neighbour"]),
        "pub/notes.txt": "notes",
        "pub/doomed.txt": "to be deleted",
        "pub/doc.txt": "a shared document",
        "pub/sub/deep.txt": "deep",
        "pub/sub/inner.ipynb": notebook("3 + 3"),
        "pub/.ipynb_checkpoints/notes-checkpoint.txt": "notes of yesterday",
        "pub/inner": "-> sub",
        "pub/link": "-> ../priv",
        "pub/alias.txt": "-> ../priv/secret.txt",
        "pub/escape": "-> ../../outside",
        "pub/hop": "-> ../step",
        "step": "-> priv",
        "priv/secret.txt": priv,
        f"priv/{CANARIES['name']}.txt": priv,
        "priv/secret.ipynb": notebook(priv),
        "priv/doc.txt": priv,
        "priv/notes.txt": priv,
        "priv/doomed.txt": priv,
        "priv/.ipynb_checkpoints/notes-checkpoint.txt": f"{priv} of yesterday",
        "escape": "-> ../outside",
        "top.ipynb": notebook(f"top: {priv}"),
        "PUB/secret.txt": priv,
        "pub2/secret.txt": priv,
    }


@dataclass
class Stage:
    """A server, what stands on it, and everything that stands for something in a request."""

    server: RunningServer
    home: Path
    owner: httpx.Client
    hits: list[str]
    #: What `{name}` in a case's path or body stands for.
    names: dict[str, str] = field(default_factory=dict)
    _rooms: list[websocket.WebSocket] = field(default_factory=list)

    @property
    def root(self) -> Path:
        return self.server.root

    def send(
        self,
        method: str,
        target: str | bytes,
        cookie: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send what a guest's page would send: their cookie, an XSRF token, and where it is."""
        token = "0123456789abcdef" * 2
        page = {
            "Cookie": f"{cookie}; _xsrf={token}",
            "X-XSRFToken": token,
            "Referer": f"{self.server.url}lab",
        }
        return send(self.server.url, method, target, body=body, headers={**page, **(headers or {})})

    def snapshot(self) -> Snapshot:
        """Look at everything that somebody could change."""
        found: dict[str, Any] = {
            "files": _files(self.root),
            "outside": _files(self.home / "outside"),
            "config": _files(self.home / "config"),
            "data": _files(self.home / "data", without=_SYSTEM),
            "proxied": (_read(self.home / "proxied" / "written"), tuple(self.hits)),
            "processes": _processes(self.server.process.pid),
        }
        found |= {name: _rows(self.home / "data" / file, sql) for name, (file, sql) in _SQL.items()}
        try:
            found |= {
                # A server that has been told to stop may still take calls that it never answers.
                "alive": self.owner.get("api", timeout=6).is_success,
                "sessions": sorted(
                    (s["id"], s["path"], s["name"], s["type"], s["kernel"]["id"])
                    for s in self.owner.get("api/sessions").json()
                ),
                "kernels": sorted(k["id"] for k in self.owner.get("api/kernels").json()),
                "terminals": sorted(t["name"] for t in self.owner.get("api/terminals").json()),
                "forks": [self.owner.get(f"api/collaboration/fork/{r}").json() for r in self._own],
            }
        except httpx.TransportError:
            found["alive"] = False
        return found

    @property
    def _own(self) -> list[str]:
        return [self.names[name] for name in ("pub_room", "priv_room") if name in self.names]

    def reset(self, parts: set[str] | None = None) -> None:
        """Put back what a request has changed; only in these parts of a snapshot, if told."""
        # A file that has never been asked for: once it has an id, it keeps it.
        self.names["fresh"] = fresh = f"fresh-{secrets.token_hex(4)}"
        _write_tree(self.root, {**_tree(), f"pub/{fresh}.txt": "", f"priv/{fresh}.txt": ""})
        _write_tree(self.home / "outside", {"secret.txt": CANARIES["outside"]})
        _write_tree(self.home / "config", {})
        if parts is None or parts & {"sessions", "kernels", "terminals", "processes", "alive"}:
            self._reset_what_runs()

    def _reset_what_runs(self) -> None:
        self._end_strays()
        for name, path in _OPEN.items():
            self._open_notebook(name, path)
        if self.names.get("terminal") not in self._terminals():
            self.names["terminal"] = self.owner.post("api/terminals").json()["name"]
        self._wait_for_calm()

    def _wait_for_calm(self) -> None:
        """Wait for processes that are told to end."""
        deadline = time.monotonic() + 30
        expected = sorted(self.names[f"{name}_kernel"] for name in _OPEN)
        while time.monotonic() < deadline:
            processes = _processes(self.server.process.pid)
            found = [each.split()[1] for each in processes if each.startswith("kernel ")]
            # Between fork and exec a child still looks like the server itself.
            if found == expected and _command(self.server.process.pid) not in processes:
                return
            time.sleep(0.05)
        raise AssertionError(f"kernels of {expected} run in {found}")

    def _end_strays(self) -> None:
        kept = {self.names.get(f"{name}_kernel") for name in _OPEN}
        self._kill_kernels(without=kept)
        known = [(self.names.get(f"{n}_session"), self.names.get(f"{n}_kernel")) for n in _OPEN]
        for each in self.owner.get("api/sessions").json():
            if (each["id"], each["kernel"]["id"]) not in known:
                # Its kernel ends with it, whoever else's it is.
                self.owner.delete(f"api/sessions/{each['id']}")
        for each in self.owner.get("api/kernels").json():
            if each["id"] not in kept:
                self.owner.delete(f"api/kernels/{each['id']}")
        for name in self._terminals() - {self.names.get("terminal")}:
            self.owner.delete(f"api/terminals/{name}")

    def _kill_kernels(self, *, without: set[str | None]) -> None:
        """Kill those that have just been started: asked to end, they would start first."""
        for each in _processes(self.server.process.pid):
            if each.startswith("kernel ") and each.split()[1] not in without:
                with suppress(ProcessLookupError):
                    os.kill(int(each.split()[2]), signal.SIGKILL)

    def _terminals(self) -> set[str]:
        return {each["name"] for each in self.owner.get("api/terminals").json()}

    def _open_notebook(self, name: str, path: str) -> None:
        """Have a Jupyter session on a notebook, with the kernel that it had before if it lives."""
        session = self.names.get(f"{name}_session")
        found = self.owner.get(f"api/sessions/{session}") if session else None
        model = {"path": path, "name": Path(path).name, "type": "notebook"}
        if found is not None and found.is_success:
            if {key: found.json()[key] for key in model} != model:
                self.owner.patch(f"api/sessions/{session}", json=model).raise_for_status()
            return
        kernel = self.names.get(f"{name}_kernel")
        lives = kernel and self.owner.get(f"api/kernels/{kernel}").is_success
        wanted = {"id": kernel} if lives else {"name": "python3"}
        answer = self.owner.post("api/sessions", json={**model, "kernel": wanted})
        answer.raise_for_status()
        made = answer.json()
        self.names |= {f"{name}_session": made["id"], f"{name}_kernel": made["kernel"]["id"]}

    def open_rooms(self) -> None:
        """Have the owner edit a shared document inside and one outside of `pub`."""
        for name in ("pub", "priv"):
            path = f"{name}/doc.txt"
            asked = {"format": "text", "type": "file"}
            answer = self.owner.put(f"api/collaboration/session/{path}", json=asked)
            answer.raise_for_status()
            found = answer.json()
            room = f"text:file:{found['fileId']}"
            self.names |= {f"{name}_file": found["fileId"], f"{name}_room": room}
            url = f"{self.server.url}api/collaboration/room/{room}?sessionId={found['sessionId']}"
            headers = {"Authorization": f"token {self.server.token}"}
            self._rooms.append(
                websocket.create_connection(url.replace("http", "ws", 1), header=headers)
            )

    def close(self) -> None:
        for room in self._rooms:
            # Without a word: a server that was stopped would be waited for.
            room.shutdown()


@contextmanager
def a_stage(home: Path, *, env: Mapping[str, str] | None = None, **config: Any) -> Iterator[Stage]:
    """Set the stage on a server with everything; the proxied app and the shared files are ready."""
    world, root = World(home), home / "files"
    _write_tree(home / "outside", {"secret.txt": CANARIES["outside"]})
    _write_tree(root, _tree())
    with ExitStack() as stack:
        port, hits = stack.enter_context(_listener())
        server = stack.enter_context(everything_server(world, root, env=env, **config))
        owner = stack.enter_context(server.owner())
        stage = Stage(server, home, owner, hits)
        stack.callback(stage.close)
        stage.names["port"] = str(port)
        owner.get("tiny/").raise_for_status()
        # Makes the key that notebooks are signed with.
        owner.post("api/contents/top.ipynb/trust").raise_for_status()
        stage.open_rooms()
        stage.reset()
        yield stage


@contextmanager
def a_bare_stage(
    home: Path, *, env: Mapping[str, str] | None = None, **config: Any
) -> Iterator[Stage]:
    """Set only the files of the stage, on a plain server."""
    root = home / "files"
    _write_tree(home / "outside", {"secret.txt": CANARIES["outside"]})
    _write_tree(root, _tree())
    with (
        jupyter_server(World(home), root, env=env, config=config) as server,
        server.owner() as owner,
    ):
        yield Stage(server, home, owner, [], {"priv_file": "files have no ids here"})


@contextmanager
def _listener() -> Iterator[tuple[int, list[str]]]:
    """Listen on a port of this machine, as whatever else runs here does."""
    hits: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(f"{self.command} {self.path}")
            self.send_response(204)
            self.end_headers()

        do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_GET  # noqa: N815  # the base class's names

        def log_message(self, *args: object) -> None:
            del args

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    thread = Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    try:
        yield listener.server_port, hits
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


def _write_tree(root: Path, tree: Mapping[str, str]) -> None:
    """Make a directory hold exactly this."""
    wanted = {root / path: text for path, text in tree.items()}
    parents = {parent for path in wanted for parent in path.parents}
    for directory, names, files in os.walk(root, topdown=False):
        for path in (Path(directory) / name for name in [*files, *names]):
            if path.is_symlink() or path.is_file():
                if path not in wanted or path.is_symlink() != wanted[path].startswith("-> "):
                    path.unlink()
            elif path not in parents:
                path.rmdir()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("-> "):
            if not path.is_symlink():
                path.symlink_to(text.removeprefix("-> "))
        elif not path.is_file() or path.read_text() != text:
            path.write_text(text)


def _files(directory: Path, *, without: set[str] | frozenset[str] = frozenset()) -> dict[str, str]:
    """Tell what is in a directory: hashes of files, targets of links; links are not followed."""
    found: dict[str, str] = {}
    for where, names, files in os.walk(directory):
        names[:] = [name for name in names if name not in without]
        for path in (Path(where) / name for name in [*names, *files]):
            key = path.relative_to(directory).as_posix()
            if path.is_symlink():
                found[key] = f"-> {path.readlink()}"
            elif path.is_dir():
                found[key] = "directory"
            elif not any(path.name.startswith(name) for name in without):
                found[key] = hashlib.sha256(_read(path)).hexdigest()
    return found


def _read(path: Path) -> bytes:
    with suppress(FileNotFoundError, ProcessLookupError):
        return path.read_bytes()
    return b""


def _rows(path: Path, queries: tuple[str, ...]) -> Any:
    if not path.exists():
        return None
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        rows = [database.execute(query).fetchall() for query in queries]
    database.close()
    return [sorted(map(repr, each)) for each in rows]


def _processes(pid: int) -> list[str]:
    """Tell what a process has started and still runs; kernels by id, so that a restart shows."""
    children: list[str] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        children += _read(task).decode().split()
    found = []
    for each in children:
        # Of one that has ended and waits to be looked after nothing can be read.
        if command := _command(int(each)):
            kernel = re.search(r"kernel-([\w-]+)\.json", command)
            found.append(f"kernel {kernel[1]} {each}" if kernel else command)
    return sorted(found)


def _command(pid: int) -> str:
    return _read(Path(f"/proc/{pid}/cmdline")).replace(b"\0", b" ").decode()


def settled(
    stage: Stage,
    before: Snapshot,
    *,
    seconds: float = 1.0,
    parts: set[str] | frozenset[str] = frozenset(),
) -> Snapshot:
    """Look again until something has changed, and these parts, for effects that come later."""
    deadline = time.monotonic() + seconds
    while True:
        found = changed(before, after := stage.snapshot())
        if (found and parts <= found) or time.monotonic() >= deadline:
            return after
        time.sleep(0.05)


def changed(before: Snapshot, after: Snapshot) -> set[str]:
    """Name the parts that differ."""
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}
