"""Read entries of the configuration; what is wrong with one is a `TraitError` that names it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv6Network, ip_network
from typing import Any
from urllib.parse import urlsplit

from traitlets import TraitError

from nb_presign.policy.minting import why_no_role
from nb_presign.settings import ConfiguredRoute, MintRule, RemoteServer

#: What servers can be called.
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62})")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
#: Routes that no row of a deployer's may match: a pattern that matches one is meant too widely.
_NEVER = (
    "nb-presign",
    "nb-presign/",
    "nb-presign/api/links",
    "nb-presign/api/links/lnk_0/refresh",
    "nb-presign/api/sessions",
    "nb-presign/open",
    "nb-presign/redeem",
    "api/me",
    "login",
)
# As in AWS's own files and names: no blanks, nothing that ends a line or a section.
_PLACE = re.compile(r"[A-Za-z0-9][^\s\x00-\x1f\]\[/\\]{0,127}")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
# A '?' is one character here, and not the beginning of options.
_PATTERN = re.compile(r"\*|[a-z*?][a-z0-9*?-]*:(?!.*\?[a-z_]+=)[^\s/][^\x00-\x1f\\]*")
_ROLE = re.compile(r"arn:[a-z*-]+:(?:iam|sts)::[0-9*?]+:[\x21-\x7e]+")
_LONGEST_REGION = 40
#: More is as good as no limit.
_MOST_A_MINUTE = 10_000
_RULE = {"target", "profiles", "regions", "roles", "per_minute"}


def remote_server(name: str, entry: object, *, where: str = "") -> RemoteServer:
    """Read an entry of `servers`, or one like it that `where` names."""
    where = where or f"NbPresign.servers[{name!r}]"
    if not NAME.fullmatch(name):
        msg = f"{where}: a name has letters, digits, '.', '_' and '-', at most 63"
        raise TraitError(msg)
    if not isinstance(entry, Mapping) or not {"url"} <= set(entry) <= {
        "url",
        "token_env",
        "token_file",
    }:
        msg = f"{where}: a dictionary with 'url' and 'token_env' or 'token_file'"
        raise TraitError(msg)
    return RemoteServer(
        name,
        web_address(str(entry["url"]), where),
        token_env=str(entry.get("token_env", "")),
        token_file=str(entry.get("token_file", "")),
    )


def configured_route(entry: Mapping[str, Any]) -> ConfiguredRoute:
    """Read a row of `routes`."""
    where = f"NbPresign.routes, {dict(entry)!r}"
    if set(entry) != {"methods", "path", "scope"} or not all(
        isinstance(value, str) for value in entry.values()
    ):
        msg = f"{where}: a dictionary with the texts 'methods', 'path' and 'scope'"
        raise TraitError(msg)
    methods, path, scope = tuple(entry["methods"].split()), entry["path"], entry["scope"]
    if not methods or not set(methods) <= _METHODS:
        msg = f"{where}: 'methods' are some of {', '.join(sorted(_METHODS))}"
        raise TraitError(msg)
    if scope not in {"read", "execute", "full"}:
        msg = f"{where}: 'scope' is 'read', 'execute' or 'full'"
        raise TraitError(msg)
    try:
        pattern = re.compile(path, re.ASCII)
    except re.error as error:
        msg = f"{where}: 'path' is no regular expression: {error}"
        raise TraitError(msg) from error
    if not path or path.startswith(("/", "^/")):
        msg = f"{where}: 'path' is below the base URL, without a slash in front"
        raise TraitError(msg)
    if named := next(filter(pattern.fullmatch, _NEVER), None):
        msg = f"{where}: 'path' matches {named!r}, which is not for configuration"
        raise TraitError(msg)
    return ConfiguredRoute(methods, path, scope)


def address_block(rule: str) -> str:
    """Write a block in canonical form; raises ValueError for one that would never match."""
    network = ip_network(rule)
    if isinstance(network, IPv6Network) and (
        network.network_address.ipv4_mapped or network.network_address.scope_id
    ):
        msg = f"{rule!r} has a zone, or is written as IPv6 but is IPv4"
        raise ValueError(msg)
    return str(network)


def web_address(url: str, where: str) -> str:
    """Read an address; it gets a final slash."""
    parts = urlsplit(url)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.query
        or parts.fragment
        or parts.username
    ):
        msg = f"{where}: an http or https address without query, fragment or user name, not {url!r}"
        raise TraitError(msg)
    return url.rstrip("/") + "/"


def region_name(text: str, where: str) -> str:
    """Check the name of a region; raises `TraitError`."""
    if not re.fullmatch(r"[a-z]{2,}(-[a-z0-9]+)+", text) or len(text) > _LONGEST_REGION:
        msg = f"{where}: a region is written like 'us-east-1', and not {text[:40]!r}"
        raise TraitError(msg)
    return text


def name_of_place(name: str, where: str) -> str:
    """Read the name of a profile or region."""
    if not _PLACE.fullmatch(name):
        msg = f"{where}: not a name of AWS's configuration: {name[:60]!r}"
        raise TraitError(msg)
    return name


def host_suffix(name: str) -> str:
    """Read a domain; written without a scheme, port, wildcard or leading dot."""
    if not _HOST.fullmatch(name.lower()):
        msg = f"NbPresign.aws_hosts: a domain such as 'notebooks.example.org', not {name[:80]!r}"
        raise TraitError(msg)
    return name.lower()


def mint_rule(entry: object) -> MintRule:
    """Read a rule of `mint_targets`."""
    where = f"NbPresign.mint_targets, {entry!r}"
    given = {"target": entry} if isinstance(entry, str) else entry
    if not isinstance(given, Mapping) or not {"target"} <= set(given) <= _RULE:
        msg = f"{where}: a reference, or a dictionary of 'target' and some of {sorted(_RULE)}"
        raise TraitError(msg)
    target = given["target"]
    if not isinstance(target, str) or not _PATTERN.fullmatch(target):
        msg = f"{where}: 'target' is '*' or a reference as in 'sagemaker:team-*', without options"
        raise TraitError(msg)
    rule = MintRule(
        target=target.rstrip("/"),
        profiles=_texts(given, "profiles", where),
        regions=_texts(given, "regions", where),
        roles=_texts(given, "roles", where),
        per_minute=_per_minute(given.get("per_minute"), where),
    )
    if wrong := [role for role in rule.roles if not _ROLE.fullmatch(role)]:
        msg = f"{where}: 'roles' are ARNs, arn:aws:iam::<account>:role/<name>, not {wrong[0]!r}"
        raise TraitError(msg)
    if told := [(role, why) for role in rule.roles if (why := why_no_role(role))]:
        msg = f"{where}: {told[0][0]!r} in 'roles': {told[0][1]}"
        raise TraitError(msg)
    return rule


def _texts(given: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    value = given.get(name, [])
    if not isinstance(value, (list, tuple)) or not all(
        isinstance(each, str) and each.strip() for each in value
    ):
        msg = f"{where}: {name!r} is a list of texts"
        raise TraitError(msg)
    if name in given and not value:
        # An empty list would read as nobody, and mean everybody.
        msg = f"{where}: {name!r} is empty; leave it out where any will do"
        raise TraitError(msg)
    return tuple(value)


def _per_minute(value: object, where: str) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST_A_MINUTE:
        msg = f"{where}: 'per_minute' is a whole number from 1 to {_MOST_A_MINUTE}"
        raise TraitError(msg)
    return value
