"""Keeps this process on its own machine while a test pretends that AWS is there."""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

#: Where something wanted to go; one list for each guard that is up.
_guards: list[list[str]] = []


@contextmanager
def on_loopback() -> Iterator[list[str]]:
    """Refuse connections and look-ups that leave the machine; yield a list of them."""
    strayed: list[str] = []
    _install()
    _guards.append(strayed)
    try:
        yield strayed
    finally:
        _guards.remove(strayed)


def _install() -> None:
    # An audit hook stays for ever: one is enough.
    if not getattr(sys, "_support_aws_loopback", False):
        sys._support_aws_loopback = True  # type: ignore[attr-defined]
        sys.addaudithook(_audit)


def _audit(event: str, args: tuple[object, ...]) -> None:
    if not _guards:
        return
    if event == "socket.getaddrinfo" and not _here(args[0]):
        _record(args[0])
        raise socket.gaierror(socket.EAI_NONAME, "No name but this machine's is known in tests.")
    if event == "socket.connect" and isinstance(args[1], tuple) and not _here(args[1][0]):
        _record(args[1][0])
        raise ConnectionRefusedError("Nobody but this machine is there in tests.")


def _here(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode()
    if host in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _record(host: object) -> None:
    for each in _guards:
        each.append(host.decode() if isinstance(host, bytes) else str(host))
