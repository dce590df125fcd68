"""What this server is called, and how it serves links of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from traitlets import Bool, Enum, HasTraits, List, TraitError, Unicode, validate

from nb_presign.entries import NAME, address_block, web_address


class ServingTraits(HasTraits):
    """Name, address and manner of the server itself."""

    server_name = Unicode(
        "",
        config=True,
        help="""Stable name of this server, as in 'jupyter:<name>'. Unique among a person's servers.

        Default: the name of the root directory. Links are for one server: renaming it ends them.
        Example: c.NbPresign.server_name = "gpu-box"
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
    trusted_proxies: List[str] = List(
        Unicode(),
        config=True,
        help="""Addresses or CIDR blocks of proxies whose X-Forwarded-For is believed.

        Also their X-Forwarded-Proto or X-Scheme. Default: none, so that the address of a guest is
        the one that connects. "unix" stands for whoever connects over a unix socket.
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

    def _why_off(self, *, under_hub: bool) -> str:
        """Say why this server serves no links of its own; empty if it does."""
        if self.self_hosted is False:
            return "c.NbPresign.self_hosted is False"
        if self.self_hosted is None and under_hub:
            return (
                "it runs under JupyterHub, whose own sharing is the way there; "
                "c.NbPresign.self_hosted = True serves links all the same"
            )
        return ""
