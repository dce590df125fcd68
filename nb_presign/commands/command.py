"""What somebody asked for, read and checked as far as that goes without a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nb_presign.model import BareTarget, MintRequest, Scope, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One verb and its arguments."""

    #: As people type it.
    verb: ClassVar[str]

    #: Name of the server to ask; empty: the one this process belongs to.
    server: str = ""
    #: For machines: JSON.
    json: bool = False
    #: Only the essential: the URL, ids, or the Python value.
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mint(Command):
    """Make a link."""

    verb: ClassVar[str] = "mint"
    request: MintRequest
    #: Start the target first, if it is stopped; this may cost money.
    start: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Open(Command):
    """Make a link for oneself and go there."""

    verb: ClassVar[str] = "open"
    request: MintRequest
    #: As of `Mint`.
    start: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTargets(Command):
    """List what links could open; of one provider, or of all."""

    verb: ClassVar[str] = "targets"
    provider: str = ""
    region: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLinks(Command):
    """List the live links, or with `everything` those that ended, too."""

    verb: ClassVar[str] = "list"
    everything: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Show(Command):
    """Show the facts of one link."""

    verb: ClassVar[str] = "show"
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh(Command):
    """Make the successor of a link."""

    verb: ClassVar[str] = "refresh"
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoke(Command):
    """End links and their sessions."""

    verb: ClassVar[str] = "revoke"
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteLink(Command):
    """Write a target as a Markdown link; no server takes part, unless it is the one asked for."""

    verb: ClassVar[str] = "link"
    #: The bare target `.` is the place where this runs.
    target: Target | BareTarget
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSessions(Command):
    """List the guests that are let in, or with `everything` those of the last day, too."""

    verb: ClassVar[str] = "sessions"
    everything: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class End(Command):
    """End guests' sessions: those named, or with `everything` all of the server."""

    verb: ClassVar[str] = "end"
    ids: tuple[str, ...]
    everything: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor(Command):
    """Find out what does not work and what mends it; for one target or provider, or for all."""

    verb: ClassVar[str] = "doctor"
    provider: str = ""
    region: str = ""
    profile: str = ""
    #: What is to be opened; its provider is `provider`.
    target: Target | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysCommand(Command):
    """A verb of `keys`, which works on this machine's file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListKeys(KeysCommand):
    """List the signing keys by their ids."""

    verb: ClassVar[str] = "keys list"


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateKeys(KeysCommand):
    """Sign new links with a new key."""

    verb: ClassVar[str] = "keys rotate"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireKeys(KeysCommand):
    """Take keys out: those named, or all but the newest."""

    verb: ClassVar[str] = "keys retire"
    ids: tuple[str, ...] = ()
    all_but_newest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsKeysCommand(Command):
    """A verb of `aws-keys`, which works on the store of this user's servers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAccessKey(AwsKeysCommand):
    """Make an access key for programs that speak AWS's wire protocol."""

    verb: ClassVar[str] = "aws-keys create"
    #: JSON, the path of a file, or `-` for standard input; empty: what the protocol has, and no
    #: more.
    policy: str = ""
    #: Of the links that it mints.
    scope: Scope = Scope.READ
    note: str = ""
    #: Address of the server, where it cannot be told.
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAccessKeys(AwsKeysCommand):
    """List the access keys that are good, or with `everything` those that were revoked, too."""

    verb: ClassVar[str] = "aws-keys list"
    everything: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeAccessKeys(AwsKeysCommand):
    """End access keys, with all that they have minted."""

    verb: ClassVar[str] = "aws-keys revoke"
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteCompletion(Command):
    """Write the script that teaches a shell to complete."""

    verb: ClassVar[str] = "completion"
    shell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPolicy(Command):
    """Explain what a policy comes to for one request."""

    verb: ClassVar[str] = "policy check"
    #: Where the guest comes from; empty: it cannot be told.
    ip: str = ""
    scope: Scope = Scope.READ
    #: A reference; empty: a server that is started here.
    target: str = ""
    #: As of a link that is limited to it.
    within: str = ""
    #: A document to judge by, instead of the one that is configured.
    file: str = ""
    #: Empty: now.
    at: str = ""
    #: Without TLS.
    http: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WritePolicy(Command):
    """Write the least that an IAM policy must allow, for somebody to mint for a target."""

    verb: ClassVar[str] = "policy"
    target: Target
    #: Where whoever mints and opens comes from, as CIDR blocks, endpoints and networks of AWS;
    #: nothing: from anywhere.
    ips: tuple[str, ...] = ()
    vpces: tuple[str, ...] = ()
    vpcs: tuple[str, ...] = ()
    #: Of twelve digits; empty: any.
    account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Help(Command):
    """Explain a verb, or all of them."""

    verb: ClassVar[str] = "help"
    text: str
