"""Frozen values of the configuration, and what a server is called and keeps without one.

What a deployer writes, and what is refused of it, is in `nb_presign.config`.
"""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir


@dataclass(frozen=True, slots=True)
class RemoteServer:
    """A Jupyter server named in the configuration; its token is read when needed."""

    name: str
    url: str
    #: Environment variable that holds the owner's token, or
    token_env: str = ""
    #: file that holds it.
    token_file: str = ""


@dataclass(frozen=True, slots=True)
class ConfiguredRoute:
    """A row that a deployer adds to the table of what guests may ask."""

    methods: tuple[str, ...]
    #: Regular expression for the whole path below the base URL.
    path: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MintRule:
    """One rule of who may mint on a server's own cloud credentials, and for what."""

    #: Reference, or the beginning of one by whole segments; `*` and `?` stay within a segment. A
    #: lone `*` is any target.
    target: str = "*"
    #: Names of profiles, with `*` and `?`; `default` stands for none being named. Empty: any.
    profiles: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    #: ARNs of what the credentials turn out to be, a role or user, with `*` and `?`; empty: any.
    roles: tuple[str, ...] = ()
    #: Links a minute under this rule; None: as many as are asked for.
    per_minute: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The configuration as the rest of nb_presign sees it."""

    #: Empty: not configured; see `server_identity`.
    server_name: str = ""
    #: May hold a password.
    store_url: str = field(repr=False)
    data_dir: Path
    public_url: str = ""
    servers: tuple[RemoteServer, ...] = ()
    #: A JupyterHub that is named; None: the one that started this server, if one did.
    hub: RemoteServer | None = None
    trusted_proxies: tuple[str, ...] = ()
    #: A policy document, the path of one, or None.
    policy: Mapping[str, Any] | str | None = None
    routes: tuple[ConfiguredRoute, ...] = ()
    link_style: str = "fragment"
    self_hosted: bool = True
    #: Why not, in words; empty where it is.
    why_off: str = ""
    required: bool = False
    keep_days: int = 30
    keep_audit_days: int = 365
    #: Where targets of AWS are listed at once; empty: the one place that the credentials name.
    aws_profiles: tuple[str, ...] = ()
    aws_regions: tuple[str, ...] = ()
    #: Whether URLs are rewritten to open a path, where AWS documents no way to.
    aws_open_paths: bool = True
    #: Suffixes of hosts that presigned URLs may lead to, besides those that AWS documents.
    aws_hosts: tuple[str, ...] = ()
    #: What a server mints on its own cloud credentials; what no rule allows is refused.
    mint_targets: tuple[MintRule, ...] = (MintRule(),)
    #: Whether AWS's wire protocol is spoken, for links of our own.
    aws_api: bool = False
    #: The region that requests of it must be signed for, and that ARNs name.
    aws_api_region: str = "us-east-1"


def data_dir() -> Path:
    """Tell where keys are kept, and the store unless it is configured; the same on all servers."""
    return Path(jupyter_data_dir()) / "nb_presign"


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
