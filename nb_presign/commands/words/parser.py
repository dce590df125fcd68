"""Reads words into a command; never prints or exits: what is wrong becomes an `InputError`."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import NoReturn

from nb_presign.commands import command
from nb_presign.commands.words import helptext
from nb_presign.commands.words.grammar import Option, Verb
from nb_presign.commands.words.making import make
from nb_presign.commands.words.nearest import nearest, shown
from nb_presign.commands.words.vocabulary import (
    DEFAULT,
    every_verb,
    find_option,
    find_verb,
    offered,
)
from nb_presign.errors import UsageError

#: How alike a word and a verb must be for the word to be a slip and no target.
_SLIP = 0.75


def split(line: str) -> list[str]:
    """Split a line as a shell does."""
    try:
        return shlex.split(line)
    except ValueError as error:
        raise UsageError(
            "A quotation mark has no partner.", hint="Close it, or put a backslash before it."
        ) from error


def parse(words: Sequence[str], *, prog: str = "jupyter presign") -> command.Command:
    """Read a command; `prog` is how the caller is called in help and hints.

    Raises `InputError`; unknown verbs and options name the nearest one.
    """
    places = list(_places(words))
    first = words[places[0]] if places else ""
    if "--version" in words and not first:
        return command.Help(text=_version())
    if not places and not set(words) - {"-h", "--help"}:
        return command.Help(text=helptext.overview(prog))
    verb, named_by = find_verb([words[at] for at in places])
    words = [word for at, word in enumerate(words) if at not in places[:named_by]]
    if verb:
        _refuse_elsewhere(verb, words, prog)
    namespace = _read(verb or DEFAULT, words, prog)
    if namespace.help:
        return command.Help(text=helptext.explain(verb or DEFAULT, prog))
    if not verb:
        _refuse_slip(first, namespace.words, prog)
    return make(verb or DEFAULT, namespace, prog)


def _places(words: Sequence[str]) -> Iterator[int]:
    """Find the words that are neither options nor an option's value."""
    skip = False
    for at, word in enumerate(words):
        if skip:
            skip = False
        elif word.startswith("-") and word != "-":
            option = next(filter(None, (find_option(verb, word) for verb in every_verb())), None)
            skip = option is not None and bool(option.metavar) and "=" not in word
        else:
            yield at


class _Parser(argparse.ArgumentParser):
    """Raises where argparse would print and exit."""

    def error(self, message: str) -> NoReturn:
        # argparse's sentences begin small and have no full stop.
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", hint=f"See '{self.prog} --help'.")


def _read(verb: Verb, words: Sequence[str], prog: str) -> argparse.Namespace:
    parser = _Parser(
        prog=f"{prog} {verb.name}", usage=verb.usage, add_help=False, allow_abbrev=False
    )
    for option in verb.all_options:
        _add(parser, option)
    parser.add_argument("words", nargs="*")
    namespace, unknown = parser.parse_known_intermixed_args(list(words))
    if strange := [word for word in unknown if word.startswith("-")]:
        _refuse_option(verb, strange[0].partition("=")[0], prog)
    namespace.words = [*namespace.words, *unknown]
    return namespace


def _add(parser: argparse.ArgumentParser, option: Option) -> None:
    names = [name for name in (option.short, option.name) if name]
    if not option.metavar:
        parser.add_argument(*names, dest=option.dest, action="store_true")
    elif option.repeatable:
        parser.add_argument(*names, dest=option.dest, action="append", default=[])
    else:
        parser.add_argument(*names, dest=option.dest)


def _refuse_elsewhere(verb: Verb, words: Sequence[str], prog: str) -> None:
    """Refuse a verb that this front door has not, and a group without one of its verbs."""
    if verb.local and prog.startswith("%"):
        raise UsageError(
            f"'{verb.name}' works on files of this machine, and is no verb of {prog}.",
            hint=f"In a terminal: jupyter presign {verb.name}",
        )
    if not verb.is_group or {"-h", "--help"} & set(words):
        return
    wrong = next((word for word in words if not word.startswith("-")), "")
    if wrong:
        hint = nearest(wrong, verb.members)
        raise UsageError(f"'{verb.name}' has no verb {shown(wrong)}.", hint=hint)
    raise UsageError(f"'{verb.name}' takes {verb.usage}.", hint=f"See '{prog} {verb.name} --help'.")


def _refuse_slip(first: str, words: Sequence[str], prog: str) -> None:
    """Refuse a first word that was meant as a verb: close to one, or followed by more words."""
    if set(first) & set(":/?"):
        return
    names = tuple(offered(prog))
    if get_close_matches(first, names, n=1, cutoff=_SLIP):
        raise UsageError(
            f"Unknown verb {shown(first)}.",
            hint=f"{nearest(first, names)} For a target of that name: '{prog} mint {first}'.",
        )
    if len(words) > 1:
        raise UsageError(f"Unknown verb {shown(first)}.", hint=nearest(first, names))


def _refuse_option(verb: Verb, name: str, prog: str) -> NoReturn:
    names = tuple(option.name for option in verb.all_options)
    hint = nearest(name, names) if get_close_matches(name, names, n=1) else ""
    hint = hint or f"See '{prog} {verb.name} --help'."
    raise UsageError(f"'{verb.name}' has no option {shown(name)}.", hint=hint)


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415  # slow, and asked for once

    return f"nb_presign {version('nb_presign')}"
