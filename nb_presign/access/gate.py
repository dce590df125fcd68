"""Decide what a guest's request may do; pure, but for asking where symbolic links lead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from nb_presign.access.routes import ROUTES, Absorbed, Route
from nb_presign.access.rules import Ask
from nb_presign.model import Scope, Session

_ORDER = {scope: place for place, scope in enumerate(Scope)}


class Verdict(Enum):
    """What becomes of a guest's request."""

    ALLOW = "allow"
    #: Answered as done, without effect.
    ABSORB = "absorb"
    #: Open to everybody: the guest is treated as nobody.
    PUBLIC = "public"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict, and how an absorbed request is answered."""

    verdict: Verdict
    absorbed: Absorbed | None = None
    #: Whether the guest's browser may keep the answer.
    cacheable: bool = False


_DENIED = Ruling(Verdict.DENY)
_ALLOWED = Ruling(Verdict.ALLOW)
_KEPT = Ruling(Verdict.ALLOW, cacheable=True)
_PUBLIC = Ruling(Verdict.PUBLIC)


@dataclass(frozen=True, slots=True)
class Gate:
    """Reads the table for one server."""

    #: With a slash at both ends.
    base_url: str
    #: Tells the root directory of the files; empty where they are not in a file system.
    root: Callable[[], str]
    routes: tuple[Route, ...] = ROUTES
    _by_method: dict[str, list[Route]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_method: dict[str, list[Route]] = {}
        for route in self.routes:
            for method in route.methods:
                by_method.setdefault(method, []).append(route)
        object.__setattr__(self, "_by_method", by_method)

    def decide(self, session: Session, method: str, path: str, body: bytes) -> Ruling:
        """Judge one request by the first row that names its method and path; without a row, deny.

        `path` is the one of the request line, still encoded, without its query.
        """
        below = self._below(path)
        if below is None:
            return _DENIED
        for route in self._by_method.get(method, ()):
            if match := route.pattern.fullmatch(below):
                if route.public:
                    return _PUBLIC
                ask = Ask(match.groupdict(), body, session.narrowing, self.root())
                return _judge(route, session, ask)
        return _DENIED

    def _below(self, path: str) -> str | None:
        if path.startswith(self.base_url):
            return path[len(self.base_url) :]
        return "" if path + "/" == self.base_url else None


def _judge(route: Route, session: Session, ask: Ask) -> Ruling:
    high_enough = route.scope is not None and _ORDER[session.scope] >= _ORDER[route.scope]
    wide_enough = route.narrowed or session.narrowing is None
    if high_enough and wide_enough and route.rule(ask):
        return _KEPT if route.cacheable else _ALLOWED
    return Ruling(Verdict.ABSORB, route.absorb) if route.absorb else _DENIED
