"""What a verb and an option are, for the table of them in `vocabulary`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(str, Enum):
    """What a word stands for; decides how it is completed."""

    TARGET = "REF"
    PROVIDER = "PROVIDER"
    #: A provider, or a target of it.
    PATIENT = "PROVIDER|REF"
    LINK = "ID"
    SESSION = "SESSION-ID"
    SERVER = "NAME"
    SCOPE = "SCOPE"
    SHELL = "SHELL"
    KEY = "KEY-ID"
    ACCESS_KEY = "ACCESS-KEY-ID"
    REGION = "REGION"
    PROFILE = "PROFILE"
    VERB = "VERB"
    TEXT = "TEXT"


@dataclass(frozen=True, slots=True)
class Option:
    """An option of one or several verbs."""

    name: str
    #: Name of the attribute that the parser sets.
    dest: str
    help: str
    #: How the value is called in the help; empty: it takes none.
    metavar: str = ""
    kind: Kind = Kind.TEXT
    short: str = ""
    repeatable: bool = False


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb, what follows it, and how it is explained."""

    name: str
    summary: str
    #: What its words stand for.
    words: Kind | None = None
    #: How many words it takes at least and at most; None: any number.
    least: int = 0
    most: int | None = 0
    options: tuple[Option, ...] = ()
    examples: tuple[str, ...] = ()
    #: Of a group, the verbs in it, named with the group's name in front: `keys list`.
    verbs: tuple[Verb, ...] = ()
    #: Whether it works on files of this machine: it asks no server, and is no verb of `%presign`.
    local: bool = False

    @property
    def usage(self) -> str:
        """What is written after the verb, options aside."""
        if self.words is None:
            return "|".join(self.members)
        word = self.words.value
        if not self.least:
            return f"[{word} …]" if self.most is None else f"[{word}]"
        return word if self.most == 1 else f"{word} [{word} …]"

    @property
    def is_group(self) -> bool:
        """Whether it does nothing without one of its verbs."""
        return bool(self.verbs) and self.words is None

    @property
    def members(self) -> dict[str, Verb]:
        """The verbs of a group, by what is typed after the group's name."""
        return {verb.name.partition(" ")[2]: verb for verb in self.verbs}

    @property
    def all_options(self) -> tuple[Option, ...]:
        """Its own options, then those of all verbs."""
        common = (one for one in COMMON if not (self.local and one is SERVER))
        return (*self.options, *common)


SERVER = Option("--server", "server", "ask this server, by name", "NAME", Kind.SERVER)
JSON = Option("--json", "json", "print JSON, with the keys of the REST interface")
QUIET = Option("--quiet", "quiet", "print only the essential; in IPython, return it", short="-q")
HELP = Option("--help", "help", "explain the verb", short="-h")
COMMON = (SERVER, JSON, QUIET, HELP)
