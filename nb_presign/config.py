"""What a deployer can set: the traits of `c.NbPresign`, and the frozen values they turn into."""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_core.paths import jupyter_data_dir
from traitlets import Bool, Dict, Enum, List, TraitError, Unicode, validate
from traitlets.config import Configurable

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62})")


@dataclass(frozen=True, slots=True)
class RemoteServer:
    """A Jupyter server named in the configuration; its token is read when needed."""

    name: str
    url: str
    #: Environment variable that holds the owner's token, or
    token_env: str = ""
    #: file that holds it.
    token_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The configuration as the rest of nb_presign sees it."""

    #: Empty: not configured; see `server_identity`.
    server_name: str = ""
    store_url: str
    data_dir: Path
    public_url: str = ""
    servers: tuple[RemoteServer, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    link_style: str = "fragment"
    self_hosted: bool = True
    required: bool = False


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

        Default: none, so that the address of a guest is the one that connects.
        Example: c.NbPresign.trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]
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
            return [str(ip_network(rule)) for rule in proposal["value"]]
        except ValueError as error:
            msg = f"NbPresign.trusted_proxies: {error}"
            raise TraitError(msg) from error

    @validate("servers")
    def _check_servers(self, proposal: Mapping[str, Any]) -> dict[str, Any]:
        for name, entry in proposal["value"].items():
            _remote_server(name, entry)
        return dict(proposal["value"])

    def settings(self, *, under_hub: bool = False) -> Settings:
        """Freeze the configuration."""
        data_dir = Path(jupyter_data_dir()) / "nb_presign"
        return Settings(
            server_name=self.server_name,
            store_url=self.store_url or f"sqlite:///{data_dir / 'store.sqlite'}",
            data_dir=data_dir,
            public_url=self.public_url,
            servers=tuple(_remote_server(name, entry) for name, entry in self.servers.items()),
            trusted_proxies=tuple(self.trusted_proxies),
            link_style=self.link_style,
            self_hosted=not under_hub if self.self_hosted is None else self.self_hosted,
            required=self.required,
        )


def default_server_name(root_dir: str) -> str:
    """Name a server after its root directory; the same on every start, and to others."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(root_dir).name).strip("-._")
    return name[:63] or "root"


def server_identity(name: str, root_dir: str, *, configured: bool) -> str:
    """Derive the id that links are minted for; the same on every start.

    Two servers of one configured name are one (replicas behind a proxy); without a configured name
    host and root directory tell servers apart.
    """
    parts = [name] if configured else [name, socket.gethostname(), str(Path(root_dir).resolve())]
    return "srv_" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


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
