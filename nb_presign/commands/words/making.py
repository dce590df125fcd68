"""Makes a command of the words and options that were read."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypedDict

from nb_presign import reference
from nb_presign.commands import command
from nb_presign.commands.words import helptext
from nb_presign.commands.words.grammar import Verb
from nb_presign.commands.words.nearest import nearest, shown
from nb_presign.commands.words.vocabulary import SHELLS, members, offered
from nb_presign.errors import UsageError
from nb_presign.model import BareTarget, MintRequest, Scope, Target
from nb_presign.reference import format_reference
from nb_presign.request import mint_request, parse_scope


def make(verb: Verb, given: argparse.Namespace, prog: str) -> command.Command:
    """Make the command of a verb; raises `InputError`."""
    count = len(given.words)
    if count < verb.least or (verb.most is not None and count > verb.most):
        wanted = f"takes {verb.usage}" if verb.usage else "takes no further words"
        extra = f", not {shown(given.words[-1])} too" if count > verb.least else ""
        raise UsageError(
            f"'{verb.name}' {wanted}{extra}.", hint=f"See '{prog} {verb.name} --help'."
        )
    return _MAKERS[verb.name](given, prog)


def _mint(given: argparse.Namespace, prog: str) -> command.Command:
    del prog
    return command.Mint(**_common(given), request=_request(given), start=given.start)


def _open(given: argparse.Namespace, prog: str) -> command.Command:
    del prog
    request = _request(given, interactive=True)
    return command.Open(**_common(given), request=request, start=given.start)


def _link(given: argparse.Namespace, prog: str) -> command.Command:
    target = reference.parse(given.words[0])
    if target.id != "." or isinstance(target, Target):
        target = _whole(target, "link", prog)
    return command.WriteLink(**_common(given), target=target, label=given.label or "")


def _whole(target: Target | BareTarget, verb: str, prog: str) -> Target:
    """Refuse a target without its provider, where nobody is asked who knows it."""
    if isinstance(target, Target):
        return target
    example = format_reference(target.of("sagemaker" if verb == "policy" else "jupyter"))
    raise UsageError(
        f"'{verb}' takes a reference that names its provider, and {target.id!r} does not.",
        hint=f"Write '{prog} {verb} {example}', for example.",
    )


def _targets(given: argparse.Namespace, prog: str) -> command.Command:
    del prog
    return command.ListTargets(
        **_common(given),
        provider="".join(given.words),
        region=given.region or "",
        profile=given.profile or "",
    )


def _doctor(given: argparse.Namespace, prog: str) -> command.Command:
    patient = "".join(given.words)
    if ":" not in patient:
        return command.Doctor(
            **_common(given),
            provider=patient,
            region=given.region or "",
            profile=given.profile or "",
        )
    target = _whole(_request_target(given), "doctor", prog)
    return command.Doctor(
        **_common(given),
        provider=target.provider,
        region=target.option("region"),
        profile=target.option("profile"),
        target=target,
    )


def _policy(given: argparse.Namespace, prog: str) -> command.Command:
    return command.WritePolicy(
        **_common(given),
        target=_whole(_request_target(given), "policy", prog),
        ips=tuple(given.ips),
        vpces=tuple(given.vpces),
        vpcs=tuple(given.vpcs),
        account=given.account or "",
    )


def _completion(given: argparse.Namespace, prog: str) -> command.Command:
    del prog
    shell = given.words[0]
    if shell not in SHELLS:
        raise UsageError(f"Unknown shell {shown(shell)}.", hint=nearest(shell, SHELLS))
    return command.WriteCompletion(**_common(given), shell=shell)


def _help(given: argparse.Namespace, prog: str) -> command.Command:
    if not given.words:
        return command.Help(text=helptext.overview(prog))
    names = offered(prog)
    for name in given.words:
        if name not in names:
            hint = nearest(name, names) if names else f"See '{prog} help'."
            raise UsageError(f"Unknown verb {shown(name)}.", hint=hint)
        verb, names = names[name], members(names[name], prog)
    return command.Help(text=helptext.explain(verb, prog))


def _retire(given: argparse.Namespace, prog: str) -> command.Command:
    if bool(given.words) is given.all_but_newest:
        raise UsageError(
            "'keys retire' takes either ids or --all-but-newest.", hint=f"See '{prog} keys list'."
        )
    return command.RetireKeys(
        **_common(given), ids=tuple(given.words), all_but_newest=given.all_but_newest
    )


def _create_access_key(given: argparse.Namespace, prog: str) -> command.Command:
    del prog
    return command.CreateAccessKey(
        **_common(given),
        policy=given.policy or "",
        scope=parse_scope(given.scope) if given.scope else Scope.READ,
        note=given.note or "",
        url=given.url or "",
    )


def _check_policy(given: argparse.Namespace, prog: str) -> command.Command:
    del prog
    return command.CheckPolicy(
        **_common(given),
        ip=given.ip or "",
        scope=parse_scope(given.scope) if given.scope else Scope.READ,
        target=given.target or "",
        within=given.within or "",
        file=given.file or "",
        at=given.at or "",
        http=given.http,
    )


def _end(given: argparse.Namespace, prog: str) -> command.Command:
    if given.everything == bool(given.words):
        raise UsageError(
            "'end' takes either session ids or --all.", hint=f"See '{prog} end --help'."
        )
    return command.End(**_common(given), ids=tuple(given.words), everything=given.everything)


_Maker = Callable[[argparse.Namespace, str], command.Command]
_MAKERS: dict[str, _Maker] = {
    "mint": _mint,
    "open": _open,
    "link": _link,
    "completion": _completion,
    "help": _help,
    "targets": _targets,
    "doctor": _doctor,
    "list": lambda g, _: command.ListLinks(**_common(g), everything=g.everything),
    "sessions": lambda g, _: command.ListSessions(**_common(g), everything=g.everything),
    "show": lambda g, _: command.Show(**_common(g), id=g.words[0]),
    "refresh": lambda g, _: command.Refresh(**_common(g), id=g.words[0]),
    "revoke": lambda g, _: command.Revoke(**_common(g), ids=tuple(g.words)),
    "end": _end,
    "keys list": lambda g, _: command.ListKeys(**_common(g)),
    "keys rotate": lambda g, _: command.RotateKeys(**_common(g)),
    "keys retire": _retire,
    "aws-keys create": _create_access_key,
    "aws-keys list": lambda g, _: command.ListAccessKeys(**_common(g), everything=g.everything),
    "aws-keys revoke": lambda g, _: command.RevokeAccessKeys(**_common(g), ids=tuple(g.words)),
    "policy": _policy,
    "policy check": _check_policy,
}


class _Common(TypedDict):
    server: str
    json: bool
    quiet: bool


def _common(given: argparse.Namespace) -> _Common:
    # A local verb has no option of that name.
    server = getattr(given, "server", None) or ""
    return {"server": server, "json": given.json, "quiet": given.quiet}


def _request_target(given: argparse.Namespace) -> Target | BareTarget:
    """Read a reference, and where it is said to be beside it."""
    return mint_request(given.words[0], region=given.region, profile=given.profile).target


def _request(given: argparse.Namespace, *, interactive: bool = False) -> MintRequest:
    return mint_request(
        given.words[0],
        region=given.region,
        profile=given.profile,
        path=given.path or "",
        session=given.session,
        expires=given.expires,
        scope=given.scope,
        uses=_count(given.uses),
        allow=tuple(given.allow),
        note=given.note or "",
        interactive=interactive,
        within=given.within or "",
        bind_ip=given.bind_ip,
    )


def _count(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.removeprefix("-").isdigit():
        raise UsageError(f"--uses takes a whole number, not {shown(text)}.")
    return int(text[:10])
