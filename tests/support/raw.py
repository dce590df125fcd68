"""HTTP exactly as written: no client tidies paths, adds headers or refuses what is not allowed."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlsplit

#: Asks for a WebSocket; the key is any 16 bytes (RFC 6455, 4.1).
UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 if the server hung up instead."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def everything(self) -> bytes:
        """Headers and body, to look for what must not be there."""
        lines = "\n".join(f"{name}: {value}" for name, value in self.headers)
        return lines.encode("latin-1", "replace") + b"\n\n" + self.body


def send(
    url: str,
    method: str,
    target: str | bytes,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    seconds: float = 30,
) -> Answer:
    """Send one request to the server of `url`; `target` goes into the request line as it is.

    A WebSocket that opens is closed at once.
    """
    place = urlsplit(url)
    assert place.hostname is not None
    raw = target.encode("utf-8", "surrogatepass") if isinstance(target, str) else target
    sent = {"Host": place.netloc, "Connection": "close", **(headers or {})}
    if body or method in {"POST", "PUT", "PATCH"}:
        sent["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    with socket.create_connection((place.hostname, place.port or 80), seconds) as connection:
        connection.sendall(b"%s %s HTTP/1.1\r\n" % (method.encode(), raw))
        connection.sendall(lines.encode("latin-1") + b"\r\n" + body)
        return _receive(connection, method)


def _receive(connection: socket.socket, method: str) -> Answer:
    answer = HTTPResponse(connection, method=method)
    try:
        answer.begin()
        body = b"" if answer.status == 101 else answer.read()
    except (HTTPException, ConnectionError):
        return Answer(0)
    finally:
        answer.close()
    return Answer(answer.status, tuple(answer.getheaders()), body)
