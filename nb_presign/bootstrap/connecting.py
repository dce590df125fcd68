"""Finds what a kernel or a command talks to."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from traitlets.config import Config

from nb_presign.api import PresignApi
from nb_presign.aws.gateway import AwsGateway
from nb_presign.bootstrap.building import build
from nb_presign.bootstrap.upstreams import connect_to
from nb_presign.bootstrap.user import load_settings, local_actor
from nb_presign.clock import SystemClock
from nb_presign.divided import DividedApi
from nb_presign.own_server import OwnServer, locate
from nb_presign.providers.servers import ServerDirectory
from nb_presign.store.memory import MemoryStore


async def connect(server: str = "", *, config: Config | None = None) -> PresignApi:
    """Find what to talk to: the named server, else what is divided between here and elsewhere.

    Elsewhere is this kernel's own server, and where there is none that answers and has nb_presign,
    a service in process.
    """
    runtime = build(load_settings(config), actor=local_actor(), aws=_own_gateway())
    if not server:
        here = replace(runtime.service, store=MemoryStore(runtime.clock))
        return DividedApi(
            here, OwnServer(locate, connect_to, runtime.offload, instead=runtime.service)
        )
    directory = ServerDirectory(runtime.settings, runtime.clock, runtime.offload, connect_to)
    try:
        return connect_to(await directory.find(server))
    finally:
        await runtime.service.aclose()


@cache
def _own_gateway() -> AwsGateway:
    """Make the one gateway of a kernel or command: what boto3 has built is used again and again."""
    return AwsGateway(SystemClock())
