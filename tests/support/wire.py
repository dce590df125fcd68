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
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._forgotten: list[tuple[socket.socket, socket.socket]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def lose(self) -> None:
        """Let nothing through, in either direction; new connections are not answered."""
        self._through.clear()

    def mend(self) -> None:
        """Let everything through again, with what has waited."""
        self._through.set()

    def forget(self) -> None:
        """Let nothing through on today's connections, ever: as a firewall that was restarted."""
        self._forgotten, self._pairs = self._forgotten + self._pairs, []

    def close(self) -> None:
        self._through.set()
        for each in (self._listener, *(s for pair in self._forgotten + self._pairs for s in pair)):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                self._through.wait()
                try:
                    there = socket.create_connection(("127.0.0.1", self._to))
                except OSError:  # nobody listens there
                    here.close()
                    continue
                pair = (here, there)
                self._pairs.append(pair)
                threading.Thread(target=self._carry, args=(pair,), daemon=True).start()

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
