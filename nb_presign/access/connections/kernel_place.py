"""A guest's place at a kernel: beside the owner's, and never instead of it.

Facts of jupyter_server 2.21 (`services/kernels`): who connects with the session id of another
connection takes its place; when the last connection to a kernel goes, its messages are kept for
whoever left, and when somebody else comes they are thrown away.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from tornado.websocket import WebSocketHandler

from nb_presign.model import Session


def keep_apart(handler: WebSocketHandler, session: Session) -> None:
    """Give a guest a place of their own at kernels; does nothing to other sockets.

    The session ids that they ask for become ids of their own, the same for the same one: ids are no
    secret, since every message that a kernel publishes names the one that it answers.
    """
    request = handler.request
    for asked in (request.arguments, request.query_arguments):
        if values := asked.get("session_id"):
            own = b"\0".join([session.id.encode(), *values])
            asked["session_id"] = [hashlib.sha256(own).hexdigest().encode()]
    if isinstance(handler, KernelWebsocketHandler):
        # The class of connections is a property of the handler's class.
        cls: Any = type(handler)
        handler.__class__ = _handler_beside(cls)


@lru_cache(maxsize=8)
def _handler_beside(base: Any) -> Any:  # noqa: ANN401  # a class made of a class
    """Derive the handler whose connection knows that it is a guest's."""

    class GuestKernelHandler(base):  # type: ignore[misc]  # whichever the server uses
        @property
        def kernel_websocket_connection_class(self) -> Any:  # noqa: ANN401  # likewise
            found = super().kernel_websocket_connection_class
            return _connection_beside(found) if hasattr(found, "multi_kernel_manager") else found

    return GuestKernelHandler


@lru_cache(maxsize=8)
def _connection_beside(base: Any) -> Any:  # noqa: ANN401  # likewise
    """Derive the connection that asks for the manager of a guest."""

    class GuestConnection(base):  # type: ignore[misc]  # whichever is configured
        @property
        def multi_kernel_manager(self) -> Any:  # noqa: ANN401  # the server's
            return _Beside(super().multi_kernel_manager)

    return GuestConnection


class _Beside:
    """The kernel manager, as far as a guest's connection may change what others find."""

    def __init__(self, kernels: Any) -> None:  # noqa: ANN401  # the server's
        self._kernels = kernels

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # the rest of it
        return getattr(self._kernels, name)

    def __contains__(self, kernel_id: str) -> bool:
        return kernel_id in self._kernels

    def notify_connect(self, kernel_id: str) -> None:
        """Do not count a guest: for owners who leave, messages are kept if they were the last."""

    def notify_disconnect(self, kernel_id: str) -> None:
        """Do not count a guest, who may also go before having come: during the handshake."""

    def get_buffer(self, kernel_id: str, session_key: str) -> Any:  # noqa: ANN401  # a dictionary of the server's
        """Hand out what was kept for this very guest, and let everything else be."""
        kept = self._kernels._kernel_buffers.get(kernel_id)  # noqa: SLF001  # `get_buffer` throws away
        if kept is None or kept["session_key"] != session_key:
            return None
        return self._kernels.get_buffer(kernel_id, session_key)

    def start_buffering(self, kernel_id: str, session_key: str, channels: Any) -> None:  # noqa: ANN401  # likewise
        """Keep messages for a guest, unless some are kept for somebody else."""
        if self._kernels._kernel_buffers.get(kernel_id) is None:  # noqa: SLF001  # as above
            self._kernels.start_buffering(kernel_id, session_key, channels)
            return
        for stream in channels.values():
            stream.close()
