"""Spells the commands in hints as they are typed at a front door.

Below, nobody knows who asks: hints say 'presign targets', which a notebook spells %presign targets
and a terminal jupyter presign targets.
"""

from __future__ import annotations

import re

from nb_presign.commands.words.vocabulary import find_verb

_COMMAND = re.compile(
    r"(?<![\w%./:-])(?<!jupyter )presign (?P<first>[a-z][\w-]*)(?P<more> [a-z][\w-]*|:)?"
)
_SHELL = "jupyter presign"


def spell(text: str, prog: str) -> str:
    """Write the commands in a text for `prog`; those that only a terminal has, for a terminal."""

    def put(found: re.Match[str]) -> str:
        more = found["more"] or ""
        verb, _ = find_verb([found["first"], more.strip()])
        if verb is None and more != ":":
            return found[0]
        door = _SHELL if verb and verb.local else prog
        return f"{door} {found['first']}{more}"

    return _COMMAND.sub(put, text)
