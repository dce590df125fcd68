"""What providers are made from."""

from __future__ import annotations

from dataclasses import dataclass

from nb_presign.aws.gateway import AwsGateway
from nb_presign.clock import Clock
from nb_presign.offload import Offload
from nb_presign.providers.base import Connect, LinkSigner, LocalServer
from nb_presign.providers.servers import ServerDirectory
from nb_presign.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderContext:
    """What providers are made from; an entry point of `nb_presign.providers` takes one."""

    settings: Settings
    clock: Clock
    offload: Offload
    connect: Connect
    #: None where this process is no Jupyter server, or one that serves no links of its own.
    local: LocalServer | None = None
    signer: LinkSigner | None = None
    #: Why this server serves no links of its own; empty where it does, or is no server.
    why_off: str = ""
    #: The person's other servers; the registry fills it in, so that all providers ask them once.
    directory: ServerDirectory | None = None
    #: The way to AWS; None: there are no providers of AWS.
    aws: AwsGateway | None = None
