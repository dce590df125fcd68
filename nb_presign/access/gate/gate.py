"""Decide what a guest's request may do; pure, but for asking where symbolic links lead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from nb_presign.access.gate.absorbed import Absorbed
from nb_presign.access.gate.ask import Ask
from nb_presign.access.gate.frames import Frames
from nb_presign.access.gate.paths import BadPathError
from nb_presign.access.gate.reach import WHOLE, Reach, RunningSession, as_it_is_now
from nb_presign.access.gate.route import Needs, Route
from nb_presign.access.gate.routes import ROUTES
from nb_presign.model import Scope, Session

_ORDER = {scope: place for place, scope in enumerate(Scope)}
#: Below it only the built-in table counts: guests configure nothing of ours.
OWN = "nb-presign"


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
    """A verdict, and how the request is held to it."""

    verdict: Verdict
    absorbed: Absorbed | None = None
    #: Whether the guest's browser may keep the answer.
    cacheable: bool = False
    #: What passes over the socket, if one is opened.
    frames: Frames = Frames.CHANNEL
    #: How far the session reached when this was decided: for what an answer lists.
    reach: Reach = WHOLE
    #: Whether it may turn out otherwise later, because it hangs on what runs and where files are.
    moves: bool = False
    #: Whether a kernel may start by it, which the guest may then end.
    starts: bool = False


DENIED = Ruling(Verdict.DENY)
_PUBLIC = Ruling(Verdict.PUBLIC)


@dataclass(frozen=True, slots=True)
class Match:
    """The row that names a request, and what its pattern found."""

    route: Route
    below: str
    groups: Mapping[str, str | None]

    def open_to(self, session: Session) -> bool:
        """Tell whether scope and narrowing of a session let it as far as the row's rule."""
        route = self.route
        return (
            route.scope is not None
            and _ORDER[session.scope] >= _ORDER[route.scope]
            and (route.narrowed or session.narrowing is None)
        )

    def needs(self, session: Session) -> Needs:
        """Tell what must be asked of the live server before this can be judged."""
        if not self.open_to(session):
            return Needs.NOTHING
        if session.narrowing is None:
            only_narrowed = Needs.NOTHING if Needs.KERNELS in self.route.needs else Needs.SESSIONS
            return self.route.needs & ~only_narrowed
        one_notebook = bool(session.narrowing.session_id)
        return self.route.needs | (Needs.SESSIONS if one_notebook else Needs.NOTHING)


@dataclass(frozen=True, slots=True)
class Live:
    """What the live server answered: which Jupyter sessions run, which file the request names."""

    running: tuple[RunningSession, ...] = ()
    file: str = ""
    #: Ids of the kernels that run, where one may start or end.
    kernels: frozenset[str] = frozenset()
    #: Ids of those that the guest's session has started.
    started: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Gate:
    """Reads the table for one server."""

    #: With a slash at both ends.
    base_url: str
    #: Tells the root directory of the files; empty where they are not in a file system.
    root: Callable[[], str]
    routes: tuple[Route, ...] = ROUTES
    #: Tells the rows that are not known beforehand; they loosen none of the others.
    added: Callable[[], Iterable[Route]] = tuple
    #: Tells whether hidden files are served.
    hidden: Callable[[], bool] = bool
    #: What no guest reaches though it is below the root: directories and files of the server's own,
    #: without symbolic links.
    closed: tuple[Path, ...] = ()
    _by_method: dict[str, list[Route]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_method: dict[str, list[Route]] = {}
        for route in self.routes:
            for method in route.methods:
                by_method.setdefault(method, []).append(route)
        object.__setattr__(self, "_by_method", by_method)

    def find(self, method: str, path: str) -> Match | None:
        """Find the first row that names a request; None: there is none, and nobody may.

        `path` is the one of the request line, still encoded, without its query.
        """
        below = self._below(path)
        if below is None:
            return None
        for route in self._by_method.get(method, ()):
            if found := route.pattern.fullmatch(below):
                return Match(route, below, found.groupdict())
        if below.startswith(OWN):
            return None
        for route in self.added():
            if method in route.methods and (found := route.pattern.fullmatch(below)):
                return Match(route, below, found.groupdict())
        return None

    def judge(
        self,
        session: Session,
        match: Match,
        body: bytes,
        arguments: Mapping[str, Sequence[bytes]],
        live: Live,
    ) -> Ruling:
        """Judge a request whose row was found, by what the live server said about it."""
        route = match.route
        if route.public:
            return _PUBLIC
        narrowing = as_it_is_now(session.narrowing, live.running)
        reach = Reach(
            narrowing,
            self.root(),
            self.hidden(),
            self.closed,
            live.running,
            live.kernels,
            live.started,
        )
        ask = Ask(match.below, match.groups, arguments, body, session.scope, reach, live.file)
        if match.open_to(session) and _agrees(route, ask):
            narrowed = session.narrowing is not None
            frames = (narrowed and route.narrowed_frames) or route.frames
            moves = narrowed and bool(match.needs(session))
            starts = Needs.KERNELS in route.needs
            return Ruling(Verdict.ALLOW, None, route.cacheable, frames, reach, moves, starts)
        return Ruling(Verdict.ABSORB, route.absorb) if route.absorb else DENIED

    def decide(
        self,
        session: Session,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        arguments: Mapping[str, Sequence[bytes]] | None = None,
        live: Live | None = None,
    ) -> Ruling:
        """Find and judge at once, where what the live server would say is known."""
        match = self.find(method, path)
        if match is None:
            return DENIED
        return self.judge(session, match, body, arguments or {}, live or Live())

    def lets(self, session: Session, method: str, below: str) -> bool:
        """Tell whether a session is let as far as some row's rule: what the table itself says."""
        match = self.find(method, self.base_url + below)
        return match is not None and match.open_to(session)

    def _below(self, path: str) -> str | None:
        if path.startswith(self.base_url):
            return path[len(self.base_url) :]
        return "" if path + "/" == self.base_url else None


def _agrees(route: Route, ask: Ask) -> bool:
    try:
        return route.rule(ask)
    except BadPathError:
        return False
