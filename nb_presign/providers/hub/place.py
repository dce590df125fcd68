"""Which Hub is asked, and as whom."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from nb_presign.providers.base import ServerAddress
from nb_presign.secret import Secret
from nb_presign.settings import RemoteServer, Settings

#: What a Hub's own pages and API are below, on its base URL (jupyterhub 6, `hub_prefix`).
PREFIX = "hub/"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubPlace:
    """A Hub, and the token that it knows us by."""

    #: Of its REST API, with a final slash.
    api_url: str
    #: Of its pages in browsers, with `hub/`; empty: not known before the Hub says so.
    pages_url: str = ""
    token: Secret
    #: Whose server this process is, or is started by; empty where it is none of the Hub's.
    user: str = ""
    #: The server's name; empty for the one that each user has.
    server: str = ""

    @property
    def id(self) -> str:
        """What links of this Hub are known by; 16 hexadecimal digits.

        A Hub may come back at another address, and its guests' sessions must end all the same: in
        one of its servers only the path counts.
        """
        known_by = urlsplit(self.api_url).path if self.user else self.api_url
        return hashlib.sha256(known_by.encode()).hexdigest()[:16]


def find_hub(settings: Settings, environment: Mapping[str, str] = os.environ) -> HubPlace | None:
    """Find the Hub that is configured, else the one whose server this process belongs to.

    The Hub gives variables to the servers that it starts, and these to their kernels (jupyterhub 6,
    `Spawner.get_env`). None where there is neither; a token that cannot be read is empty.
    """
    if settings.hub is not None:
        return _configured(settings.hub, environment)
    api_url = environment.get("JUPYTERHUB_API_URL", "")
    token = environment.get("JUPYTERHUB_API_TOKEN", "")
    user = environment.get("JUPYTERHUB_USER", "")
    if not (api_url and token and user):
        return None
    return HubPlace(
        api_url=api_url.rstrip("/") + "/",
        pages_url=_pages_url(settings, environment),
        token=Secret(token),
        user=user,
        server=environment.get("JUPYTERHUB_SERVER_NAME", ""),
    )


def this_server(environment: Mapping[str, str] = os.environ) -> tuple[str, str] | None:
    """Tell user and server name of the Hub's server that this process is or belongs to."""
    user = environment.get("JUPYTERHUB_USER", "")
    if not user or not environment.get("JUPYTERHUB_API_URL"):
        return None
    return user, environment.get("JUPYTERHUB_SERVER_NAME", "")


def server_of_hub(environment: Mapping[str, str] = os.environ) -> ServerAddress | None:
    """Tell where the Hub's server that this process belongs to answers, and its owner's token."""
    url = environment.get("JUPYTERHUB_SERVICE_URL", "")
    token = environment.get("JUPYTERHUB_API_TOKEN", "")
    if not (url and token and this_server(environment)):
        return None
    return ServerAddress(name="", url=url.rstrip("/") + "/", token=Secret(token))


def _configured(hub: RemoteServer, environment: Mapping[str, str]) -> HubPlace:
    token = environment.get(hub.token_env, "") if hub.token_env else _read(hub.token_file)
    return HubPlace(
        api_url=f"{hub.url}{PREFIX}api/", pages_url=hub.url + PREFIX, token=Secret(token)
    )


def _read(path: str) -> str:
    try:
        return Path(path).expanduser().read_text().strip() if path else ""
    except (OSError, ValueError):
        return ""


def _pages_url(settings: Settings, environment: Mapping[str, str]) -> str:
    """Tell where browsers find the Hub, as far as it has told, or a deployer."""
    told = environment.get("JUPYTERHUB_PUBLIC_HUB_URL", "")
    if told:
        return told.rstrip("/") + "/"
    base = environment.get("JUPYTERHUB_BASE_URL", "/").rstrip("/") + "/"
    host = environment.get("JUPYTERHUB_HOST", "").rstrip("/")
    if not host and settings.public_url:
        shown = urlsplit(settings.public_url)
        host = f"{shown.scheme}://{shown.netloc}"
    return f"{host}{base}{PREFIX}" if host else ""
