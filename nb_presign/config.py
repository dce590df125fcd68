"""What a deployer can set: the traits of `c.NbPresign`, and what is refused of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from traitlets import Bool, Dict, Enum, Int, List, TraitError, Unicode, Union, validate
from traitlets.config import Configurable

from nb_presign.entries import (
    NAME,
    address_block,
    configured_route,
    host_suffix,
    mint_rule,
    name_of_place,
    region_name,
    remote_server,
    web_address,
)
from nb_presign.settings import RemoteServer, Settings, data_dir


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
        user. Servers on several machines share one on PostgreSQL, which needs
        nb_presign[postgres]. Its password belongs in ~/.pgpass: Jupyter logs its configuration.
        Limits may follow, milliseconds: ?statement_timeout=2000&lock_timeout=1500
        Example: c.NbPresign.store_url = "postgresql+psycopg://presign@db.example.org/presign"
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
    hub: Dict[str, Any] = Dict(
        config=True,
        help="""A JupyterHub whose servers are shared from here: its URL, and where the token is.

        Default: the Hub that started this server, if one did, with the server's own token. Instead
        of token_env, token_file names a file that holds the token.
        Example: c.NbPresign.hub = {"url": "https://hub.example.org/", "token_env": "HUB_TOKEN"}
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

    aws_profiles: List[str] = List(
        Unicode(),
        config=True,
        help="""Profiles of AWS's shared configuration whose targets are listed, all at once.

        Default: none, so that the credentials that AWS's own chain finds (AWS_PROFILE, the role of
        the machine) are the only ones. 'default' stands for these in a list. What is minted uses
        the profile of its reference, ?profile=…, whatever is listed here.
        Example: c.NbPresign.aws_profiles = ["default", "research"]
        """,
    )
    aws_regions: List[str] = List(
        Unicode(),
        config=True,
        help="""Regions of AWS whose targets are listed, all at once, with each of the profiles.

        Default: none, so that only the region of the profile or of AWS_DEFAULT_REGION is asked.
        Each region and profile costs a list its own calls; one that fails makes the list partial.
        Example: c.NbPresign.aws_regions = ["us-west-2", "eu-central-1"]
        """,
    )
    aws_open_paths = Bool(
        True,
        config=True,
        help="""Whether the URLs of SageMaker notebook instances are changed to open a path.

        AWS documents no way to: the path is put between host and query, which AWS may stop to
        understand. False: URLs are handed out as AWS made them and open the start page; go to the
        notebook's own address afterwards. Example: c.NbPresign.aws_open_paths = False
        """,
    )
    aws_hosts: List[str] = List(
        Unicode(),
        config=True,
        help="""Further domains that presigned URLs of AWS may lead to.

        A URL that leads elsewhere than AWS documents is refused and never shown. Default: none.
        Needed for endpoints of your own, such as a proxy for SageMaker's pages: the domain and all
        below it are believed. Example: c.NbPresign.aws_hosts = ["notebooks.example.org"]
        """,
    )
    mint_targets: List[Any] = List(
        Union([Unicode(), Dict()]),
        default_value=["*"],
        config=True,
        help="""What this server mints on its own credentials for AWS; no rule, no link.

        For whoever is the owner in its browser or asks its REST, for minting, refreshing, opening
        and starting. Kernels mint on credentials that they have themselves: what these may do is
        IAM's to say. A rule is a reference, of which '*' and '?' stand for parts of a segment and a
        lone '*' for everything, or a dictionary of 'target' and, all of them optional, 'profiles'
        ('default': none is named), 'regions', 'roles' (ARNs of roles and users that the credentials
        may be), all with '*' and '?', and 'per_minute' (links; a whole number). A role with a path
        takes no wildcard, since AWS does not tell the path of a role that is in use. The first
        rule that fits counts. Default: ["*"]; [] refuses everything. Example:
        c.NbPresign.mint_targets = ["athena:*", {"target": "sagemaker:team-*",
        "profiles": ["team"], "regions": ["us-west-2"],
        "roles": ["arn:aws:iam::123456789012:role/team-*"], "per_minute": 10}]
        """,
    )

    aws_api = Bool(
        False,
        config=True,
        help="""Whether this server speaks AWS's wire protocol at <base_url>nb-presign/aws, so that
        any AWS SDK mints its links by access keys: jupyter presign aws-keys create.

        Example: c.NbPresign.aws_api = True
        """,
    )
    aws_api_region = Unicode(
        "us-east-1",
        config=True,
        help="""The region that programs sign their requests for, and that ARNs in policies of
        access keys name; no region of AWS is asked for anything.

        Example: c.NbPresign.aws_api_region = "eu-central-1"
        """,
    )

    @validate("server_name")
    def _check_name(self, proposal: Mapping[str, Any]) -> str:
        name = str(proposal["value"])
        if name and not NAME.fullmatch(name):
            msg = f"NbPresign.server_name: letters, digits, '.', '_' and '-', at most 63: {name!r}"
            raise TraitError(msg)
        return name

    @validate("public_url")
    def _check_public_url(self, proposal: Mapping[str, Any]) -> str:
        return (
            web_address(str(proposal["value"]), "NbPresign.public_url") if proposal["value"] else ""
        )

    @validate("trusted_proxies")
    def _check_proxies(self, proposal: Mapping[str, Any]) -> list[str]:
        try:
            return [rule if rule == "unix" else address_block(rule) for rule in proposal["value"]]
        except ValueError as error:
            msg = f"NbPresign.trusted_proxies: {error}"
            raise TraitError(msg) from error

    @validate("routes")
    def _check_routes(self, proposal: Mapping[str, Any]) -> list[Any]:
        for entry in proposal["value"]:
            configured_route(entry)
        return list(proposal["value"])

    @validate("servers")
    def _check_servers(self, proposal: Mapping[str, Any]) -> dict[str, Any]:
        for name, entry in proposal["value"].items():
            remote_server(name, entry)
        return dict(proposal["value"])

    @validate("hub")
    def _check_hub(self, proposal: Mapping[str, Any]) -> dict[str, Any]:
        if proposal["value"]:
            _hub(proposal["value"])
        return dict(proposal["value"])

    @validate("aws_api_region")
    def _check_region(self, proposal: Mapping[str, Any]) -> str:
        return region_name(str(proposal["value"]), "NbPresign.aws_api_region")

    @validate("aws_profiles", "aws_regions")
    def _check_places(self, proposal: Mapping[str, Any]) -> list[str]:
        where = f"NbPresign.{proposal['trait'].name}"
        return [name_of_place(name, where) for name in dict.fromkeys(proposal["value"])]

    @validate("aws_hosts")
    def _check_hosts(self, proposal: Mapping[str, Any]) -> list[str]:
        return [host_suffix(name) for name in proposal["value"]]

    @validate("mint_targets")
    def _check_rules(self, proposal: Mapping[str, Any]) -> list[Any]:
        for entry in proposal["value"]:
            mint_rule(entry)
        return list(proposal["value"])

    def settings(self, *, under_hub: bool = False) -> Settings:
        """Freeze the configuration."""
        own = data_dir()
        why_off = _why_off(self.self_hosted, under_hub=under_hub)
        return Settings(
            server_name=self.server_name,
            store_url=self.store_url or f"sqlite:///{own / 'store.sqlite'}",
            data_dir=own,
            public_url=self.public_url,
            servers=tuple(remote_server(name, entry) for name, entry in self.servers.items()),
            hub=_hub(self.hub) if self.hub else None,
            trusted_proxies=tuple(self.trusted_proxies),
            policy=self.policy,
            routes=tuple(map(configured_route, self.routes)),
            link_style=self.link_style,
            self_hosted=not why_off,
            why_off=why_off,
            required=self.required,
            keep_days=self.keep_days,
            keep_audit_days=self.keep_audit_days,
            aws_profiles=tuple(self.aws_profiles),
            aws_regions=tuple(self.aws_regions),
            aws_open_paths=self.aws_open_paths,
            aws_hosts=tuple(self.aws_hosts),
            mint_targets=tuple(map(mint_rule, self.mint_targets)),
            aws_api=self.aws_api,
            aws_api_region=self.aws_api_region,
        )


def _hub(entry: object) -> RemoteServer:
    return remote_server("hub", entry, where="NbPresign.hub")


def _why_off(asked: bool | None, *, under_hub: bool) -> str:  # noqa: FBT001  # a trait's value
    if asked is False:
        return "c.NbPresign.self_hosted is False"
    if asked is None and under_hub:
        return (
            "it runs under JupyterHub, whose own sharing is the way there; "
            "c.NbPresign.self_hosted = True serves links all the same"
        )
    return ""
