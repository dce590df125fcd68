"""IAM policies that let somebody presign one thing, from some places only.

Restricting is done by Deny, since Allow with a condition limits nothing where another statement
allows (SageMaker's API reference on `CreatePresignedNotebookInstanceUrl`; IAM User Guide, "Policy
evaluation logic"). The keys are those of the IAM User Guide, "Global condition context keys": a
request through a VPC endpoint has `aws:SourceVpce` and `aws:SourceVpc` and no `aws:SourceIp`, and
one over the internet the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from string import Formatter
from typing import Any

from nb_presign.errors import InputError
from nb_presign.policy.addresses import normalize_addresses

VERSION = "2012-10-17"
#: Not known, and so any.
ANY = "*"
#: By how regions begin (IAM User Guide, "Amazon Resource Names", partitions).
PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
}

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_VPC = re.compile(r"vpc-[0-9a-f]{8,17}")
_VPCE = re.compile(r"vpce-[0-9a-f]{8,17}")
#: What IAM would not take as it stands: wildcards, and variables.
_SPECIAL = re.compile(r"[*?$]")
#: Addresses that AWS never sees a request come from.
_INSIDE = tuple(
    ip_network(block)
    for block in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "fc00::/7",
        "::1/128",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Actions, and the ARNs they are done to."""

    actions: tuple[str, ...]
    #: With `{partition}`, `{region}`, `{account}` and the names of what is opened in braces, those
    #: also as `{name_lower}`. One that has a name which is not given is left out.
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What it takes to open a thing (Service Authorization Reference)."""

    #: Presigns.
    opens: Grant
    #: Tells how it is doing, so that errors can say what is wrong.
    looks: tuple[Grant, ...] = ()
    #: Whether AWS documents that the policy is asked again for what is done with the URL.
    asked_again: bool = False
    #: What else to know of it, as sentences.
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """From where it may be opened; nothing at all: from everywhere."""

    ips: tuple[str, ...] = ()
    vpces: tuple[str, ...] = ()
    vpcs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise `OutOfRangeError` for what is no address, and `InputError` for what is no id."""
        object.__setattr__(self, "ips", normalize_addresses(self.ips))
        _check_ids(self.vpces, _VPCE, "VPC endpoint", "vpce-0a1b2c3d4e5f67890")
        _check_ids(self.vpcs, _VPC, "VPC", "vpc-0a1b2c3d4e5f67890")


@dataclass(frozen=True, slots=True)
class LeastPrivilege:
    """A policy document, ready for JSON, and what to know before it is used."""

    document: dict[str, Any]
    warnings: tuple[str, ...]


def least_privilege(
    permission: Permission,
    names: Mapping[str, str],
    *,
    origins: Origins,
    account: str = "",
    region: str = "",
) -> LeastPrivilege:
    """Write the policy that allows to open what `names` names, and nothing else.

    `account` and `region` may be empty: any. Raises `InputError` for what cannot be part of an ARN.
    """
    facts = _facts(names, account, region)
    opened = _resources(permission.opens, facts)
    statements = [_statement("Open", "Allow", permission.opens.actions, opened)]
    for number, grant in enumerate(permission.looks, 1):
        if found := _resources(grant, facts):
            sid = f"Look{number if len(permission.looks) > 1 else ''}"
            statements.append(_statement(sid, "Allow", grant.actions, found))
    if conditions := _elsewhere(origins):
        denied = _statement("NotFromElsewhere", "Deny", permission.opens.actions, opened)
        statements.append({**denied, "Condition": conditions})
    wide = any(facts[name] == ANY and f"{{{name}}}" in str(permission.opens) for name in _PLACE)
    return LeastPrivilege(
        {"Version": VERSION, "Statement": statements},
        tuple(_warnings(permission, origins, wide=wide)),
    )


def arn(service: str, resource: str) -> str:
    """Write the template of an ARN whose partition, region and account are found later."""
    return f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}"


def partition_of(region: str) -> str:
    """Tell which partition a region is in; unknown ones are in `aws`."""
    return next((name for start, name in PARTITIONS.items() if region.startswith(start)), "aws")


def _elsewhere(origins: Origins) -> dict[str, dict[str, list[str]]]:
    """Write the conditions of whoever comes from none of the places: all of them hold at once."""
    networks = {"aws:SourceVpce": list(origins.vpces), "aws:SourceVpc": list(origins.vpcs)}
    not_in = {key: values for key, values in networks.items() if values}
    conditions: dict[str, dict[str, list[str]]] = {}
    if origins.ips:
        conditions["NotIpAddress"] = {"aws:SourceIp": list(origins.ips)}
    if not_in:
        conditions["StringNotEquals"] = not_in
    return conditions


def _warnings(permission: Permission, origins: Origins, *, wide: bool) -> Iterable[str]:
    endpoints = origins.vpces or origins.vpcs
    if not origins.ips and not endpoints:
        yield (
            "It says nothing of where from: whoever has the URL can open it anywhere. Add --ip, "
            "--vpce or --vpc."
        )
    else:
        if not endpoints:
            yield (
                "It also denies what comes through VPC interface endpoints, which has no "
                "aws:SourceIp: add --vpce or --vpc for those."
            )
        if not origins.ips:
            yield "It also denies everything that comes over the internet: add --ip for that."
        if origins.ips:
            yield (
                "Who mints and who opens must both be on the list: where a server mints and a "
                "browser elsewhere opens, give the addresses of both."
            )
        yield (
            "AWS asks it again for each HTTP request and WebSocket frame: who moves to another "
            "network is cut off in mid-session."
            if permission.asked_again
            else "AWS does not say that it is asked again when the URL is opened: count on it for "
            "minting only."
        )
        yield (
            "Services of AWS that call for somebody (aws:ViaAWSService) come from elsewhere, and "
            "are denied too."
        )
    if inside := [block for block in origins.ips if _is_inside(block)]:
        yield (
            f"AWS sees public addresses only, and never {' or '.join(inside)}: for a private "
            "network write --vpc or --vpce, or the public address of its gateway."
        )
    if wide:
        yield "It holds in any account or region: name them with --account and --region."
    yield from permission.caveats


def _is_inside(block: str) -> bool:
    network = ip_network(block)
    return any(
        network.version == inside.version and network.subnet_of(inside)  # type: ignore[arg-type]  # of one version
        for inside in _INSIDE
    )


_PLACE = ("account", "region")


def _facts(names: Mapping[str, str], account: str, region: str) -> dict[str, str]:
    if account not in {"", ANY} and not _ACCOUNT.fullmatch(account):
        raise InputError(
            f"Not the number of an AWS account: {account[:40]!r}.",
            hint="It has 12 digits; 'aws sts get-caller-identity' tells yours.",
        )
    for name in (*names.values(), region if region != ANY else ""):
        if _SPECIAL.search(name):
            raise InputError(
                f"{name[:80]!r} would not mean itself in a policy.",
                hint="Write a name without '*', '?' and '$'.",
            )
    return {
        "partition": partition_of(region),
        "account": account or ANY,
        "region": region or ANY,
        **names,
        **{f"{name}_lower": value.lower() for name, value in names.items()},
    }


def _resources(grant: Grant, facts: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    for template in grant.resources:
        fields = {name for _, name, _, _ in Formatter().parse(template) if name}
        if fields <= facts.keys():
            found.append(template.format_map(facts))
    return list(dict.fromkeys(found))


def _statement(
    sid: str, effect: str, actions: Iterable[str], arns: Iterable[str]
) -> dict[str, Any]:
    return {"Sid": sid, "Effect": effect, "Action": list(actions), "Resource": list(arns)}


def _check_ids(ids: Iterable[str], pattern: re.Pattern[str], what: str, example: str) -> None:
    for each in ids:
        if not pattern.fullmatch(each):
            raise InputError(
                f"Not the id of a {what}: {each[:60]!r}.", hint=f"It is like {example}."
            )
