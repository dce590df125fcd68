"""Which other servers, and which Hub, this one mints for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from traitlets import Dict, HasTraits, validate

from nb_presign.entries import remote_server
from nb_presign.settings import RemoteServer


class OthersTraits(HasTraits):
    """Other servers, and a Hub, by their addresses and tokens."""

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

    @validate("servers")
    def _check_servers(self, proposal: Mapping[str, Any]) -> dict[str, Any]:
        for name, entry in proposal["value"].items():
            remote_server(name, entry)
        return dict(proposal["value"])

    @validate("hub")
    def _check_hub(self, proposal: Mapping[str, Any]) -> dict[str, Any]:
        if proposal["value"]:
            _read_hub(proposal["value"])
        return dict(proposal["value"])

    def _servers(self) -> tuple[RemoteServer, ...]:
        return tuple(remote_server(name, entry) for name, entry in self.servers.items())

    def _hub(self) -> RemoteServer | None:
        return _read_hub(self.hub) if self.hub else None


def _read_hub(entry: object) -> RemoteServer:
    return remote_server("hub", entry, where="NbPresign.hub")
