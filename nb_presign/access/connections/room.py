"""All connections that guests have open to this server: sockets, and unfinished responses."""

from __future__ import annotations

from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from nb_presign.access.connections import kernel_place
from nb_presign.access.connections.sockets import SocketGuard
from nb_presign.access.connections.streams import ResponseGuard
from nb_presign.access.connections.watch import Admitted, Watch
from nb_presign.access.entry.book import SessionBook
from nb_presign.access.gate.frames import Frames
from nb_presign.model import Session


class Room:
    """Holds guests' connections; looks at them whenever the book does, and cuts what has ended."""

    def __init__(self, book: SessionBook) -> None:
        self._book = book
        self._watches: dict[str, Watch] = {}
        book.watchers.append(self.sweep)

    def hold(
        self,
        handler: RequestHandler,
        session: Session,
        digest: bytes,
        *,
        frames: Frames,
        admitted: Admitted,
        epoch: int,
    ) -> None:
        """Hold a request that was just let in to its session, until all of it is answered.

        `digest` is the hash of the cookie that it came with, `epoch` the book's before it was asked
        about that: what was revoked since is asked about before anything passes.
        """
        watch = self._watches.get(session.id)
        if watch is None or watch.over:
            watch = self._watches[session.id] = Watch(session, digest, self._book, epoch)
        watch.connections.add(ResponseGuard(handler, admitted))
        if isinstance(handler, WebSocketHandler):
            kernel_place.keep_apart(handler, session)
            guard = SocketGuard(handler, watch, frames, admitted)
            guard.install()
            watch.connections.add(guard)

    def sweep(self) -> bool:
        """Judge every connection anew; tell whether there are any."""
        for session_id, watch in tuple(self._watches.items()):
            watch.look()
            if not watch.connections:
                del self._watches[session_id]
        return bool(self._watches)
