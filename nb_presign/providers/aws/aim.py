"""A target in the words of its row: parameters, the path to open, and where to ask."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nb_presign.aws.place import Place
from nb_presign.errors import BadReferenceError
from nb_presign.model import Target
from nb_presign.providers.aws.operation import NOTHING, Look, Opens, Operation
from nb_presign.reference import format_reference

#: Options of every row.
PLACE_OPTIONS = ("profile", "region")
_ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:(?P<region>[a-z0-9-]*):")


@dataclass(frozen=True, slots=True)
class Aim:
    """What a target opens, by a row."""

    row: Operation
    #: In canonical form.
    target: Target
    place: Place
    #: By the parameters of the row's parts; those not given are not there.
    names: Mapping[str, str]
    #: By parameter, what options choose.
    chosen: Mapping[str, str]
    #: What to open inside; empty: the start page.
    path: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """What tells one thing from another at a place, whatever is opened in it."""
        return tuple(self.names.values())

    def at(self, place: Place) -> Aim:
        """Aim at the same thing elsewhere; the region of an ARN is not written beside it."""
        said = options_of(replace(place, region="") if arn_region(self.names) else place)
        options = dict(self.target.options) | said
        target = replace(self.target, options=tuple(sorted(options.items())))
        return replace(self, target=target, place=place)

    def mint_parameters(self) -> dict[str, Any]:
        """Name what is opened, for the operation that presigns."""
        defaults = {part.parameter: part.default for part in self.row.parts if part.default}
        return {**dict(self.row.fixed), **defaults, **self.names, **self.chosen}

    def look_parameters(self, look: Look) -> dict[str, str] | None:
        """Name what is described; None where the target does not have that part."""
        if any(part not in self.names for _, part in look.parameters):
            return None
        return {name: self.names[part] for name, part in look.parameters}

    def __str__(self) -> str:
        """Write it in a sentence: `notebook instance 'x'`."""
        return f"{self.row.noun} {'/'.join(self.names.values())[:160]!r}"

    @property
    def reference(self) -> str:
        """Write it for a command."""
        return format_reference(self.target)


def take_apart(row: Operation, target: Target) -> Aim:
    """Read a target by its row; raises `BadReferenceError`, which says how it is written."""
    check_options(row, target)
    segments = [target.id, *(target.path.split("/") if target.path else ())]
    names: dict[str, str] = {}
    for part in row.parts:
        given, segments = segments[: part.segments], segments[part.segments :]
        if len(given) == part.segments and given != [NOTHING]:
            names[part.parameter] = "/".join(given)
        elif given not in ([], [NOTHING]) or not part.optional:
            raise BadReferenceError(
                f"{format_reference(target)[:120]!r} does not name a {part.what}.", hint=_form(row)
            )
    if segments and row.opens is Opens.NOTHING:
        raise BadReferenceError(
            f"A {row.noun} has no path that can be opened: {'/'.join(segments)[:80]!r}.",
            hint=_form(row),
        )
    path = "/".join(segments)
    place = Place(target.option("profile"), _region(target, names))
    canonical = replace(target, path=_rest(row, names, path))
    return Aim(row, canonical, place, names, _chosen(row, target), path)


def target_of(row: Operation, names: Sequence[str], place: Place) -> Target:
    """Write what is called so as a target."""
    first, _, rest = "/".join(names).partition("/")
    return Target(row.provider, first, rest, tuple(sorted(options_of(place).items())))


def options_of(place: Place) -> dict[str, str]:
    """Write a place as options of a target; what is botocore's to choose is not written."""
    found = {"profile": place.profile, "region": place.region}
    return {name: value for name, value in found.items() if value}


def arn_region(names: Mapping[str, str]) -> str:
    """Tell the region that an ARN among names is in; empty where none of them is one."""
    return next((match["region"] for name in names.values() if (match := _ARN.match(name))), "")


def _rest(row: Operation, names: Mapping[str, str], path: str) -> str:
    """Write what comes after the id: further parts, and the path."""
    written = [names.get(part.parameter, NOTHING) for part in row.parts]
    while not path and written[-1] == NOTHING:
        written.pop()
    return "/".join([*written, *([path] if path else [])]).partition("/")[2]


def _region(target: Target, names: Mapping[str, str]) -> str:
    """Find the region; that of an ARN goes without saying."""
    said = target.option("region")
    found = arn_region(names)
    if found and said not in {"", found}:
        raise BadReferenceError(
            f"The ARN is in {found}, not in {said[:40]}.", hint="Leave the region out."
        )
    return said or found


def _chosen(row: Operation, target: Target) -> dict[str, str]:
    chosen = {}
    for choice in row.choices:
        word = target.option(choice.option)
        if word and choice.words and word not in choice.words:
            raise BadReferenceError(
                f"The option {choice.option}={word[:40]!r} is not known.",
                hint=f"Write one of: {', '.join(choice.words)}.",
            )
        if value := choice.words.get(word, word) or choice.default:
            chosen[choice.parameter] = value
    return chosen


def check_options(row: Operation, target: Target) -> None:
    """Refuse an option that a row does not take; raises `BadReferenceError`."""
    known = (*PLACE_OPTIONS, *(choice.option for choice in row.choices))
    for name, _ in target.options:
        if name not in known:
            raise BadReferenceError(
                f"A {row.provider} target takes no option {name!r}.",
                hint=f"It takes {', '.join(sorted(known))}.",
            )


def _form(row: Operation) -> str:
    """Say how a reference of a row is written."""
    text = f"{row.provider}:"
    for number, part in enumerate(row.parts):
        written = ("/" if number else "") + f"<{part.what}>"
        text += f"[{written}]" if part.optional else written
    if row.opens is not Opens.NOTHING:
        text += "[/<path>]"
    return f"Write {text}?region=…&profile=…."
