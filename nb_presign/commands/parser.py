"""Reads words into a command; never prints or exits: what is wrong becomes an `InputError`."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import NoReturn, TypedDict

from nb_presign import reference
from nb_presign.commands import command, helptext
from nb_presign.commands.grammar import (
    DEFAULT,
    SHELLS,
    Option,
    Verb,
    every_verb,
    find_option,
    find_verb,
    offered,
)
from nb_presign.errors import UsageError
from nb_presign.model import MintRequest, Scope, Target
from nb_presign.reference import format_reference
from nb_presign.request import mint_request, parse_scope

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
    return _make(verb or DEFAULT, namespace, prog)


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


def _make(verb: Verb, given: argparse.Namespace, prog: str) -> command.Command:
    count = len(given.words)
    if count < verb.least or (verb.most is not None and count > verb.most):
        wanted = f"takes {verb.usage}" if verb.usage else "takes no further words"
        extra = f", not {_shown(given.words[-1])} too" if count > verb.least else ""
        raise UsageError(
            f"'{verb.name}' {wanted}{extra}.", hint=f"See '{prog} {verb.name} --help'."
        )
    make = _MAKERS[verb.name]
    return make(given, prog)


def _mint(given: argparse.Namespace, prog: str) -> command.Command:
    del prog
    return command.Mint(**_common(given), request=_request(given))


def _open(given: argparse.Namespace, prog: str) -> command.Command:
    del prog
    return command.Open(**_common(given), request=_request(given, interactive=True))


def _link(given: argparse.Namespace, prog: str) -> command.Command:
    target = reference.parse(given.words[0])
    if not isinstance(target, Target):
        raise UsageError(
            f"A saved reference names its provider, and {target.id!r} does not.",
            hint=f"Write '{prog} link {format_reference(target.of('jupyter'))}', for example.",
        )
    return command.WriteLink(**_common(given), target=target, label=given.label or "")


def _completion(given: argparse.Namespace, prog: str) -> command.Command:
    del prog
    shell = given.words[0]
    if shell not in SHELLS:
        raise UsageError(f"Unknown shell {_shown(shell)}.", hint=_nearest(shell, SHELLS))
    return command.WriteCompletion(**_common(given), shell=shell)


def _help(given: argparse.Namespace, prog: str) -> command.Command:
    if not given.words:
        return command.Help(text=helptext.overview(prog))
    names = offered(prog)
    for name in given.words:
        if name not in names:
            hint = _nearest(name, names) if names else f"See '{prog} help'."
            raise UsageError(f"Unknown verb {_shown(name)}.", hint=hint)
        verb, names = names[name], names[name].members
    return command.Help(text=helptext.explain(verb, prog))


def _retire(given: argparse.Namespace, prog: str) -> command.Command:
    if bool(given.words) is given.all_but_newest:
        raise UsageError(
            "'keys retire' takes either ids or --all-but-newest.", hint=f"See '{prog} keys list'."
        )
    return command.RetireKeys(
        **_common(given), ids=tuple(given.words), all_but_newest=given.all_but_newest
    )


def _check_policy(given: argparse.Namespace, prog: str) -> command.Command:
    del prog
    return command.CheckPolicy(
        **_common(given),
        ip=given.ip or "",
        scope=parse_scope(given.scope) if given.scope else Scope.READ,
        target=given.target or "",
        within=given.within or "",
        file=given.file or "",
        at=given.at or "",
        http=given.http,
    )


def _end(given: argparse.Namespace, prog: str) -> command.Command:
    if given.everything == bool(given.words):
        raise UsageError(
            "'end' takes either session ids or --all.", hint=f"See '{prog} end --help'."
        )
    return command.End(**_common(given), ids=tuple(given.words), everything=given.everything)


_Maker = Callable[[argparse.Namespace, str], command.Command]
_MAKERS: dict[str, _Maker] = {
    "mint": _mint,
    "open": _open,
    "link": _link,
    "completion": _completion,
    "help": _help,
    "targets": lambda g, _: command.ListTargets(**_common(g), provider="".join(g.words)),
    "doctor": lambda g, _: command.Doctor(**_common(g), provider="".join(g.words)),
    "list": lambda g, _: command.ListLinks(**_common(g), everything=g.everything),
    "sessions": lambda g, _: command.ListSessions(**_common(g), everything=g.everything),
    "show": lambda g, _: command.Show(**_common(g), id=g.words[0]),
    "refresh": lambda g, _: command.Refresh(**_common(g), id=g.words[0]),
    "revoke": lambda g, _: command.Revoke(**_common(g), ids=tuple(g.words)),
    "end": _end,
    "keys list": lambda g, _: command.ListKeys(**_common(g)),
    "keys rotate": lambda g, _: command.RotateKeys(**_common(g)),
    "keys retire": _retire,
    "policy check": _check_policy,
}


class _Common(TypedDict):
    server: str
    json: bool
    quiet: bool


def _common(given: argparse.Namespace) -> _Common:
    # A local verb has no option of that name.
    server = getattr(given, "server", None) or ""
    return {"server": server, "json": given.json, "quiet": given.quiet}


def _request(given: argparse.Namespace, *, interactive: bool = False) -> MintRequest:
    return mint_request(
        given.words[0],
        path=given.path or "",
        session=given.session,
        expires=given.expires,
        scope=given.scope,
        uses=_count(given.uses),
        allow=tuple(given.allow),
        note=given.note or "",
        interactive=interactive,
        within=given.within or "",
        bind_ip=given.bind_ip,
    )


def _count(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.removeprefix("-").isdigit():
        raise UsageError(f"--uses takes a whole number, not {_shown(text)}.")
    return int(text[:10])


def _refuse_elsewhere(verb: Verb, words: Sequence[str], prog: str) -> None:
    """Refuse a verb that this front door has not, and a group without one of its verbs."""
    if verb.local and prog.startswith("%"):
        raise UsageError(
            f"'{verb.name}' works on files of this machine, and is no verb of {prog}.",
            hint=f"In a terminal: jupyter presign {verb.name}",
        )
    if not verb.verbs or {"-h", "--help"} & set(words):
        return
    wrong = next((word for word in words if not word.startswith("-")), "")
    if wrong:
        hint = _nearest(wrong, verb.members)
        raise UsageError(f"'{verb.name}' has no verb {_shown(wrong)}.", hint=hint)
    raise UsageError(f"'{verb.name}' takes {verb.usage}.", hint=f"See '{prog} {verb.name} --help'.")


def _refuse_slip(first: str, words: Sequence[str], prog: str) -> None:
    """Refuse a first word that was meant as a verb: close to one, or followed by more words."""
    if set(first) & set(":/?"):
        return
    names = tuple(offered(prog))
    if get_close_matches(first, names, n=1, cutoff=_SLIP):
        raise UsageError(
            f"Unknown verb {_shown(first)}.",
            hint=f"{_nearest(first, names)} For a target of that name: '{prog} mint {first}'.",
        )
    if len(words) > 1:
        raise UsageError(f"Unknown verb {_shown(first)}.", hint=_nearest(first, names))


def _refuse_option(verb: Verb, name: str, prog: str) -> NoReturn:
    names = tuple(option.name for option in verb.all_options)
    hint = _nearest(name, names) if get_close_matches(name, names, n=1) else ""
    hint = hint or f"See '{prog} {verb.name} --help'."
    raise UsageError(f"'{verb.name}' has no option {_shown(name)}.", hint=hint)


def _nearest(word: str, names: Iterable[str]) -> str:
    near = get_close_matches(word, names, n=1)
    return f"Did you mean '{near[0]}'?" if near else f"Possible: {', '.join(names)}."


def _shown(word: str) -> str:
    """Quote a word; one that may hold a token is not repeated."""
    return "a URL" if "://" in word else repr(word[:40])


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415  # slow, and asked for once

    return f"nb_presign {version('nb_presign')}"
