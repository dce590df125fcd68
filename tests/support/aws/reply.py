"""An HTTP answer, whole, before it is sent in one piece or fewer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(frozen=True)
class Reply:
    """Status, headers and body; the length is said by itself."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def head(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines += [f"Content-Length: {len(self.body)}", "", ""]
        return "\r\n".join(lines).encode("latin-1")

    @property
    def bytes(self) -> bytes:
        return self.head + self.body
