"""One Jupyter server as it is known here: where it is, who it says it is, what is wrong with it."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from nb_presign.errors import (
    NotInstalledError,
    PresignError,
    SelfHostingOffError,
    UnauthenticatedError,
    UnreachableError,
    UpstreamError,
)
from nb_presign.model import ServerInfo, TargetState, check_name
from nb_presign.providers.base import ServerAddress
from nb_presign.providers.running import RunningServer
from nb_presign.secret import Secret
from nb_presign.settings import RemoteServer, default_server_name

_STATES: dict[type[PresignError] | None, TargetState] = {
    None: TargetState.READY,
    UnreachableError: TargetState.DOWN,
    NotInstalledError: TargetState.NOT_INSTALLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownServer:
    """One entry of the directory, and what it said when it was asked."""

    #: Its `name` leads to this entry and no other.
    address: ServerAddress
    #: Id under which it redeems links; empty where it did not say.
    id: str = ""
    #: What minting for it would raise, with `reason` and `mend` as message and hint; None: it is
    #: ready.
    failure: type[PresignError] | None = None
    reason: str = ""
    mend: str = ""
    #: Another provider's reference for it, where links to it are not its own.
    instead: str = ""
    #: Named in the configuration; otherwise found running.
    configured: bool = False

    @property
    def name(self) -> str:
        return self.address.name

    @property
    def state(self) -> TargetState:
        return _STATES.get(self.failure, TargetState.UNKNOWN)

    def answers_to(self, name: str) -> bool:
        """Say whether it is called so, by name, alias or id."""
        return name in {self.name, self.id, *self.address.aliases} - {""}

    def failed(self, failure: type[PresignError], reason: str, mend: str) -> KnownServer:
        """Return the entry as one that cannot be used."""
        return replace(self, failure=failure, reason=reason, mend=mend)

    def check(self) -> None:
        """Raise what is wrong with it, if anything is."""
        if self.failure is not None:
            raise self.failure(self.reason, hint=self.mend, server=self.name)


def introduced(entry: KnownServer, info: ServerInfo) -> KnownServer:
    """Complete an entry with what the server said about itself."""
    if not info.self_hosted and not info.name:
        return _without_links(entry, info.here)
    if not _can_be_written(info.name):
        return entry.failed(
            UpstreamError,
            f"The server {entry.name!r} has a name that no reference can hold.",
            "Set c.NbPresign.server_name there.",
        )
    if not info.self_hosted:
        entry = entry.failed(
            SelfHostingOffError,
            f"The server {info.name!r} serves no links of its own.",
            "Look into its log for the reason, and see c.NbPresign.self_hosted there.",
        )
    name, *more = [entry.name, info.name] if entry.configured else [info.name]
    aliases = tuple(dict.fromkeys([*more, *entry.address.aliases]))
    return replace(entry, id=info.id, address=replace(entry.address, name=name, aliases=aliases))


def _without_links(entry: KnownServer, here: str) -> KnownServer:
    """Enter a server that has no name for links, since it serves none of its own."""
    if here:
        # On a Hub or at SageMaker links to it are theirs.
        return replace(
            entry.failed(
                SelfHostingOffError,
                f"Links to the server {entry.name!r} are not its own.",
                f"Write {here} instead.",
            ),
            instead=here,
        )
    return entry.failed(
        SelfHostingOffError,
        f"The server {entry.name!r} serves no links of its own.",
        "Look into its log for the reason, and see c.NbPresign.self_hosted there.",
    )


def _can_be_written(name: str) -> bool:
    try:
        check_name(name)
    except PresignError:
        return False
    return "@" not in name and name != "."


def running_entry(server: RunningServer) -> KnownServer:
    """Enter a running server; it is not asked yet."""
    address = ServerAddress(
        name=default_server_name(server.root_dir),
        url=server.url,
        token=server.token,
        detail=server.root_dir,
        aliases=() if server.on_socket else (str(server.port), urlsplit(server.url).netloc),
    )
    entry = KnownServer(address=address)
    if server.on_socket:
        return entry.failed(
            UpstreamError,
            f"The server {address.name!r} listens on a Unix socket, which links cannot lead to.",
            "Start it with a port.",
        )
    if server.has_password and not server.token:
        return entry.failed(
            UpstreamError,
            f"The server {address.name!r} has a password and no token, so it cannot be asked.",
            "Set IdentityProvider.token for it, and name it in c.NbPresign.servers.",
        )
    return entry


def configured_entry(server: RemoteServer) -> KnownServer:
    """Enter a configured server with its token, which is read now; blocks."""
    parts = urlsplit(server.url)
    address = ServerAddress(
        name=server.name,
        url=server.url,
        token=Secret(""),
        detail=server.url,
        aliases=(parts.netloc, *([str(parts.port)] if parts.port else [])),
    )
    try:
        token = _read_token(server)
    except (LookupError, OSError, ValueError) as error:
        # The file's name is in the configuration, its content is not told.
        where = server.token_file or server.token_env
        problem = type(error).__name__
        return KnownServer(address=address, configured=True).failed(
            UpstreamError,
            f"The token of the server {server.name!r} cannot be read from {where!r} ({problem}).",
            f"Set token_env or token_file of c.NbPresign.servers[{server.name!r}].",
        )
    return KnownServer(address=replace(address, token=token), configured=True)


def _read_token(server: RemoteServer) -> Secret:
    if server.token_env:
        token = os.environ[server.token_env]
    else:
        token = Path(server.token_file).expanduser().read_text(encoding="utf-8")
    if not token.strip():
        raise ValueError("empty")
    return Secret(token.strip())


def refused(entry: KnownServer, error: PresignError | asyncio.TimeoutError) -> KnownServer:
    """Translate what went wrong when a server was asked."""
    name = entry.name
    if isinstance(error, NotInstalledError):
        return entry.failed(
            NotInstalledError,
            f"The server {name!r} has no nb_presign.",
            "Run 'pip install nb_presign' in that server's environment, then restart it.",
        )
    # Passed on as it is, this would say that the asking person is not signed in here.
    if isinstance(error, UnauthenticatedError):
        return entry.failed(
            UpstreamError,
            f"The server {name!r} refuses our token.",
            "Check token_env or token_file in c.NbPresign.servers, or restart that server.",
        )
    if isinstance(error, asyncio.TimeoutError) or error.code in {"unreachable", "upstream-timeout"}:
        return entry.failed(
            UnreachableError,
            f"The server {name!r} does not answer.",
            f"Start it, or check its address {entry.address.url}.",
        )
    return entry.failed(UpstreamError, f"The server {name!r}: {error.message}", error.hint)
