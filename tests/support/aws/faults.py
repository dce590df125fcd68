"""What goes wrong between a client and AWS: `aws.play("CreatePresignedNotebookUrl", reset())`.

A fault changes the result of a call, or the way its answer is sent. One object can be played for
several operations and times; it says when it was met.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from support.aws.exchange import Answer, Asked
from support.aws.pages import TOKENS, token_name
from support.aws.refusal import RefusedError
from support.aws.reply import Reply

#: Members of results that hold a URL or, of MWAA, a host.
URLS = ("AuthorizedUrl", "NotebookUrl", "PresignedURL", "Url", "url", "WebServerHostname")


class Line(Protocol):
    """The way back to a client."""

    def send(self, data: bytes) -> None:
        """Send these bytes."""

    def hang_up(self) -> None:
        """Close after what was sent."""

    def reset(self) -> None:
        """Throw the connection away (RST)."""


@dataclass
class Fault:
    """Goes wrong in no way: what the others begin with."""

    #: Set when a call meets it.
    met: threading.Event = field(default_factory=threading.Event, repr=False)
    _released: threading.Event = field(default_factory=threading.Event, repr=False)
    #: How far the server's clock is ahead meanwhile.
    skew: timedelta = timedelta(0)

    def release(self) -> None:
        """Let answers go that it holds back."""
        self._released.set()

    def around(self, asked: Asked, answer: Answer) -> dict[str, Any]:
        """Answer in the operation's place."""
        return answer(asked)

    def send(self, line: Line, reply: Reply) -> None:
        """Send in the server's place."""
        line.send(reply.bytes)


@dataclass
class _Refuses(Fault):
    refusal: RefusedError = field(default_factory=lambda: RefusedError("InternalFailure", "", 500))

    def around(self, asked: Asked, answer: Answer) -> dict[str, Any]:
        del asked, answer
        raise self.refusal


def error(code: str, message: str = "", status: int = 0) -> Fault:
    """Refuse with any code; status 0 is what the protocol usually gives it."""
    return _Refuses(refusal=RefusedError(code, message, status))


def throttling(code: str = "ThrottlingException") -> Fault:
    """Say that there were too many requests."""
    return error(code, "Rate exceeded")


def expired() -> Fault:
    """Say that the credentials have expired."""
    return error("ExpiredTokenException", "The security token included in the request is expired")


@dataclass
class _Denies(Fault):
    def around(self, asked: Asked, answer: Answer) -> dict[str, Any]:
        del answer
        raise asked.denial()


def denied() -> Fault:
    """Say that no policy allows it."""
    return _Denies()


def clock_skew(by: timedelta = timedelta(minutes=17)) -> Fault:
    """Have a clock that is ahead; the signature is too old by it, or for negative times too new."""
    return Fault(skew=by)


@dataclass
class _Resets(Fault):
    amid: bool = False

    def send(self, line: Line, reply: Reply) -> None:
        if self.amid:
            line.send(reply.bytes[: len(reply.head) + len(reply.body) // 2])
        line.reset()


def reset(*, amid: bool = False) -> Fault:
    """Reset the connection before the answer, or in the middle of its body."""
    return _Resets(amid=amid)


@dataclass
class _HangsUp(Fault):
    amid: bool = False

    def send(self, line: Line, reply: Reply) -> None:
        if self.amid:
            line.send(reply.bytes[: len(reply.head) + len(reply.body) // 2])
        line.hang_up()


def hang_up(*, amid: bool = False) -> Fault:
    """Close the connection in good order, before the answer or in the middle of its body."""
    return _HangsUp(amid=amid)


@dataclass
class _Says(Fault):
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def send(self, line: Line, reply: Reply) -> None:
        line.send(Reply(self.status, {**reply.headers, **self.headers}, self.body).bytes)


def html(status: int = 200) -> Fault:
    """Answer with a page, as proxies and load balancers do."""
    page = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Proxy</body></html>"
    return _Says(status=status, headers={"Content-Type": "text/html"}, body=page)


def empty(status: int = 200) -> Fault:
    """Answer with no body."""
    return _Says(status=status)


def says(body: bytes, *, status: int = 200, **headers: str) -> Fault:
    """Answer with any bytes; `_` in a header's name is written `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return _Says(status=status, headers=named, body=body)


@dataclass
class _Truncates(Fault):
    def send(self, line: Line, reply: Reply) -> None:
        line.send(Reply(reply.status, reply.headers, reply.body[: len(reply.body) // 2]).bytes)


def truncated() -> Fault:
    """Answer with the first half of the JSON, and a length that fits it."""
    return _Truncates()


@dataclass
class _Waits(Fault):
    seconds: float | None = None
    answers: bool = True

    def send(self, line: Line, reply: Reply) -> None:
        self._released.wait(self.seconds)
        if self.answers:
            line.send(reply.bytes)
        else:
            line.hang_up()


def slow(seconds: float | None = None) -> Fault:
    """Answer when `release` is called, or at the latest after so many seconds."""
    return _Waits(seconds=seconds)


def hang() -> Fault:
    """Never answer; the connection ends when the server does, or by `release`."""
    return _Waits(answers=False)


@dataclass
class _Endless(Fault):
    same: bool = True
    _count: itertools.count = field(default_factory=itertools.count, repr=False)

    def around(self, asked: Asked, answer: Answer) -> dict[str, Any]:
        given = {k: v for k, v in asked.parameters.items() if k not in TOKENS}
        token = "again" if self.same else f"again-{next(self._count)}"
        return {**answer(asked.with_parameters(given)), token_name(asked): token}


def endless(*, same: bool = True) -> Fault:
    """Have the first page again as the next one, for ever; its token is the same, or new."""
    return _Endless(same=same)


@dataclass
class _Changes(Fault):
    changed: Mapping[str, Any] = field(default_factory=dict, repr=False)
    dropped: tuple[str, ...] = ()

    def around(self, asked: Asked, answer: Answer) -> dict[str, Any]:
        result = {**answer(asked), **self.changed}
        return {name: value for name, value in result.items() if name not in self.dropped}


def without(*members: str) -> Fault:
    """Leave members out of the answer."""
    return _Changes(dropped=members)


def changed(**members: Any) -> Fault:
    """Put other values into the answer."""
    return _Changes(changed=members)


@dataclass
class _Redirects(Fault):
    scheme: str = "https"
    host: str = ""

    def around(self, asked: Asked, answer: Answer) -> dict[str, Any]:
        return {name: self._elsewhere(name, value) for name, value in answer(asked).items()}

    def _elsewhere(self, name: str, value: Any) -> Any:
        if name not in URLS:
            return value
        if "://" not in value:
            return self.host or value
        host, mark, rest = value.partition("://")[2].partition("?")
        host, slash, path = host.partition("/")
        return f"{self.scheme}://{self.host or host}{slash}{path}{mark}{rest}"


def wrong_host(host: str = "login.example.net") -> Fault:
    """Give out URLs of another host."""
    return _Redirects(host=host)


def http_url() -> Fault:
    """Give out URLs without TLS."""
    return _Redirects(scheme="http")
