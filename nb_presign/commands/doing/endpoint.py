"""Finds out where programs reach AWS's wire protocol of this user's server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from traitlets import TraitError

from nb_presign.entries import web_address
from nb_presign.errors import UsageError
from nb_presign.policy.arns import instance_name
from nb_presign.providers.running import RunningServer
from nb_presign.settings import Settings, default_server_name

#: Below the base URL.
PATH = "nb-presign/aws"
#: Stands for what is not known.
_UNKNOWN = "https://SERVER/"
_NAME = "NAME"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address to be given to SDKs, and the name of a server there."""

    url: str
    #: As notebook instances are called.
    instance: str = _NAME
    #: What has to be said of it.
    note: str = ""


def find_endpoint(url: str, settings: Settings, running: Sequence[RunningServer]) -> Endpoint:
    """Find the endpoint: below the given address, the public one, or that of the one server here.

    Where none of these is known, it has a placeholder that its note tells of. Raises `UsageError`
    for an address that is none.
    """
    named = instance_name(settings.server_name) if settings.server_name else ""
    known = _checked(url) if url else settings.public_url
    if known:
        return Endpoint(known + PATH, named or _NAME)
    reachable = [server for server in running if not server.on_socket]
    if len(reachable) != 1:
        return Endpoint(_UNKNOWN + PATH, named or _NAME, _which(reachable))
    (server,) = reachable
    name = named or instance_name(default_server_name(server.root_dir))
    return Endpoint(server.url + PATH, name)


def _checked(url: str) -> str:
    try:
        return web_address(url, "--url").removesuffix(f"{PATH}/")
    except (TraitError, ValueError) as error:
        raise UsageError(
            f"{str(error).rstrip('.')}.", hint="Write it like https://notebooks.example.org/gpu/."
        ) from error


def _which(running: Sequence[RunningServer]) -> str:
    if not running:
        return f"No server is running here: write its address for {_UNKNOWN}, or add --url URL."
    urls = " or ".join(server.url for server in running)
    return f"Several servers are running here: for {_UNKNOWN} write {urls}."
