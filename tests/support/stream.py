"""A response that is read bit by bit, over a connection that is watched."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from urllib.parse import urlsplit


class Stream:
    """One connection to a server; requests are written to it one after the other."""

    def __init__(self, url: str, *, buffer: int = 0) -> None:
        place = urlsplit(url)
        self._host = place.netloc
        self.socket = socket.socket()
        if buffer:
            # As little as the system allows is on its way at any time.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(20)
        self.socket.connect((place.hostname, place.port))
        #: Headers of the last answer; bytes of its body, as sent.
        self.headers: dict[str, str] = {}
        self.received = bytearray()

    def ask(self, path: str, headers: Mapping[str, str], *, answered: bool = True) -> int:
        """Send a GET; read the head of the answer, and return its status."""
        sent = {"Host": self._host, **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        self.socket.sendall(f"GET /{path} HTTP/1.1\r\n{lines}\r\n".encode())
        if not answered:
            return 0
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.socket.recv(4096)
            assert more, "the server hung up"
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        self.received = bytearray(body)
        status, *rest = head.decode("latin-1").split("\r\n")
        self.headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in rest)}
        return int(status.split()[1])

    def read(self, size: int) -> None:
        """Read until so many bytes of the body have come."""
        while len(self.received) < size:
            more = self.socket.recv(min(65536, size - len(self.received)))
            assert more, "the server hung up"
            self.received += more

    def wait_for_hang_up(self, *, seconds: float, pause: float = 0) -> float:
        """Read on, with a pause between, until the server hangs up; returns how long it took."""
        began = time.monotonic()
        while (left := began + seconds - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                more = self.socket.recv(65536)
            except TimeoutError:
                break
            except ConnectionError:
                return time.monotonic() - began
            if not more:
                return time.monotonic() - began
            self.received += more
            time.sleep(pause)
        raise AssertionError(f"the server did not hang up; {len(self.received)} bytes came")
