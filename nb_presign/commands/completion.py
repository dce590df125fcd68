"""Finds what could stand at the end of an unfinished command, for IPython and for shells."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from nb_presign.api import PresignApi
from nb_presign.clock import Clock, SystemClock
from nb_presign.commands.connections import Connections
from nb_presign.commands.grammar import (
    BY_NAME,
    DEFAULT,
    SERVER,
    SHELLS,
    Kind,
    Option,
    Verb,
    find_option,
    find_verb,
    offered,
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
}


class Completer:
    """Completes the last of some words; what servers know is asked for once in a few seconds.

    `prog` is how the caller is called, as for `parse`: it has the verbs of that one.
    """

    def __init__(
        self,
        connections: Connections,
        *,
        prog: str = "jupyter presign",
        clock: Clock | None = None,
    ) -> None:
        self._connections = connections
        self._verbs = tuple(offered(prog))
        self._clock = clock or SystemClock()
        self._kept: dict[tuple[Kind, str], tuple[float, tuple[str, ...]]] = {}
        self._asking: dict[tuple[Kind, str], asyncio.Task[tuple[str, ...]]] = {}

    async def complete(self, words: Sequence[str], *, wait: float = WAIT) -> tuple[str, ...]:
        """Return what the last word could become; nothing rather than late, wrong or an error.

        An answer that comes later than `wait` seconds is kept for the next Tab.
        """
        *before, last = words or ("",)
        fixed, kind, prefix = _expected(before, last, self._verbs)
        if kind is None:
            return _matching(fixed, last)
        known = await self._known(kind, _server(before), wait)
        return _matching((*fixed, *(prefix + one for one in known)), last)

    async def _known(self, kind: Kind, server: str, wait: float) -> tuple[str, ...]:
        if kind in _FIXED:
            return _FIXED[kind]
        if kind is Kind.KEY:
            return await _key_ids()
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


def _expected(
    before: Sequence[str], last: str, verbs: tuple[str, ...]
) -> tuple[tuple[str, ...], Kind | None, str]:
    """Tell what can stand there: fixed words, a kind of thing, and what precedes it in the word."""
    verb, words = _verb(before)
    if before and (option := find_option(verb, before[-1])) and _wants_value(option, before[-1]):
        return (), option.kind, ""
    if last.startswith("-"):
        option = find_option(verb, last)
        if option and option.metavar and "=" in last:
            return (), option.kind, last.partition("=")[0] + "="
        return _option_names(verb, before), None, ""
    if verb.verbs or verb.words is Kind.VERB:
        return _names(verb, words, verbs), None, ""
    if verb.most is not None and len(words) >= verb.most:
        return (), None, ""
    named = any(word == verb.name.partition(" ")[0] for word in before)
    return () if named or verb is not DEFAULT else verbs, verb.words, ""


def _names(verb: Verb, words: Sequence[str], verbs: tuple[str, ...]) -> tuple[str, ...]:
    """Name the verbs of a group, or for `help` all of them and then those of a group."""
    if verb.verbs:
        return () if words else tuple(verb.members)
    if not words:
        return verbs
    group = BY_NAME.get(words[0]) if len(words) == 1 and words[0] in verbs else None
    return tuple(group.members) if group else ()


def _verb(before: Sequence[str]) -> tuple[Verb, list[str]]:
    """Find the verb and the words that follow it; without one it is to mint."""
    verb, skip = DEFAULT, False
    words: list[str] = []
    for word in before:
        if skip:
            skip = False
        elif word.startswith("-"):
            option = find_option(verb, word)
            skip = option is not None and _wants_value(option, word)
        else:
            words.append(word)
            verb = find_verb(words)[0] or DEFAULT
    return verb, words[find_verb(words)[1] :]


def _wants_value(option: Option, word: str) -> bool:
    return bool(option.metavar) and "=" not in word


def _option_names(verb: Verb, before: Sequence[str]) -> tuple[str, ...]:
    given = set(before)
    return tuple(
        option.name
        for option in verb.all_options
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


async def _key_ids() -> tuple[str, ...]:
    """List the keys that can be retired; from the file, which no server is asked for."""
    from nb_presign.commands.keys import retirable  # noqa: PLC0415  # msgspec, for one verb only

    try:
        return await retirable()
    except PresignError:
        return ()
