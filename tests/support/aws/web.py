"""HTTP on loopback: a thread for each connection, and an end that leaves none behind."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support.aws.faults import Line
from support.aws.reading import Incoming

#: Answers a request on a line.
Serve = Callable[[Incoming, Line], None]


class WebServer(ThreadingHTTPServer):
    """Passes requests on, and can end while clients wait."""

    daemon_threads = False  # so that `server_close` waits for them
    request_queue_size = 128

    def __init__(self, serve: Serve) -> None:
        self.serve = serve
        self.closing = False
        self._open: set[socket.socket] = set()
        self._discarded: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def begin(self) -> None:
        """Listen, in a thread."""
        self._thread.start()

    def end(self) -> None:
        """Cut what is open, and wait until every thread has ended."""
        self.closing = True
        self.shutdown()
        self.cut()
        self.server_close()
        self._thread.join()

    def cut(self) -> None:
        """End all connections, as a restart of the server does."""
        with self._lock:
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def discard(self, connection: socket.socket) -> None:
        """Have it closed by RST instead of FIN."""
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._discarded.add(connection)

    def process_request(self, request: socket.socket, client_address: object) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:
        with self._lock:
            self._open.discard(request)
        if request in self._discarded:
            self._discarded.discard(request)
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Be silent about clients that hang up; anything else is told."""
        import sys  # noqa: PLC0415  # the exception that is being handled

        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: WebServer

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65_537)
        if not self.raw_requestline or self.server.closing:
            self.close_connection = True
            return
        if not self.parse_request():
            return
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        incoming = Incoming(self.command, self.path, headers, self.rfile.read(length))
        self.server.serve(incoming, self)

    def send(self, data: bytes) -> None:
        self.wfile.write(data)

    def hang_up(self) -> None:
        self.close_connection = True

    def reset(self) -> None:
        self.server.discard(self.connection)
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        """Keep quiet: calls are counted instead."""
