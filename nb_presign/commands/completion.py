"""Finds what could stand at the end of an unfinished command, for IPython and for shells."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from nb_presign.api import PresignApi
from nb_presign.clock import Clock, SystemClock
from nb_presign.commands.connections import Connections
from nb_presign.commands.grammar import (
    BY_NAME,
    COMMON,
    DEFAULT,
    SERVER,
    SHELLS,
    VERBS,
    Kind,
    Option,
    Verb,
    find_option,
)
from nb_presign.commands.verbs import list_targets
from nb_presign.errors import PresignError
from nb_presign.model import LinkState, Scope, SessionState
from nb_presign.reference import format_reference

#: Seconds that a Tab waits for servers, and for which their answer is good.
WAIT = 0.9
KEEP = 5.0

_FIXED: dict[Kind, tuple[str, ...]] = {
    Kind.SCOPE: tuple(str(scope) for scope in Scope),
    Kind.SHELL: SHELLS,
    Kind.VERB: tuple(verb.name for verb in VERBS),
}


class Completer:
    """Completes the last of some words; what servers know is asked for once in a few seconds."""

    def __init__(self, connections: Connections, *, clock: Clock | None = None) -> None:
        self._connections = connections
        self._clock = clock or SystemClock()
        self._kept: dict[tuple[Kind, str], tuple[float, tuple[str, ...]]] = {}
        self._asking: dict[tuple[Kind, str], asyncio.Task[tuple[str, ...]]] = {}

    async def complete(self, words: Sequence[str], *, wait: float = WAIT) -> tuple[str, ...]:
        """Return what the last word could become; nothing rather than late, wrong or an error.

        An answer that comes later than `wait` seconds is kept for the next Tab.
        """
        *before, last = words or ("",)
        fixed, kind, prefix = _expected(before, last)
        if kind is None:
            return _matching(fixed, last)
        known = await self._known(kind, _server(before), wait)
        return _matching((*fixed, *(prefix + one for one in known)), last)

    async def _known(self, kind: Kind, server: str, wait: float) -> tuple[str, ...]:
        if kind in _FIXED:
            return _FIXED[kind]
        ask = _ASK.get(kind)
        kept = self._kept.get((kind, server))
        if ask is None:
            return ()
        if kept and self._clock.monotonic() - kept[0] < KEEP:
            return kept[1]
        task = self._asking.get((kind, server))
        if task is None or task.done():
            task = asyncio.ensure_future(self._ask(ask, kind, server))
            self._asking[kind, server] = task
        done, _ = await asyncio.wait({task}, timeout=wait)
        return task.result() if done else kept[1] if kept else ()

    async def _ask(self, ask: _Ask, kind: Kind, server: str) -> tuple[str, ...]:
        try:
            found = await ask(await self._connections.get(server), self._clock)
        except PresignError:
            self._connections.forget(server)
            return ()
        self._kept[kind, server] = (self._clock.monotonic(), found)
        return found


_Ask = Callable[[PresignApi, Clock], Awaitable[tuple[str, ...]]]


def _expected(before: Sequence[str], last: str) -> tuple[tuple[str, ...], Kind | None, str]:
    """Tell what can stand there: fixed words, a kind of thing, and what precedes it in the word."""
    verb, words = _verb(before)
    if before and (option := find_option(verb, before[-1])) and _wants_value(option, before[-1]):
        return (), option.kind, ""
    if last.startswith("-"):
        option = find_option(verb, last)
        if option and option.metavar and "=" in last:
            return (), option.kind, last.partition("=")[0] + "="
        return _option_names(verb, before), None, ""
    if verb.most is not None and words >= verb.most:
        return (), None, ""
    named = any(word == verb.name for word in before)
    verbs = () if named or verb is not DEFAULT else tuple(BY_NAME)
    return verbs, verb.words, ""


def _verb(before: Sequence[str]) -> tuple[Verb, int]:
    """Find the verb and how many words follow it; without one it is to mint."""
    verb, count, skip = DEFAULT, 0, False
    named = False
    for word in before:
        if skip:
            skip = False
        elif word.startswith("-"):
            option = find_option(verb, word)
            skip = option is not None and _wants_value(option, word)
        elif not named and not count and word in BY_NAME:
            verb, named = BY_NAME[word], True
        else:
            count += 1
    return verb, count


def _wants_value(option: Option, word: str) -> bool:
    return bool(option.metavar) and "=" not in word


def _option_names(verb: Verb, before: Sequence[str]) -> tuple[str, ...]:
    given = set(before)
    return tuple(
        option.name
        for option in (*verb.options, *COMMON)
        if option.repeatable or not {option.name, option.short} & given
    )


def _server(before: Sequence[str]) -> str:
    for at, word in enumerate(before):
        name, _, value = word.partition("=")
        if name == SERVER.name:
            return value or "".join(before[at + 1 : at + 2])
    return ""


def _matching(candidates: Sequence[str], last: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in candidates if one.startswith(last)))


async def _references(api: PresignApi, clock: Clock) -> tuple[str, ...]:
    del clock
    found = await list_targets(api, "")
    return tuple(format_reference(info.target) for info in found.targets)


async def _server_names(api: PresignApi, clock: Clock) -> tuple[str, ...]:
    del clock
    found = await list_targets(api, "jupyter")
    return tuple(info.target.id for info in found.targets)


async def _provider_names(api: PresignApi, clock: Clock) -> tuple[str, ...]:
    del clock
    return tuple(info.name for info in await api.providers())


async def _link_ids(api: PresignApi, clock: Clock) -> tuple[str, ...]:
    now = clock.now()
    return tuple(x.id for x in await api.links() if x.state(now) is not LinkState.REVOKED)


async def _session_ids(api: PresignApi, clock: Clock) -> tuple[str, ...]:
    now = clock.now()
    return tuple(x.id for x in await api.sessions() if x.state(now) is SessionState.LIVE)


_ASK: dict[Kind, _Ask] = {
    Kind.TARGET: _references,
    Kind.SERVER: _server_names,
    Kind.PROVIDER: _provider_names,
    Kind.LINK: _link_ids,
    Kind.SESSION: _session_ids,
}
