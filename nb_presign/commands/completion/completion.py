"""Finds what could stand at the end of an unfinished command, for IPython and for shells."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nb_presign.clock import Clock, SystemClock
from nb_presign.commands.completion.candidates import ASK, LOOK, Where
from nb_presign.commands.connections import Connections
from nb_presign.commands.words.grammar import Kind, Option, Verb
from nb_presign.commands.words.vocabulary import (
    BY_NAME,
    DEFAULT,
    SHELLS,
    find_option,
    find_verb,
    members,
    offered,
)
from nb_presign.errors import PresignError
from nb_presign.model import Scope

if TYPE_CHECKING:
    from nb_presign.commands.completion.remembered import Memory

#: Seconds that a Tab waits for servers, and for which their answer is good.
WAIT = 0.9
KEEP = 5.0

_FIXED: dict[Kind, tuple[str, ...]] = {
    Kind.SCOPE: tuple(str(scope) for scope in Scope),
    Kind.SHELL: SHELLS,
}
#: Kinds that are several others.
_KINDS: dict[Kind | None, tuple[Kind, ...]] = {Kind.PATIENT: (Kind.PROVIDER, Kind.TARGET)}


class Completer:
    """Completes the last of some words; what servers know is asked for once in a few seconds.

    `prog` is how the caller is called, as for `parse`: it has the verbs of that one. `memory` is
    what outlives this process.
    """

    def __init__(
        self,
        connections: Connections,
        *,
        prog: str = "jupyter presign",
        clock: Clock | None = None,
        memory: Memory | None = None,
    ) -> None:
        self._connections = connections
        self._prog = prog
        self._clock = clock or SystemClock()
        self._memory = memory
        self._kept: dict[tuple[Kind, Where], tuple[float, tuple[str, ...]]] = {}
        self._asking: dict[tuple[Kind, Where], asyncio.Task[tuple[str, ...]]] = {}

    def asks(self, words: Sequence[str]) -> bool:
        """Tell whether servers have to be asked for what the last word could become."""
        *before, last = words or ("",)
        _, kinds, _ = _expected(before, last, self._prog)
        where = _where(before)
        return any(kind in ASK and self._recall(kind, where) is None for kind in kinds)

    async def complete(self, words: Sequence[str], *, wait: float = WAIT) -> tuple[str, ...]:
        """Return what the last word could become; nothing rather than late, wrong or an error.

        An answer that comes later than `wait` seconds is kept for the next Tab.
        """
        *before, last = words or ("",)
        fixed, kinds, prefix = _expected(before, last, self._prog)
        where = _where(before)
        known = await asyncio.gather(*(self._known(kind, where, wait) for kind in kinds))
        return _matching((*fixed, *(prefix + one for some in known for one in some)), last)

    async def _known(self, kind: Kind, where: Where, wait: float) -> tuple[str, ...]:
        if kind in _FIXED:
            return _FIXED[kind]
        if kind in LOOK:
            return await LOOK[kind]()
        if kind not in ASK:
            return ()
        recalled = self._recall(kind, where)
        if recalled is not None:
            return recalled
        task = self._asking.get((kind, where))
        if task is None or task.done():
            task = asyncio.ensure_future(self._ask(kind, where))
            self._asking[kind, where] = task
        done, _ = await asyncio.wait({task}, timeout=wait)
        _, old = self._kept.get((kind, where), (0.0, ()))
        return task.result() if done else old

    def _recall(self, kind: Kind, where: Where) -> tuple[str, ...] | None:
        kept = self._kept.get((kind, where))
        if kept and self._clock.monotonic() - kept[0] < KEEP:
            return kept[1]
        if self._memory is None or kind is not Kind.TARGET:
            return None
        return self._memory.recall(where.server, where.region, where.profile)

    async def _ask(self, kind: Kind, where: Where) -> tuple[str, ...]:
        try:
            api = await self._connections.get(where.server)
            found = await ASK[kind](api, self._clock, where)
        except PresignError:
            self._connections.forget(where.server)
            return ()
        self._kept[kind, where] = (self._clock.monotonic(), found)
        if self._memory is not None and kind is Kind.TARGET:
            self._memory.keep(found, where.server, where.region, where.profile)
        return found


def _expected(
    before: Sequence[str], last: str, prog: str
) -> tuple[tuple[str, ...], tuple[Kind, ...], str]:
    """Tell what can stand there: fixed words, kinds of things, and what precedes these in it."""
    verb, words = _verb(before)
    if before and (option := find_option(verb, before[-1])) and _wants_value(option, before[-1]):
        return (), (option.kind,), ""
    if last.startswith("-"):
        option = find_option(verb, last)
        if option and option.metavar and "=" in last:
            return (), (option.kind,), last.partition("=")[0] + "="
        return _option_names(verb, before), (), ""
    if verb.words is Kind.VERB:
        return _names(words, prog), (), ""
    if verb.most is not None and len(words) >= verb.most and not verb.is_group:
        return (), (), ""
    kinds = _KINDS.get(verb.words, (verb.words,)) if verb.words else ()
    return _first_words(verb, before, words, prog), kinds, ""


def _first_words(
    verb: Verb, before: Sequence[str], words: Sequence[str], prog: str
) -> tuple[str, ...]:
    """Name the verbs that can stand here."""
    if verb.verbs:
        return () if words else tuple(members(verb, prog))
    return tuple(offered(prog)) if verb is DEFAULT and verb.name not in before else ()


def _names(words: Sequence[str], prog: str) -> tuple[str, ...]:
    """Name, for `help`, all verbs and then those of a group."""
    verbs = offered(prog)
    if not words:
        return tuple(verbs)
    group = BY_NAME.get(words[0]) if len(words) == 1 and words[0] in verbs else None
    return tuple(members(group, prog)) if group else ()


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


def _where(before: Sequence[str]) -> Where:
    return Where(*(_value(name, before) for name in ("--server", "--region", "--profile")))


def _value(option: str, before: Sequence[str]) -> str:
    for at, word in enumerate(before):
        name, _, value = word.partition("=")
        if name == option:
            return value or "".join(before[at + 1 : at + 2])
    return ""


def _matching(candidates: Sequence[str], last: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in candidates if one.startswith(last)))
