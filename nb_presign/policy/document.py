"""Policy documents of IAM's kind, and how a request is judged by one.

An explicit Deny goes before every Allow, and what nothing allows is denied (AWS IAM User Guide,
"Policy evaluation logic"). Knows nothing of guests: whoever asks says what the action is called,
what it is done to, and what is known of the request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum

from nb_presign.policy.conditions import Condition, Fact
from nb_presign.policy.patterns import ArnPattern, Wildcard


class Effect(str, Enum):
    """What a statement does to the requests that it is about."""

    ALLOW = "Allow"
    DENY = "Deny"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be judged. One thing may go by several names, of which each counts."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    #: By names of keys in lower case; a key that is not known is left out.
    context: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Names:
    """The element Action or Resource, or NotAction or NotResource, of a statement."""

    element: str
    patterns: tuple[Wildcard | ArnPattern, ...]

    def cover(self, names: tuple[str, ...]) -> bool:
        """Tell whether the statement is about what goes by these names."""
        named = any(pattern.matches(name) for pattern in self.patterns for name in names)
        return named != self.element.startswith("Not")

    def __str__(self) -> str:
        return f"{self.element} {' or '.join(pattern.text for pattern in self.patterns)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of a document."""

    #: Its place, counted from 1.
    number: int
    sid: str
    effect: Effect
    actions: Names
    resources: Names
    conditions: tuple[Condition, ...] = ()

    def applies(self, request: Request) -> bool:
        """Tell whether it is about a request, conditions included."""
        return (
            self.actions.cover(request.actions)
            and self.resources.cover(request.resources)
            and all(condition.holds(request.context) for condition in self.conditions)
        )

    def may_apply(self, request: Request, unsettled: Collection[str]) -> bool:
        """Tell whether it is about a request that may have other facts under some keys by then.

        An Allow counts on these, a Deny does not: each gives the request the benefit of the doubt.
        """
        settled = all(
            each.holds(request.context)
            for each in self.conditions
            if each.key.lower() not in unsettled
        )
        certain = self.effect is Effect.ALLOW or not self._looks_at(unsettled)
        return (
            settled
            and certain
            and self.actions.cover(request.actions)
            and self.resources.cover(request.resources)
        )

    def _looks_at(self, keys: Collection[str]) -> bool:
        return any(each.key.lower() in keys for each in self.conditions)

    def misses(self, request: Request) -> tuple[str, ...]:
        """Tell what of it is not about a request; nothing if it applies."""
        asked = ((self.actions, request.actions), (self.resources, request.resources))
        context = request.context
        return (
            *(str(names) for names, given in asked if not names.cover(given)),
            *(each.told(context) for each in self.conditions if not each.holds(context)),
        )

    def __str__(self) -> str:
        return f"statement {self.number}" + (f" ({self.sid})" if self.sid else "")


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request is allowed, and which statement said so; None: nothing allows it."""

    allowed: bool
    by: Statement | None = None
    #: The reason where it is no statement, in words.
    note: str = "no statement allows it"

    @property
    def why(self) -> str:
        """The reason in words."""
        if self.by is None:
            return self.note
        return f"{self.by} {'allows' if self.allowed else 'denies'} it"


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document; `nb_presign.policy.reading` makes it."""

    statements: tuple[Statement, ...]
    id: str = ""
    #: Keys that conditions look at, in lower case.
    keys: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        asked = {each.key.lower() for one in self.statements for each in one.conditions}
        object.__setattr__(self, "keys", frozenset(asked))

    def decide(self, request: Request) -> Decision:
        """Judge a request: Deny, then Allow, else denied."""
        return self._decide(lambda statement: statement.applies(request))

    def could_allow(self, request: Request, unsettled: Collection[str]) -> Decision:
        """Judge whether a request could ever be allowed, whatever it says under some keys.

        `unsettled` are those keys, in lower case. What is denied is denied to every such request;
        what is allowed may be denied to some, or to all of them.
        """
        return self._decide(lambda statement: statement.may_apply(request, unsettled))

    def _decide(self, applies: Callable[[Statement], bool]) -> Decision:
        allowing: Statement | None = None
        for statement in self.statements:
            if allowing is not None and statement.effect is Effect.ALLOW:
                continue
            if applies(statement):
                if statement.effect is Effect.DENY:
                    return Decision(allowed=False, by=statement)
                allowing = statement
        return Decision(allowed=allowing is not None, by=allowing)

    def relies_on(self, key: str) -> bool:
        """Tell whether a condition takes for granted that requests have a key."""
        wanted = key.lower()
        return any(
            each.key.lower() == wanted and not each.minds_absence
            for one in self.statements
            for each in one.conditions
        )
