"""The user's running Jupyter servers, as their runtime files tell.

jupyter_server 2.x writes `jpserver-<pid>.json` with its URL, token and root directory, mode 0600.
Its own `list_running_servers` deletes the files of dead servers as it reads; here nothing is ever
changed.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

import msgspec
from jupyter_core import paths

from nb_presign.secret import Secret

_FILE = re.compile(r"jpserver-\d+\.json")
#: A runtime file has some 400 bytes.
_MAX_BYTES = 65_536


class _Facts(msgspec.Struct):
    """What is read of a runtime file; the token leaves as a `Secret`."""

    url: str
    pid: int
    token: str = ""
    root_dir: str = ""
    port: int = 0
    sock: str = ""
    password: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    """A Jupyter server whose process is alive."""

    #: With the base URL and a final slash.
    url: str
    token: Secret
    pid: int
    root_dir: str
    port: int
    #: Listens on a Unix socket, not on a port.
    on_socket: bool
    #: Signs people in with a password, and so has no token of its own.
    has_password: bool


def running_servers(runtime_dir: Path | None = None) -> tuple[RunningServer, ...]:
    """Read the runtime files of this user's living servers, sorted by port; blocks.

    Files of others, or that others can write or read, are passed over, since the token in them
    would be sent to the address in them.
    """
    directory = Path(paths.jupyter_runtime_dir()) if runtime_dir is None else runtime_dir
    try:
        files = [file for file in directory.iterdir() if _FILE.fullmatch(file.name)]
    except OSError:
        return ()
    found = [server for file in files if (server := _read(file)) and is_alive(server.pid)]
    return tuple(sorted(found, key=lambda server: (server.port, server.pid)))


def is_alive(pid: int) -> bool:
    """Say whether a process of this user has the id."""
    if pid <= 0:
        return False
    if os.name == "nt":  # signal 0 would end the process there
        return True
    try:
        os.kill(pid, 0)
    except (OSError, OverflowError):
        return False
    return True


def _read(file: Path) -> RunningServer | None:
    try:
        facts = msgspec.json.decode(_read_private(file), type=_Facts)
    except (OSError, ValueError):  # half written, gone, or not Jupyter's
        return None
    return RunningServer(
        url=facts.url.rstrip("/") + "/",
        token=Secret(facts.token),
        pid=facts.pid,
        root_dir=facts.root_dir,
        port=facts.port,
        on_socket=bool(facts.sock),
        has_password=facts.password,
    )


def _read_private(file: Path) -> bytes:
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | _NONBLOCK)
    with os.fdopen(descriptor, "rb") as opened:
        _check_private(os.fstat(opened.fileno()))
        return opened.read(_MAX_BYTES)


#: So that a named pipe of that name does not hold the thread.
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)


def _check_private(facts: os.stat_result) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise PermissionError("not a file")
    # Windows keeps this in access lists, which jupyter_core sets; its mode bits tell nothing.
    if os.name == "nt" or paths.allow_insecure_writes:
        return
    if facts.st_uid != os.geteuid() or facts.st_mode & 0o077:
        raise PermissionError("open to others")
