"""The verbs and options, as data: parser, help and completion all read this one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from nb_presign.model import Scope


class Kind(str, Enum):
    """What a word stands for; decides how it is completed."""

    TARGET = "REF"
    PROVIDER = "PROVIDER"
    LINK = "ID"
    SESSION = "SESSION-ID"
    SERVER = "NAME"
    SCOPE = "SCOPE"
    SHELL = "SHELL"
    KEY = "KEY-ID"
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
        if self.verbs:
            return "|".join(self.members)
        if self.words is None:
            return ""
        word = self.words.value
        if not self.least:
            return f"[{word} …]" if self.most is None else f"[{word}]"
        return word if self.most == 1 else f"{word} [{word} …]"

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

ALL = Option("--all", "everything", "those that have ended, too", short="-a")
EVERYBODY = Option("--all", "everything", "all guests of the server", short="-a")
LABEL = Option("--label", "label", "text of the link; default: the file's name", "TEXT")
TERMS = (
    Option(
        "--session", "session", "length of the session that opening starts: 30m to 12h", "1h30m"
    ),
    Option("--expires", "expires", "how long the link can be opened: 10s to 1d", "5m"),
    Option("--scope", "scope", f"what a guest may do: {', '.join(Scope)}", "SCOPE", Kind.SCOPE),
    Option("--uses", "uses", "how often it can be opened; default: until it expires", "N"),
    Option(
        "--allow",
        "allow",
        "address or block that a guest must come from; may be repeated",
        "CIDR",
        repeatable=True,
    ),
    Option("--bind-ip", "bind_ip", "hold the guest to the address that opens the link"),
    Option("--within", "within", "directory or file that the guest is limited to", "PATH"),
    Option("--path", "path", "path inside the target, beside the reference", "PATH"),
    Option("--note", "note", "one line to remember the link by", "TEXT"),
)

VERBS: tuple[Verb, ...] = (
    Verb(
        "mint",
        "make a link; the verb may be left out",
        Kind.TARGET,
        1,
        1,
        TERMS,
        (
            "{prog} jupyter:gpu/lab/tree/train.ipynb",
            "{prog} session:3f9a1c2b@gpu --scope execute --session 1h30m",
            "{prog} mint jupyter:gpu --uses 1 --allow 203.0.113.0/24 --note 'for Ada'",
        ),
    ),
    Verb(
        "open",
        "make a link for yourself, good once and for a minute, and go there",
        Kind.TARGET,
        1,
        1,
        TERMS,
        ("{prog} open jupyter:gpu/lab/tree/train.ipynb",),
    ),
    Verb(
        "link",
        "write a reference as a Markdown link, to be saved in a notebook",
        Kind.TARGET,
        1,
        1,
        (LABEL,),
        ("{prog} link jupyter:gpu/lab/tree/train.ipynb --label 'the training'",),
    ),
    Verb(
        "targets",
        "list what links could open",
        Kind.PROVIDER,
        0,
        1,
        (),
        ("{prog} targets", "{prog} targets session"),
    ),
    Verb("list", "list the live links", options=(ALL,), examples=("{prog} list --all",)),
    Verb("show", "show one link, without its URL", Kind.LINK, 1, 1, (), ("{prog} show lnk_3f9a",)),
    Verb(
        "refresh",
        "make the successor of a link, on the same terms",
        Kind.LINK,
        1,
        1,
        (),
        ("{prog} refresh lnk_3f9a",),
    ),
    Verb(
        "revoke",
        "end links, with all they were refreshed to and every session they started",
        Kind.LINK,
        1,
        None,
        (),
        ("{prog} revoke lnk_3f9a lnk_77b0",),
    ),
    Verb(
        "sessions",
        "list the guests that are let in",
        options=(ALL,),
        examples=("{prog} sessions --all",),
    ),
    Verb(
        "end",
        "end guests' sessions; a link that is still live can be opened again, so revoke it too",
        Kind.SESSION,
        0,
        None,
        (EVERYBODY,),
        ("{prog} end ses_0c41", "{prog} end --all"),
    ),
    Verb(
        "doctor",
        "find out what does not work, and what mends it",
        Kind.PROVIDER,
        0,
        1,
        (),
        ("{prog} doctor", "{prog} doctor session"),
    ),
    Verb("help", "explain a verb", Kind.VERB, 0, 2),
)
#: Of no use inside IPython, which completes by itself.
COMPLETION = Verb(
    "completion",
    "print the script that makes a shell complete",
    Kind.SHELL,
    1,
    1,
    (),
    ("source <({prog} completion bash)",),
)
SHELLS = ("bash", "zsh", "fish")
KEYS = Verb(
    "keys",
    "see and change the keys that links are signed with",
    local=True,
    verbs=(
        Verb(
            "keys list",
            "list the signing keys by their ids; never a key",
            examples=("{prog} keys list",),
            local=True,
        ),
        Verb(
            "keys rotate",
            "sign new links with a new key; those of the old keys still open",
            examples=("{prog} keys rotate",),
            local=True,
        ),
        Verb(
            "keys retire",
            "take keys out; links that were signed with them no longer open",
            Kind.KEY,
            0,
            None,
            (
                Option(
                    "--all-but-newest",
                    "all_but_newest",
                    "every key but the one that signs new links",
                ),
            ),
            ("{prog} keys retire 3f9a1c2b44d0", "{prog} keys retire --all-but-newest"),
            local=True,
        ),
    ),
)
POLICY = Verb(
    "policy",
    "find out whom a policy document lets in",
    local=True,
    verbs=(
        Verb(
            "policy check",
            "say whether a guest's request is allowed, and which statement decides",
            options=(
                Option("--ip", "ip", "where the guest comes from; default: unknown", "ADDRESS"),
                Option("--scope", "scope", "of the link; default: read", "SCOPE", Kind.SCOPE),
                Option("--target", "target", "what it opens; default: here", "REF", Kind.TARGET),
                Option("--within", "within", "what the link is limited to", "PATH"),
                Option("--file", "file", "JSON document; default: the one configured here", "FILE"),
                Option("--at", "at", "when, as 2030-01-31T12:00:00Z; default: now", "TIME"),
                Option("--http", "http", "without TLS"),
            ),
            examples=(
                "{prog} policy check --ip 203.0.113.7",
                "{prog} policy check --ip 203.0.113.7 --scope full --file draft.json --http",
            ),
            local=True,
        ),
    ),
)
#: Offered by `jupyter presign` in addition.
SHELL_ONLY = (COMPLETION, KEYS, POLICY)
DEFAULT = VERBS[0]
BY_NAME = {verb.name: verb for verb in (*VERBS, *SHELL_ONLY)}


def offered(prog: str) -> dict[str, Verb]:
    """Return the verbs and groups of a front door, by name; `prog` is how it is called."""
    verbs = VERBS if prog.startswith("%") else (*VERBS, *SHELL_ONLY)
    return {verb.name: verb for verb in verbs}


def find_verb(words: Sequence[str]) -> tuple[Verb | None, int]:
    """Find the verb that words begin with, and by how many of them it is named.

    Of a group without one of its verbs it is the group; none: 0 words.
    """
    verb = BY_NAME.get(words[0]) if words else None
    member = verb.members.get(words[1]) if verb and len(words) > 1 else None
    return (member, 2) if member else (verb, int(verb is not None))


def every_verb() -> Iterator[Verb]:
    """Go through all verbs, those of groups included, and the groups."""
    for verb in BY_NAME.values():
        yield verb
        yield from verb.verbs


def find_option(verb: Verb, word: str) -> Option | None:
    """Find the option of a verb that a word is, with or without `=value`."""
    name = word.partition("=")[0]
    return next((o for o in verb.all_options if name and name in {o.name, o.short}), None)
