"""A server to which things are done, and the people who are on it meanwhile."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from support.kinds import KernelKind
from support.servers import RunningServer

#: Within a second guests notice that the store is away; to see that takes the tests a while.
BOUND = 2.5
_WORDS = count(1)


@dataclass(frozen=True)
class Minted:
    """A link, and the nonce of the page on which it is opened."""

    id: str
    token: str = field(repr=False)
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)


@dataclass
class Visitor:
    """A guest who came by the front door."""

    client: httpx.Client
    link: Minted

    @property
    def headers(self) -> Mapping[str, str]:
        pairs = (f"{cookie.name}={cookie.value}" for cookie in self.client.cookies.jar)
        return {"Cookie": "; ".join(pairs)}

    def status(self, path: str = "api/contents") -> int:
        return self.client.get(path).status_code


@dataclass
class Patient:
    """The server, its store, a kernel, and who was let in."""

    server: RunningServer
    home: Path
    visitors: list[Visitor] = field(default_factory=list)

    def __post_init__(self) -> None:
        #: Runs once it is prepared.
        self.kernel = KernelKind(self.server, self.home)

    @property
    def directory(self) -> Path:
        return self.home / "data" / "nb_presign"

    @property
    def store(self) -> Path:
        return self.directory / "store.sqlite"

    @property
    def keys(self) -> Path:
        return self.directory / "keys.json"

    def mint(self, **facts: Any) -> Minted:
        """Mint as the owner."""
        with self.server.owner() as owner:
            answer = owner.post("nb-presign/api/links", json={"target": "jupyter:.", **facts})
        assert answer.status_code == 201, answer.text
        made = answer.json()
        return Minted(made["id"], made["url"].partition("#")[2])

    def redeem(self, link: Minted, client: httpx.Client | None = None) -> httpx.Response:
        """Do what the landing page does; a second time is the same page asking again."""
        with self._stranger(client) as guest:
            return guest.post(
                "nb-presign/redeem",
                json={"token": link.token, "nonce": link.nonce},
                headers={"Origin": self.server.url.rstrip("/")},
            )

    def let_in(self, scope: str = "full") -> Visitor:
        """Let somebody in who opens a link."""
        visitor = Visitor(self.server.stranger(), self.mint(scope=scope))
        self.visitors.append(visitor)
        answer = self.redeem(visitor.link, visitor.client)
        assert answer.status_code == 200, answer.text
        assert visitor.status() == 200
        return visitor

    def come_back(self, visitor: Visitor, *, seconds: float = 20) -> None:
        """Wait until a guest is let in again, sockets included."""
        deadline = time.monotonic() + seconds
        while (status := visitor.status()) != 200:
            assert time.monotonic() < deadline, f"the guest still gets {status}"
            time.sleep(0.1)
        line = self.kernel.open(visitor.headers)
        self.kernel.mark(line, f"back{next(_WORDS)}")
        line.socket.shutdown()

    def facts(self, link: Minted) -> tuple[int, int, int]:
        """Count uses, sessions, and rows of audit about its redemption, of one link."""
        with closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)) as store:
            return facts(store, link.id)

    def close(self) -> None:
        if self.kernel.kernel_id:
            self.kernel.clean()
        for visitor in self.visitors:
            visitor.client.close()

    @contextmanager
    def _stranger(self, client: httpx.Client | None) -> Iterator[httpx.Client]:
        if client is not None:
            yield client
            return
        with self.server.stranger() as made:
            yield made


def facts(store: sqlite3.Connection, link_id: str) -> tuple[int, int, int]:
    """Count as `Patient.facts` does."""
    questions = (
        "SELECT uses FROM links WHERE id = ?",
        "SELECT count(*) FROM sessions WHERE link_id = ?",
        "SELECT count(*) FROM audit WHERE link_id = ? AND event = 'link.redeemed'",
    )
    found = [store.execute(question, (link_id,)).fetchone() for question in questions]
    uses, sessions, rows = (row[0] if row else 0 for row in found)
    return uses, sessions, rows
