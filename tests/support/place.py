"""A server full of secrets, and the people who ask it for things."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from support.canaries import Canaries
from support.servers import RunningServer

#: Bytes of an answer that are looked at: no page or script of the platform has more.
MOST = 24 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """What somebody was told."""

    method: str
    path: str
    status: int
    head: bytes = field(default=b"", repr=False)
    #: As it came, compressed or not.
    body: bytes = field(default=b"", repr=False)


@dataclass
class Visitor:
    """Somebody who asks, and keeps what they are told."""

    client: httpx.Client
    answers: list[Answer] = field(default_factory=list)

    def ask(
        self, method: str, path: str, *, more: Mapping[str, str] | None = None, **kwargs: Any
    ) -> Answer:
        """Send a request; no redirect is followed, no encoding is taken off."""
        # As it is written: httpx would tidy up what is to be hostile.
        url = self.client.base_url.copy_with(raw_path=b"/" + path.encode())
        xsrf = self.client.cookies.get("_xsrf", "")
        headers = {"X-XSRFToken": xsrf, "Referer": f"{self.client.base_url}lab", **(more or {})}
        try:
            with self.client.stream(method, url, headers=headers, **kwargs) as response:
                head = b"\n".join(k + b": " + v for k, v in response.headers.raw)
                answer = Answer(method, path, response.status_code, head, _read(response))
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.ReadTimeout):
            # Hung up, or never answered: jupyterlab_server 2.28 does not, where it cannot tell
            # licenses.
            answer = Answer(method, path, 0)
        self.answers.append(answer)
        return answer


def _read(response: httpx.Response) -> bytes:
    body = b""
    try:
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > MOST:
                break
    except (httpx.ReadTimeout, httpx.RemoteProtocolError):  # a stream without end; hung up
        pass
    return body


@dataclass
class Place:
    """The server, its secrets, and who is there."""

    server: RunningServer
    home: Path
    canaries: Canaries
    #: Tokens of links, which nobody is told but who minted them.
    tokens: list[str]
    #: Cookies of guests, with their names.
    cookies: dict[str, str] = field(default_factory=dict)
    #: Further planted secrets by name, which are no file's or message's business to show.
    values: dict[str, str] = field(default_factory=dict, repr=False)
    #: Id and secret of an access key.
    access_key: tuple[str, str] = field(default=("", ""), repr=False)
    stack: ExitStack = field(default_factory=ExitStack)

    def owner(self) -> Visitor:
        """Be the owner, to whom the platform tells what it tells."""
        client = self.stack.enter_context(self.server.owner())
        client.timeout = httpx.Timeout(5)
        return Visitor(client)

    def mint(self, target: str = "jupyter:.", **terms: object) -> str:
        """Mint a link as the owner; its token is a canary."""
        with self.server.owner() as owner:
            answer = owner.post("nb-presign/api/links", json={"target": target, **terms})
            assert answer.status_code == 201, answer.text
            url = answer.json()["url"]
        token = re.split(r"#|authToken=", url)[1]
        self.canaries.plant(f"token {len(self.tokens)}", token.rpartition(".")[2])
        self.tokens.append(token)
        return token

    def redeem(self, token: str, **headers: str) -> httpx.Response:
        """Redeem as the landing page does."""
        nonce = secrets.token_urlsafe(16)
        with self.server.stranger() as client:
            return client.post(
                "nb-presign/redeem",
                json={"token": token, "nonce": nonce},
                headers={"Origin": self.server.url.rstrip("/"), **headers},
            )

    def guest(self, scope: str, target: str = "jupyter:.") -> Visitor:
        """Let a guest in; their cookie is a canary."""
        answer = self.redeem(self.mint(target, scope=scope))
        assert answer.status_code == 200, answer.text
        ((name, value),) = answer.cookies.items()
        self.cookies[value] = name
        self.canaries.plant(f"cookie {len(self.cookies)}", value)
        client = self.stack.enter_context(self.server.stranger(cookies={name: value}))
        client.timeout = httpx.Timeout(2)
        client.get("login")  # for the XSRF cookie
        return Visitor(client)

    def owners(self, name: str, body: str) -> httpx.Response:
        """Have the planted extension do something."""
        with self.server.owner() as owner:
            return owner.post(f"planted/{name}", content=body)
