"""What a server that a Hub has started does besides: it has one owner, and lets guests go."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.web import RequestHandler

from nb_presign.access.answers.pages import DISABLED, SETTING, PageConfig, disabled_in
from nb_presign.access.connections.watch import hang_up
from nb_presign.access.marks import session_of
from nb_presign.providers.hub.place import this_server

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

#: Before the colon of our plugins' names.
_FRONT_END = "nb_presign"


def hub_owner(environment: Mapping[str, str] = os.environ) -> str:
    """Tell whose server this is; empty where no Hub has started it."""
    found = this_server(environment)
    return found[0] if found else ""


def hide_from_visitors(settings: MutableMapping[str, Any], owner: str) -> None:
    """Have JupyterLab show nothing of ours to whom the Hub lets in: it would all be refused them.

    Chained behind the page configuration hook that is there. Our own guests, whom the Hub does not
    know, keep what serves them. Does nothing where no Hub has started the server.
    """
    if not owner:
        return
    inner = settings.get(SETTING)

    def hook(handler: RequestHandler, config: PageConfig) -> PageConfig:
        found: PageConfig = inner(handler, config) if inner else config
        user = handler.current_user
        if session_of(handler) is not None or getattr(user, "username", owner) == owner:
            return found
        # A copy, as JupyterLab hands the same one to all.
        return {**found, DISABLED: [*disabled_in(found), _FRONT_END]}

    settings[SETTING] = hook


def forget_users(app: ServerApp, owner: str) -> None:
    """Have the Hub asked again who may be here, and hang up on everybody but the owner.

    The Hub's identity provider believes for five minutes what it was told, and asks nothing about
    connections that are open (jupyterhub 6, `HubAuth.cache`). Front ends of those who may stay
    connect again. Does nothing where no Hub has started the server.
    """
    cache = getattr(getattr(app.identity_provider, "hub_auth", None), "cache", None)
    if cache is None:
        return
    cache.clear()
    for handler in tuple(_sockets(app)):
        user = getattr(handler, "current_user", None)
        connection = getattr(handler, "ws_connection", None)
        if getattr(user, "username", owner) != owner and connection is not None:
            hang_up(connection.stream)


def _sockets(app: ServerApp) -> Iterator[Any]:
    """List the open sockets of kernels and terminals (jupyter_server 2.21, terminado 0.18)."""
    for connection in getattr(ZMQChannelsWebsocketConnection, "_open_sockets", ()):
        yield connection.websocket_handler
    manager = app.web_app.settings.get("terminal_manager")
    for terminal in getattr(manager, "terminals", {}).values():
        yield from terminal.clients
