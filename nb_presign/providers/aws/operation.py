"""What a row of the table says; a further operation that presigns is a row, not a class."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from nb_presign.aws.least_privilege import Permission
from nb_presign.model import TargetInfo, TargetState
from nb_presign.policy import Range

if TYPE_CHECKING:
    from nb_presign.aws.gateway import AwsGateway
    from nb_presign.aws.place import Place
    from nb_presign.providers.aws.aim import Aim

#: What AWS calls a state, and what that comes to. A word that is not there is `UNKNOWN`, and tried.
States: TypeAlias = Mapping[str, TargetState]
Parameters: TypeAlias = tuple[tuple[str, Any], ...]

#: How a session is always bounded where its length can be chosen (the operations' model).
SESSION = Range(1_800, 43_200, 43_200)
#: A URL's lifetime where `ExpiresInSeconds` chooses it (the operations' model).
CHOSEN = Range(5, 300, 300)
#: In a reference: no such part, but there is a path after it.
NOTHING = "-"


#: Ends of hosts that AWS gives names below, in all its partitions. Below SageMaker's are notebooks
#: and Studio; below the others are customers' own services too (function URLs, load balancers), so
#: that they tell a URL of AWS from one of anywhere else, and not from a customer's.
SAGEMAKER_HOSTS = (".sagemaker.aws", ".sagemaker.com.cn")
AWS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".on.aws", ".api.aws")


def always(seconds: int) -> Range:
    """Make the range of a lifetime that cannot be chosen."""
    return Range(seconds, seconds, seconds)


def by_state(words: Mapping[TargetState, str]) -> States:
    """Say which of AWS's words come to a state, by the state; blanks part them."""
    return MappingProxyType({word: state for state, text in words.items() for word in text.split()})


class Opens(Enum):
    """How a path in a reference gets into a URL."""

    #: It does not: such a target has no path.
    NOTHING = "nothing"
    #: The URL is rewritten, which AWS does not document.
    REWRITTEN = "rewritten"
    #: A parameter of the operation says what is opened.
    LANDING = "landing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A segment of a reference, or several, that belongs to the name of what is opened."""

    #: The operation's parameter that takes it.
    parameter: str
    #: What people call it.
    what: str
    #: Slashes in it, plus one.
    segments: int = 1
    optional: bool = False
    #: What the parameter is where the part is not given; empty: left out.
    default: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An option of a reference that goes into a parameter."""

    option: str
    parameter: str
    #: What can be written, and what is sent for it; empty: whatever is written.
    words: Mapping[str, str] = field(default_factory=dict)
    #: What is sent where the option is not given; empty: nothing.
    default: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Which members of an operation's output hold what, and what the URL may be."""

    #: Ends of the hosts that its URLs are on, each with a leading dot.
    hosts: tuple[str, ...]
    url: str = ""
    #: Where there is no URL: made of these two, by `template`.
    host: str = ""
    token: str = ""
    template: str = ""
    #: Member that says whether the URL is ready; asked again until it is.
    ready: str = ""
    #: Whether the URL is on the host that the first look tells, and on no other.
    same_host: bool = False
    #: Members with what programs send instead of opening the URL, and its end since 1970.
    auth_token: str = ""
    auth_token_ends: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """An operation that describes what is opened, or a part of it."""

    operation: str
    #: Names of parameters, each with that of the part that it takes.
    parameters: tuple[tuple[str, str], ...]
    #: Where the state's word is: members, with dots between.
    state: str
    states: States
    #: Where the host of its pages is, if it says.
    host: str = ""
    instance_type: str = ""
    reason: str = ""
    #: A member, what it must be, and what is wrong if it is something else.
    must: tuple[str, str, str] = ("", "", "")
    #: Words of `states` from which `Operation.start` starts it.
    startable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """An operation that lists, page by page."""

    operation: str
    #: Member with the items.
    items: str
    #: Member of an item with its name; empty: items are names.
    name: str = ""
    #: Sent with each call.
    parameters: Parameters = ()
    #: Parameter and member for the token of the next page.
    cursor: str = "NextToken"
    #: Parameter that takes the name of an item of the level above.
    within: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How targets are found: the items of the last level, named by those of all levels."""

    levels: tuple[Level, ...] = ()
    #: Members of an item of the last level, with dots between.
    title: str = ""
    state: str = ""
    states: States = field(default_factory=dict)
    instance_type: str = ""
    detail: str = ""
    #: Words of `states` from which `Operation.start` starts it.
    startable: frozenset[str] = frozenset()
    #: Why there is none, where AWS has no operation for it.
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page of a place's targets, and the token of the next one."""

    items: tuple[TargetInfo, ...]
    token: str = ""
    problems: tuple[str, ...] = ()


#: Lists a page of a row's targets at a place.
ListPage: TypeAlias = "Callable[[AwsGateway, Operation, Place, str], Awaitable[Listed]]"


class Prepare(Protocol):
    """Finds out further parameters of a mint; without `guess`, by what AWS documents only."""

    def __call__(
        self, gateway: AwsGateway, aim: Aim, *, guess: bool
    ) -> Awaitable[dict[str, Any]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation that presigns, and all that is known of it."""

    #: Name of the provider.
    provider: str
    title: str
    #: One of what it opens, in a sentence: `notebook instance`.
    noun: str
    #: Names as botocore spells them.
    service: str
    operation: str
    parts: tuple[Part, ...]
    choices: tuple[Choice, ...] = ()
    #: Sent with each call.
    fixed: Parameters = ()
    lifetime: Range
    #: Whether AWS documents the lifetime; otherwise it is a cautious guess.
    lifetime_documented: bool = True
    #: Parameters that take the lifetime and the session's length; empty: there is none.
    expires_in: str = ""
    session_seconds: str = ""
    #: Whether AWS says that a URL opens once.
    single_use: bool = False
    answer: Answer
    opens: Opens = Opens.NOTHING
    #: Asked at the same time; the worst answer counts.
    looks: tuple[Look, ...] = ()
    #: Operation that starts it, by the parameters of the first look.
    start: str = ""
    listing: Listing
    #: Lists instead of walking through `listing`.
    list_page: ListPage | None = None
    prepare: Prepare | None = None
    #: Whether lists of all providers, and bare names, look here.
    listed: bool = False
    #: What its bare names look like: a regular expression.
    bare: str = ""
    permission: Permission
