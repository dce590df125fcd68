"""What a deployer can set: the traits of `c.NbPresign`, and what is refused of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv6Network, ip_network
from typing import Any
from urllib.parse import urlsplit

from traitlets import Bool, Dict, Enum, Int, List, TraitError, Unicode, Union, validate
from traitlets.config import Configurable

from nb_presign.settings import ConfiguredRoute, RemoteServer, Settings, data_dir

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62})")
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


class NbPresign(Configurable):
    """Presigned URLs for notebook servers and sessions."""

    server_name = Unicode(
        "",
        config=True,
        help="""Stable name of this server, as in 'jupyter:<name>'. Unique among a person's servers.

        Default: the name of the root directory. Links are for one server: renaming it ends them.
        Example: c.NbPresign.server_name = "gpu-box"
        """,
    )
    store_url = Unicode(
        "",
        config=True,
        help="""SQLAlchemy URL of the database that keeps links and sessions.

        Default: nb_presign/store.sqlite in Jupyter's data directory, shared by all servers of the
        user. Example: c.NbPresign.store_url = "sqlite:////srv/presign/store.sqlite"
        """,
    )
    public_url = Unicode(
        "",
        config=True,
        help="""Address of this server for browsers, with base URL; presigned URLs start with it.

        Default: what the server shows when it starts. Set it behind a proxy.
        Example: c.NbPresign.public_url = "https://notebooks.example.org/gpu/"
        """,
    )
    servers: Dict[str, Any] = Dict(
        config=True,
        help="""Other servers to mint for, by name: their URL, and where the owner's token is found.

        Example: c.NbPresign.servers = {"gpu": {"url": "https://gpu.example.org/", "token_env":
        "GPU_TOKEN"}} Instead of token_env, token_file names a file that holds the token.
        """,
    )
    trusted_proxies: List[str] = List(
        Unicode(),
        config=True,
        help="""Addresses or CIDR blocks of proxies whose X-Forwarded-For is believed.

        Also their X-Forwarded-Proto or X-Scheme. Default: none, so that the address of a guest is
        the one that connects. "unix" stands for whoever connects over a unix socket.
        Example: c.NbPresign.trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]
        """,
    )
    policy = Union(
        [Dict(), Unicode()],
        default_value=None,
        allow_none=True,
        config=True,
        help="""Policy document of IAM's kind that guests' requests must satisfy, or the absolute
        path of a JSON file that holds one; read when the server starts.

        Asked for each request and each connection, beside what a link allows. Default: none, so
        that links alone decide. What no statement allows is denied. 'jupyter presign policy check'
        explains what it comes to. Example: c.NbPresign.policy = {"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny",
        "Action": "*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp":
        ["203.0.113.0/24", "2001:db8::/32"]}}}]}
        """,
    )
    routes: List[Any] = List(
        Dict(),
        config=True,
        help="""Rows for the table of what guests may ask of this server: routes of extensions that
        the table does not know.

        Each has 'methods' (names, apart by blanks), 'path' (a regular expression for the whole path
        below the base URL) and 'scope', the least that may: 'read', 'execute' or 'full'. Looked at
        after the built-in rows, of which they loosen none; not for links that are narrowed to a
        path, and not for nb_presign's own routes. Over a WebSocket a 'read' guest only watches.
        Example: c.NbPresign.routes = [{"methods": "GET", "path": "my-ext/.*", "scope": "read"}]
        """,
    )
    link_style = Enum(
        ["fragment", "query"],
        "fragment",
        config=True,
        help="""Where a URL carries its token: 'fragment' (#…, seen by no server or log) or 'query'
        (?authToken=…, as SageMaker's URLs look; it reaches access logs of proxies).
        """,
    )
    self_hosted = Bool(
        None,
        allow_none=True,
        config=True,
        help="""Whether this server serves links of its own.

        Default: yes, but no under JupyterHub, whose own sharing is the way there. Needs
        authentication to be on.
        """,
    )
    required = Bool(
        False,
        config=True,
        help="""Stop the server if it cannot serve links safely, instead of going on without.""",
    )

    keep_days = Int(
        30,
        min=1,
        config=True,
        help="""Days after which the store forgets links and sessions that are over.

        What was revoked stays revoked: its URL opens nothing, as a link that never was.
        Example: c.NbPresign.keep_days = 7
        """,
    )
    keep_audit_days = Int(
        365,
        min=1,
        config=True,
        help="""Days after which the store forgets what happened: rows of its audit table.

        Example: c.NbPresign.keep_audit_days = 90
        """,
    )

    @validate("server_name")
    def _check_name(self, proposal: Mapping[str, Any]) -> str:
        name = str(proposal["value"])
        if name and not _NAME.fullmatch(name):
            msg = f"NbPresign.server_name: letters, digits, '.', '_' and '-', at most 63: {name!r}"
            raise TraitError(msg)
        return name

    @validate("public_url")
    def _check_public_url(self, proposal: Mapping[str, Any]) -> str:
        return (
            _check_url(str(proposal["value"]), "NbPresign.public_url") if proposal["value"] else ""
        )

    @validate("trusted_proxies")
    def _check_proxies(self, proposal: Mapping[str, Any]) -> list[str]:
        try:
            return [rule if rule == "unix" else _block(rule) for rule in proposal["value"]]
        except ValueError as error:
            msg = f"NbPresign.trusted_proxies: {error}"
            raise TraitError(msg) from error

    @validate("routes")
    def _check_routes(self, proposal: Mapping[str, Any]) -> list[Any]:
        for entry in proposal["value"]:
            _configured_route(entry)
        return list(proposal["value"])

    @validate("servers")
    def _check_servers(self, proposal: Mapping[str, Any]) -> dict[str, Any]:
        for name, entry in proposal["value"].items():
            _remote_server(name, entry)
        return dict(proposal["value"])

    def settings(self, *, under_hub: bool = False) -> Settings:
        """Freeze the configuration."""
        own = data_dir()
        why_off = _why_off(self.self_hosted, under_hub=under_hub)
        return Settings(
            server_name=self.server_name,
            store_url=self.store_url or f"sqlite:///{own / 'store.sqlite'}",
            data_dir=own,
            public_url=self.public_url,
            servers=tuple(_remote_server(name, entry) for name, entry in self.servers.items()),
            trusted_proxies=tuple(self.trusted_proxies),
            policy=self.policy,
            routes=tuple(map(_configured_route, self.routes)),
            link_style=self.link_style,
            self_hosted=not why_off,
            why_off=why_off,
            required=self.required,
            keep_days=self.keep_days,
            keep_audit_days=self.keep_audit_days,
        )


def _why_off(asked: bool | None, *, under_hub: bool) -> str:  # noqa: FBT001  # a trait's value
    if asked is False:
        return "c.NbPresign.self_hosted is False"
    if asked is None and under_hub:
        return (
            "it runs under JupyterHub, whose own sharing is the way there; "
            "c.NbPresign.self_hosted = True serves links all the same"
        )
    return ""


def _remote_server(name: str, entry: object) -> RemoteServer:
    where = f"NbPresign.servers[{name!r}]"
    if not _NAME.fullmatch(name):
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
        _check_url(str(entry["url"]), where),
        token_env=str(entry.get("token_env", "")),
        token_file=str(entry.get("token_file", "")),
    )


def _configured_route(entry: Mapping[str, Any]) -> ConfiguredRoute:
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


def _block(rule: str) -> str:
    """Write a block in canonical form; raises ValueError for one that would never match."""
    network = ip_network(rule)
    if isinstance(network, IPv6Network) and (
        network.network_address.ipv4_mapped or network.network_address.scope_id
    ):
        msg = f"{rule!r} has a zone, or is written as IPv6 but is IPv4"
        raise ValueError(msg)
    return str(network)


def _check_url(url: str, where: str) -> str:
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
