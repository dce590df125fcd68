"""Be an app behind the server's proxy: `tiny_app.py <port> <directory>`.

GET   where/ever   says what it was sent: method, path, headers
POST  where/ever   appends the body to the file `written` in the directory
GET   events       an event stream: the first event at once, `?every=0.1` more, else silence
GET   socket       a WebSocket that appends each message to `written` and sends it back
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tornado.iostream import StreamClosedError
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler


class _Directory:
    """The file that shows what had an effect."""

    def __init__(self, path: Path) -> None:
        self._path = path / "written"

    def append(self, data: bytes) -> None:
        with self._path.open("ab") as file:
            file.write(data + b"\n")


class Echo(RequestHandler):
    """Answers with what it was sent."""

    def initialize(self, directory: _Directory) -> None:
        self._directory = directory

    def get(self) -> None:
        request = self.request
        self.write(
            {"method": request.method, "path": request.path, "headers": dict(request.headers)}
        )

    def post(self) -> None:
        self._directory.append(self.request.body)
        self.get()

    put = patch = delete = post

    def check_xsrf_cookie(self) -> None:
        """Let the server in front look after that."""


class Events(RequestHandler):
    """Sends events until the other side is gone."""

    def initialize(self, directory: _Directory) -> None:
        self._directory = directory

    async def get(self) -> None:
        self.set_header("Content-Type", "text/event-stream")
        every = float(self.get_query_argument("every", "0"))
        count = 0
        self._directory.append(b"stream-opened")
        try:
            while True:
                self.write(f"data: {json.dumps(count)}\n\n")
                await self.flush()
                count += 1
                await asyncio.sleep(every or 3600)
        except StreamClosedError:
            self._directory.append(b"stream-closed")


class Socket(WebSocketHandler):
    """Writes down and repeats what it is sent."""

    def initialize(self, directory: _Directory) -> None:
        self._directory = directory

    def check_origin(self, origin: str) -> bool:
        del origin
        return True

    async def on_message(self, message: str | bytes) -> None:
        data = message.encode() if isinstance(message, str) else message
        self._directory.append(data)
        await self.write_message(message, binary=isinstance(message, bytes))

    def on_ping(self, data: bytes) -> None:
        self._directory.append(b"ping " + data)

    def on_close(self) -> None:
        self._directory.append(b"closed")


async def _serve(port: int, directory: Path) -> None:
    place = {"directory": _Directory(directory)}
    app = Application(
        [("/events", Events, place), ("/socket", Socket, place), ("/.*", Echo, place)]
    )
    app.listen(port, "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
