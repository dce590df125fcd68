"""One row of the table of what guests may ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Flag
from re import Pattern
from typing import Any

from nb_presign.access.gate import rules
from nb_presign.access.gate.absorbed import Absorbed
from nb_presign.access.gate.frames import Frames
from nb_presign.access.gate.rules import Rule
from nb_presign.model import Scope


class Needs(Flag):
    """What has to be asked of the live server before a row's rule can judge."""

    NOTHING = 0
    #: Which Jupyter sessions run, where, on which kernels; for narrowed guests only.
    SESSIONS = 1
    #: Where the file is now whose id is the group `file` or the argument `id`.
    FILE = 2
    #: Of which document the group `fork` is one.
    FORK = 4
    #: Which kernels run, to tell those that the guest starts from the others.
    KERNELS = 8


@dataclass(frozen=True, slots=True)
class Route:
    """One row: which guests may do what on which paths."""

    methods: frozenset[str]
    pattern: Pattern[str]
    #: The least scope; None: nobody, so that `absorb` holds for all.
    scope: Scope | None
    rule: Rule = rules.anything
    #: How to answer those who may not, instead of refusing.
    absorb: Absorbed | None = None
    #: Whether a narrowed session may, if the rule agrees.
    narrowed: bool = True
    #: Open to everybody: a guest is treated as nobody, so that no answer depends on the guest's
    #: session.
    public: bool = False
    #: The same for everybody, so that a guest's browser may keep it after the session.
    cacheable: bool = False
    needs: Needs = Needs.NOTHING
    #: What passes over a socket that is opened here, and over that of a narrowed session.
    frames: Frames = Frames.CHANNEL
    narrowed_frames: Frames | None = None


def row(
    methods: str,
    pattern: str,
    scope: Scope | None,
    rule: Rule = rules.anything,
    **options: Any,  # noqa: ANN401  # the other columns of Route
) -> Route:
    """Make a row: methods apart by blanks; a pattern for the whole path below the base URL."""
    return Route(frozenset(methods.split()), re.compile(pattern, re.ASCII), scope, rule, **options)
