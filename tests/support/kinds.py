"""Every kind of socket that a server has, and what shows that a frame had an effect.

A mark is a word. To make one is to send one frame; it is made once it stands in a file.
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

from nb_presign.model import Scope
from support.channels import Channels, Line
from support.everything import PROXIED
from support.servers import RunningServer

TELLTALE = "telltale"
#: Numbers that nobody else uses: of clients of a document, of requests, of documents.
_NUMBERS = count(1)


@dataclass
class Kind(ABC):
    """One kind on one server: how to open it, to make a mark, and to see it."""

    name: ClassVar[str]
    #: The least scope that may open it.
    least: ClassVar[Scope] = Scope.FULL
    server: RunningServer
    #: Where the server's home is.
    home: Path
    lines: list[Line] = field(default_factory=list)
    connect: ClassVar[Callable[..., Line]] = Line

    @property
    @abstractmethod
    def path(self) -> str:
        """Path of the socket below the base URL, and its query."""

    @property
    @abstractmethod
    def file(self) -> Path:
        """The file in which marks are seen."""

    @abstractmethod
    def make(self, line: Line, mark: str) -> None:
        """Send the frame that makes a mark."""

    def prepare(self) -> None:  # noqa: B027  # some need nothing
        """Have the owner make what the socket leads to."""

    def clean(self) -> None:
        """Hang up on everybody, and have the owner take it away again."""
        for line in self.lines:
            line.socket.shutdown()

    def open(self, headers: Mapping[str, str], **options: Any) -> Line:
        """Open the socket as somebody."""
        self.lines.append(self.connect(self.server.url + self.path, headers, **options))
        return self.lines[-1]

    def owner(self) -> Line:
        """Open it as the owner."""
        return self.open({"Authorization": f"token {self.server.token}"})

    def marks(self) -> set[str]:
        """Read which marks have been made."""
        if not self.file.exists():
            return set()
        return set(self.file.read_text(errors="replace").replace("|", "\n").split())

    def wait_for(self, mark: str, *, seconds: float = 15) -> None:
        """Wait until a mark is seen."""
        deadline = time.monotonic() + seconds
        while mark not in self.marks():
            if time.monotonic() > deadline:
                raise AssertionError(f"{mark} was never made: {sorted(self.marks())[:20]}")
            time.sleep(0.02)

    def mark(self, line: Line, mark: str) -> None:
        """Make a mark and wait until it is seen."""
        self.make(line, mark)
        self.wait_for(mark)


class KernelKind(Kind):
    """A kernel that appends to a file."""

    name = "kernel"
    least = Scope.READ
    connect = Channels
    kernel_id = ""
    #: One of each server, by its URL: a start takes longer than most of what is done with it.
    _kept: ClassVar[dict[str, str]] = {}

    def prepare(self) -> None:
        with self.server.owner() as owner:
            kept = self._kept.get(self.server.url)
            if kept is None or not owner.get(f"api/kernels/{kept}").is_success:
                kept = owner.post("api/kernels", json={"name": "python3"}).json()["id"]
            self.kernel_id = self._kept[self.server.url] = kept

    @property
    def path(self) -> str:
        return f"api/kernels/{self.kernel_id}/channels"

    @property
    def file(self) -> Path:
        return self.home / "marks-of-kernel"

    def make(self, line: Line, mark: str) -> None:
        assert isinstance(line, Channels)
        line.execute(f"with open({str(self.file)!r}, 'a') as f: f.write({mark + '|'!r})")


class TerminalKind(Kind):
    """A shell that appends to a file."""

    name = "terminal"
    terminal = ""

    def prepare(self) -> None:
        with self.server.owner() as owner:
            self.terminal = owner.post("api/terminals").json()["name"]

    def clean(self) -> None:
        super().clean()
        with self.server.owner() as owner:
            owner.delete(f"api/terminals/{self.terminal}")

    @property
    def path(self) -> str:
        return f"terminals/websocket/{self.terminal}"

    @property
    def file(self) -> Path:
        return self.home / "marks-of-terminal"

    def make(self, line: Line, mark: str) -> None:
        line.socket.send(json.dumps(["stdin", f"echo {mark} >> '{self.file}'\r"]))


class DocumentKind(Kind):
    """A text file that is edited together, and saved by the server."""

    name = "document"
    least = Scope.EXECUTE
    document = ""
    _room = ""

    def prepare(self) -> None:
        # One that nobody has open: the server remembers those.
        self.document = f"pub/together-{next(_NUMBERS)}.txt"
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text("begin|")
        with self.server.owner() as owner:
            found = owner.put(
                f"api/collaboration/session/{self.document}",
                json={"format": "text", "type": "file"},
            ).json()
        self._room = f"text:file:{found['fileId']}?sessionId={found['sessionId']}"

    @property
    def path(self) -> str:
        return f"api/collaboration/room/{self._room}"

    @property
    def file(self) -> Path:
        return self.server.root / self.document

    def make(self, line: Line, mark: str) -> None:
        line.socket.send_binary(insertion(1_000_000 + next(_NUMBERS), f"{mark}|"))


class LanguageKind(Kind):
    """A language server that writes down what it is told."""

    name = "language server"

    @property
    def path(self) -> str:
        return f"lsp/ws/{TELLTALE}"

    @property
    def file(self) -> Path:
        return self.home / "marks-of-language-server"

    def make(self, line: Line, mark: str) -> None:
        message = {
            "jsonrpc": "2.0",
            "id": next(_NUMBERS),
            "method": "workspace/symbol",
            "params": {"query": "", "name": mark},
        }
        line.socket.send(json.dumps(message))


class ProxiedKind(Kind):
    """An app behind the proxy that writes down what it is sent."""

    name = "proxied"

    @property
    def path(self) -> str:
        return f"{PROXIED}/socket"

    @property
    def file(self) -> Path:
        return self.home / "proxied" / "written"

    def make(self, line: Line, mark: str) -> None:
        line.socket.send(mark)

    def count(self, what: str) -> int:
        """Count how often the app has written a word: it tells of streams as well."""
        text = self.file.read_text(errors="replace") if self.file.exists() else ""
        return text.split().count(what)

    def wait_for_another(self, what: str, before: int, *, seconds: float = 20) -> None:
        """Wait until it has written it once more than before."""
        deadline = time.monotonic() + seconds
        while self.count(what) <= before:
            if time.monotonic() > deadline:
                raise AssertionError(f"{what} has been written {before} times, and not again")
            time.sleep(0.02)


KINDS = (KernelKind, TerminalKind, DocumentKind, LanguageKind, ProxiedKind)


def language_servers(home: Path, python: Path) -> Mapping[str, Any]:
    """Configure the language server of `LanguageKind`."""
    script = Path(__file__).with_name("telltale_server.py")
    spec = {
        "version": 2,
        "argv": [str(python), str(script), str(home / "marks-of-language-server")],
        "languages": ["python"],
        "mime_types": ["text/x-telltale"],
        "display_name": "telltale",
    }
    return {TELLTALE: spec}


def insertion(client: int, text: str) -> bytes:
    """Write the message that inserts a text at the beginning of a shared text document.

    By hand, so that no Yjs is needed here: a sync message (0) with an update (2) of one client with
    one item, whose content is a string (4) in the root type `source`, and nothing deleted (Yjs,
    update format 1; y-protocols, sync).
    """
    item = bytes([4, 1]) + _string("source") + _string(text)
    update = bytes([1, 1]) + _number(client) + bytes([0]) + item + bytes([0])
    return bytes([0, 2]) + _number(len(update)) + update


def _string(text: str) -> bytes:
    data = text.encode()
    return _number(len(data)) + data


def _number(value: int) -> bytes:
    """Write an unsigned number, seven bits at a time."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
