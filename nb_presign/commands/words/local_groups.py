"""The groups of verbs that work on files of this machine, for the table in `vocabulary`."""

from __future__ import annotations

from nb_presign.commands.words.grammar import Kind, Option, Verb
from nb_presign.model import Scope

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
AWS_KEYS = Verb(
    "aws-keys",
    "make and end keys for programs that mint with an AWS SDK on a server of yours",
    local=True,
    verbs=(
        Verb(
            "aws-keys create",
            "make an access key; its secret is shown this once, with lines for SDKs",
            options=(
                Option(
                    "--policy",
                    "policy",
                    "what it may do: an IAM document; default: all that the protocol has",
                    "FILE|-|JSON",
                ),
                Option(
                    "--scope",
                    "scope",
                    f"what its guests may do: {', '.join(Scope)}; default: read",
                    "SCOPE",
                    Kind.SCOPE,
                ),
                Option("--note", "note", "one line to remember the key by", "TEXT"),
                Option("--url", "url", "address of the server, if it is another", "URL"),
            ),
            examples=(
                "{prog} aws-keys create --note 'nightly report'",
                "{prog} aws-keys create --policy report.json --scope execute --json",
            ),
            local=True,
        ),
        Verb(
            "aws-keys list",
            "list the access keys; never a secret; with --json their policies, too",
            options=(Option("--all", "everything", "those that were revoked, too", short="-a"),),
            examples=("{prog} aws-keys list --all",),
            local=True,
        ),
        Verb(
            "aws-keys revoke",
            "end access keys, with every link and session that came of them",
            Kind.ACCESS_KEY,
            1,
            None,
            examples=("{prog} aws-keys revoke NBPKQ4T7",),
            local=True,
        ),
    ),
)
