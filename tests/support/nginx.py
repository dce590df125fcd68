"""A real nginx in a process of the tests' own: the machine's, or one that `.ci/nginx` unpacked."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

START_SECONDS = 20
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
#: What a distribution's `nginx.conf` is around the file of a site, for one process of this user's.
_MAIN = """
daemon off;
master_process off;
pid {home}/nginx.pid;
error_log {home}/error.log info;
events {{}}
http {{
    access_log {home}/access.log;
    {temporary}
    include {home}/site.conf;
}}
"""


def program() -> str:
    """Find nginx, or say what to do."""
    if named := os.environ.get("NB_PRESIGN_NGINX"):
        return named
    unpacked = Path(sys.prefix) / "nginx" / "usr" / "sbin" / "nginx"
    for found in (shutil.which("nginx"), "/usr/sbin/nginx", str(unpacked)):
        if found and os.access(found, os.X_OK):
            return found
    raise RuntimeError(
        "nginx is missing: install it (Debian: apt-get install nginx), name one in "
        f"NB_PRESIGN_NGINX, or run .ci/nginx {Path(sys.prefix) / 'nginx'}"
    )


def filled_in(template: str, values: Mapping[str, str]) -> str:
    """Write a template's `${NAMES}` as envsubst does; nginx's own variables have no braces here."""
    return re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], template)


@dataclass(frozen=True, slots=True)
class Nginx:
    """One that listens."""

    home: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    def accessed(self) -> str:
        """Read its access log."""
        return (self.home / "access.log").read_text()

    def told(self) -> str:
        """Read its log of errors."""
        log = self.home / "error.log"
        return log.read_text() if log.exists() else ""


@contextmanager
def nginx(home: Path, site: str, port: int) -> Iterator[Nginx]:
    """Serve a site, which listens on a port of 127.0.0.1, until the block ends."""
    home.mkdir(parents=True)
    temporary = "\n".join(f"{each}_temp_path {home}/{each};" for each in _TEMPORARY)
    (home / "site.conf").write_text(site)
    (home / "nginx.conf").write_text(_MAIN.format(home=home, temporary=temporary))
    process = subprocess.Popen(
        [program(), "-p", home, "-c", home / "nginx.conf", "-e", home / "error.log"],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    running = Nginx(home, process)
    try:
        _wait(running, port)
        yield running
    finally:
        process.terminate()
        process.wait(10)


def _wait(running: Nginx, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and running.process.poll() is None:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.02)
    raise RuntimeError(f"nginx did not start:\n{running.told()[-4000:]}")
