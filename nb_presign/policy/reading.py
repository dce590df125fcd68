"""Reads policy documents, and refuses at once what would not do what it seems to say.

The elements of an identity-based policy (AWS IAM User Guide, "Grammar of the IAM JSON policy
language"). What AWS has and this does not is refused and not passed over: a Deny whose condition
nobody understands would otherwise be a door.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn, TypeVar

from nb_presign.errors import BadPolicyError
from nb_presign.policy.conditions import IF_EXISTS, KEYS, NULL, OPERATORS, Condition
from nb_presign.policy.document import Document, Effect, Names, Statement
from nb_presign.policy.patterns import ArnPattern, Wildcard

T = TypeVar("T")

VERSIONS = ("2012-10-17", "2008-10-17")
#: Characters; IAM's own largest policies have 10,240.
MAX_SIZE = 65_536
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
#: JSON may name it, but it cannot be written (RFC 8259, 8.2).
_LONELY = re.compile("[\ud800-\udfff]")
_SID = re.compile(r"[A-Za-z0-9 _-]{0,100}")
_ELEMENTS = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition")


def read_file(path: Path) -> Document:
    """Read a document from a file; raises `BadPolicyError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadPolicyError(
            f"The policy cannot be read from {str(path)!r} ({type(error).__name__}).",
            hint="Write the path of a JSON file that the server's user may read.",
        ) from error
    return read_text(text)


def read_text(text: str) -> Document:
    """Read a document from JSON; raises `BadPolicyError`."""
    if len(text) > MAX_SIZE:
        _refuse("", f"it has more than {MAX_SIZE} characters")
    try:
        found = json.loads(text, object_pairs_hook=_each_once)
        half = _LONELY.search(json.dumps(found, ensure_ascii=False))
    except (ValueError, RecursionError) as error:
        raise BadPolicyError(f"The policy is not JSON: {error}.") from error
    if half:
        _refuse("", "it holds half of a character, a surrogate without its other one")
    return read(found)


def read(found: object) -> Document:
    """Read a document that is a dictionary; raises `BadPolicyError`."""
    if not isinstance(found, Mapping):
        _refuse("", "it is not an object with a Statement")
    _known("", found, ("Version", "Id", "Statement"))
    if found.get("Version", VERSIONS[0]) not in VERSIONS:
        _refuse("Version", f"it is {VERSIONS[0]!r} or {VERSIONS[1]!r}")
    if not isinstance(found.get("Id", ""), str):
        _refuse("Id", "it is a text")
    listed = found.get("Statement")
    listed = [listed] if isinstance(listed, Mapping) else listed
    if not isinstance(listed, (list, tuple)) or not listed:
        _refuse("Statement", "there is one statement, or a list of at least one")
    statements = tuple(_statement(number, each) for number, each in enumerate(listed, 1))
    sids = [statement.sid for statement in statements if statement.sid]
    if twice := {sid for sid in sids if sids.count(sid) > 1}:
        _refuse("Statement", f"the Sid {min(twice)!r} is there twice")
    return Document(statements, id=str(found.get("Id", "")))


def _statement(number: int, found: object) -> Statement:
    where = f"statement {number}"
    if not isinstance(found, Mapping):
        _refuse(where, "it is not an object")
    if sid := found.get("Sid", ""):
        if not isinstance(sid, str) or not _SID.fullmatch(sid):
            _refuse(f"{where}, Sid", "it has letters, digits, spaces, '-' and '_', at most 100")
        where += f" ({sid})"
    _known(where, found, _ELEMENTS)
    if found.get("Effect") not in tuple(Effect):
        _refuse(f"{where}, Effect", "it is 'Allow' or 'Deny'")
    return Statement(
        number=number,
        sid=sid,
        effect=Effect(found["Effect"]),
        actions=_names(where, found, "Action"),
        resources=_names(where, found, "Resource"),
        conditions=tuple(_conditions(where, found.get("Condition", {}))),
    )


def _names(where: str, found: Mapping[str, object], element: str) -> Names:
    given = [name for name in (element, f"Not{element}") if name in found]
    if len(given) != 1:
        _refuse(where, f"it has either {element} or Not{element}, and exactly one of them")
    where = f"{where}, {given[0]}"
    make: Callable[[str], Wildcard | ArnPattern] = _action if element == "Action" else ArnPattern
    patterns = _each(where, found[given[0]], lambda value: make(_plain(value)))
    return Names(given[0], patterns)


def _action(text: str) -> Wildcard:
    if not _ACTION.fullmatch(text):
        msg = "neither '*' nor an action such as 'sagemaker:CreatePresignedNotebookInstanceUrl'"
        raise ValueError(msg)
    return Wildcard(text, ignore_case=True)


def _conditions(where: str, found: object) -> Iterable[Condition]:
    where = f"{where}, Condition"
    if not isinstance(found, Mapping):
        _refuse(where, "it is an object of operators")
    for operator, keys in found.items():
        if not isinstance(keys, Mapping) or not keys:
            _refuse(f"{where}, {operator}", "it is an object of keys and values")
        for key, values in keys.items():
            yield _condition(where, str(operator), str(key), values)


def _condition(where: str, operator: str, key: str, values: object) -> Condition:
    base = operator.removesuffix(IF_EXISTS)
    if base not in OPERATORS or operator == NULL + IF_EXISTS:
        _refuse(where, f"the operator {operator[:60]!r} is not known", _near(base, OPERATORS))
    where = f"{where}, {operator}"
    if key.lower() not in KEYS:
        written = {name: None for name, _ in KEYS.values()}
        _refuse(where, f"the key {key[:60]!r} is not known", _near(key, written))
    name, kind = KEYS[key.lower()]
    rule = OPERATORS[base]
    if rule.kind not in {None, kind}:
        fitting = " or ".join(name for name, each in OPERATORS.items() if each.kind is kind)
        _refuse(where, f"{name} is {kind.value}", f"Compare it with {fitting}.")
    where = f"{where}, {name}"
    wanted = _each(
        where, values, lambda value: rule.read(_plain(value) if isinstance(value, str) else value)
    )
    written_values = _each(
        where, values, lambda value: str(value) if isinstance(value, str) else _shown(value)
    )
    return Condition(operator, name, written_values, rule, wanted)


def _each(where: str, found: object, make: Callable[[object], T]) -> tuple[T, ...]:
    """Make something of one value, or of each in a list; `make` raises ValueError."""
    listed = tuple(found) if isinstance(found, (list, tuple)) else (found,)
    if not listed:
        _refuse(where, "the list is empty")
    made = []
    for value in listed:
        try:
            made.append(make(value))
        except ValueError as error:  # noqa: PERF203  # read once, at the start
            _refuse(where, f"{_shown(value)} is {error}")
    return tuple(made)


def _plain(value: object) -> str:
    """Refuse variables, which AWS would replace and this would compare as they stand."""
    if not isinstance(value, str):
        msg = "not a text in quotes"
        raise ValueError(msg)  # noqa: TRY004  # readers say what is wrong in one way
    if "${" in value:
        msg = "a text with a policy variable, which are not supported"
        raise ValueError(msg)
    return value


def _known(where: str, found: Mapping[str, object], elements: Iterable[str]) -> None:
    kept = tuple(elements)
    for name in found:
        if name not in kept:
            _refuse(
                where,
                f"the element {str(name)[:60]!r} is not known",
                _near(str(name), dict.fromkeys(kept)),
            )


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse repeated names, of which JSON's parser would drop all but the last."""
    names = [name for name, _ in pairs]
    if twice := {name for name in names if names.count(name) > 1}:
        msg = f"{min(twice)[:60]!r} is there twice in one object"
        raise ValueError(msg)
    return dict(pairs)


def _near(name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."


def _shown(value: object) -> str:
    return json.dumps(value, default=str)[:80]


def _refuse(where: str, what: str, hint: str = "") -> NoReturn:
    place = f"The policy, {where}" if where else "The policy"
    raise BadPolicyError(f"{place}: {what}.", hint=hint)
