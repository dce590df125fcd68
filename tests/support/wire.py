"""The way between two machines, which loses what it carries for as long as a test wants."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress


class Wire:
    """Listens, and carries each connection to a port of this machine.

    TCP sends lost packets again: those that come while nothing gets through wait.
    """

    def __init__(self, to: int) -> None:
        self._to = to
        self._through = threading.Event()
        self._through.set()
        #: Connections so far.
        self.made = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._forgotten: list[tuple[socket.socket, socket.socket]] = []
        #: What has come, and nothing of it got through yet.
        self._coming: list[socket.socket] = []
        self._swallowed: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def lose(self) -> None:
        """Let nothing through, in either direction; new connections are not answered."""
        self._through.clear()

    def mend(self) -> None:
        """Let everything through again, with what has waited."""
        self._through.set()

    def forget(self) -> None:
        """Let nothing through on today's connections, ever: as a firewall that was restarted.

        Nor on those that are just being made.
        """
        self._forgotten, self._pairs = self._forgotten + self._pairs, []
        self._swallowed, self._coming = self._swallowed + self._coming, []

    def close(self) -> None:
        self._through.set()
        carried = (s for pair in self._forgotten + self._pairs for s in pair)
        for each in (self._listener, *carried, *self._coming, *self._swallowed):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                self.made += 1
                self._coming.append(here)
                threading.Thread(target=self._connect, args=(here,), daemon=True).start()

    def _connect(self, here: socket.socket) -> None:
        self._through.wait()
        if here in self._swallowed:
            return
        self._coming.remove(here)
        try:
            there = socket.create_connection(("127.0.0.1", self._to))
        except OSError:  # nobody listens there
            here.close()
            return
        pair = (here, there)
        self._pairs.append(pair)
        self._carry(pair)

    def _carry(self, pair: tuple[socket.socket, socket.socket]) -> None:
        with suppress(OSError, ValueError):
            while pair not in self._forgotten:
                for ready in select.select(pair, [], [], 0.05)[0]:
                    self._through.wait()
                    if pair in self._forgotten:
                        return
                    data = ready.recv(65536)
                    if not data:
                        raise OSError
                    pair[ready is pair[0]].sendall(data)
        if pair not in self._forgotten:
            for each in pair:
                each.close()
