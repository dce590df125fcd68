"""The verbs and options, as data: parser, help and completion all read this one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nb_presign.commands.words.grammar import Kind, Option, Verb
from nb_presign.commands.words.local_groups import AWS_KEYS, KEYS
from nb_presign.model import Scope

ALL = Option("--all", "everything", "those that have ended, too", short="-a")
EVERYBODY = Option("--all", "everything", "all guests of the server", short="-a")
LABEL = Option("--label", "label", "text of the link; default: the file's name", "TEXT")
PLACE = (
    Option("--region", "region", "region of AWS, beside the reference", "REGION", Kind.REGION),
    Option("--profile", "profile", "whose credentials, beside the reference", "NAME", Kind.PROFILE),
)
START = Option(
    "--start",
    "start",
    "if the target is stopped, start it and wait; it may cost money until it is stopped",
)
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
    *PLACE,
    START,
)

CHECK = Verb(
    "policy check",
    "say whether a policy of ours allows a guest's request, and which statement decides",
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
            "{prog} sagemaker:my-instance/lab/tree/train.ipynb --region us-west-2 --start",
            "{prog} athena:0a1b2c3d-session-id --profile research --json",
        ),
    ),
    Verb(
        "open",
        "make a link for yourself and go there; of a Jupyter server: good once, for a minute",
        Kind.TARGET,
        1,
        1,
        TERMS,
        (
            "{prog} open jupyter:gpu/lab/tree/train.ipynb",
            "{prog} open studio:d-0a1b2c3d4e5f/ada --profile research",
        ),
    ),
    Verb(
        "link",
        "write a reference as a Markdown link, to be saved in a notebook",
        Kind.TARGET,
        1,
        1,
        (LABEL,),
        (
            "{prog} link jupyter:gpu/lab/tree/train.ipynb --label 'the training'",
            "{prog} link sagemaker:my-instance/lab/tree/train.ipynb",
            "{prog} link .",
        ),
    ),
    Verb(
        "targets",
        "list what links could open",
        Kind.PROVIDER,
        0,
        1,
        PLACE,
        (
            "{prog} targets",
            "{prog} targets session",
            "{prog} targets sagemaker --region us-west-2 --profile research",
        ),
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
        Kind.PATIENT,
        0,
        1,
        PLACE,
        (
            "{prog} doctor",
            "{prog} doctor session",
            "{prog} doctor sagemaker:my-instance --profile research",
        ),
    ),
    Verb(
        "policy",
        "write the least that an IAM policy must allow, to mint for a target of AWS",
        Kind.TARGET,
        1,
        1,
        (
            Option(
                "--ip",
                "ips",
                "addresses that minting and opening come from; may be repeated",
                "CIDR",
                repeatable=True,
            ),
            Option("--vpce", "vpces", "VPC endpoint that they come through", "ID", repeatable=True),
            Option("--vpc", "vpcs", "VPC that they come from", "ID", repeatable=True),
            Option("--account", "account", "account of the target; default: any", "NUMBER"),
            *PLACE,
        ),
        (
            "{prog} policy sagemaker:my-instance --ip 203.0.113.0/24",
            "{prog} policy athena:0a1b2c3d-session-id --vpce vpce-0a1b2c3d --account 111122223333",
        ),
        verbs=(CHECK,),
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
#: Offered by `jupyter presign` in addition.
SHELL_ONLY = (COMPLETION, KEYS, AWS_KEYS)
DEFAULT = VERBS[0]
BY_NAME = {verb.name: verb for verb in (*VERBS, *SHELL_ONLY)}


def offered(prog: str) -> dict[str, Verb]:
    """Return the verbs and groups of a front door, by name; `prog` is how it is called."""
    verbs = VERBS if prog.startswith("%") else (*VERBS, *SHELL_ONLY)
    return {verb.name: verb for verb in verbs}


def members(verb: Verb, prog: str) -> dict[str, Verb]:
    """Return the verbs of a group that a front door has, by what is typed after its name."""
    in_shell = not prog.startswith("%")
    return {name: one for name, one in verb.members.items() if in_shell or not one.local}


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
