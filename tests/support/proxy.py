"""A real reverse proxy in a thread: ends TLS if told to, and says where requests came from.

One request for each connection, so that no head but the first has to be read; a WebSocket's bytes
are passed on after its handshake.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from support.certificate import Certificate

#: Rewrites the headers of a request, of which each may be there several times.
Headers = list[tuple[str, str]]


def forwards(scheme: str = "") -> Callable[[Headers, str], Headers]:
    """Append the peer to X-Forwarded-For, as nginx does, and overwrite X-Forwarded-Proto."""

    def rewrite(headers: Headers, peer: str) -> Headers:
        before = [value for name, value in headers if name.lower() == "x-forwarded-for"]
        dropped = {"x-forwarded-for", "x-forwarded-proto"} if scheme else {"x-forwarded-for"}
        kept = [(name, value) for name, value in headers if name.lower() not in dropped]
        said = [("X-Forwarded-For", ", ".join([*before, peer]))]
        return [*kept, *said, *([("X-Forwarded-Proto", scheme)] if scheme else [])]

    return rewrite


@dataclass
class Proxy:
    """Passes on what comes to `url`."""

    upstream: str | Path
    rewrite: Callable[[Headers, str], Headers]
    certificate: Certificate | None = None
    url: str = ""
    _server: asyncio.Server | None = field(default=None, repr=False)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set, repr=False)

    async def listen(self, base_url: str) -> None:
        context = self.certificate.server() if self.certificate else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{port}{base_url}"

    async def close(self) -> None:
        """Stop at once, whatever is under way."""
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            peer = writer.get_extra_info("peername")[0]
            onward = await self._connect()
            self._writers.add(onward[1])
            onward[1].write(self._rewritten(head.decode("latin-1"), peer))
            passing = [_pass(reader, onward[1]), _pass(onward[0], writer)]
            await asyncio.wait(
                [asyncio.ensure_future(each) for each in passing],
                return_when=asyncio.FIRST_COMPLETED,
            )
            onward[1].close()
            self._writers.discard(onward[1])
        writer.close()
        self._writers.discard(writer)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.upstream, Path):
            return await asyncio.open_unix_connection(str(self.upstream))
        place = urlsplit(self.upstream)
        return await asyncio.open_connection(place.hostname, place.port)

    def _rewritten(self, head: str, peer: str) -> bytes:
        line, *rest = head.removesuffix("\r\n\r\n").split("\r\n")
        given = [tuple(each.split(": ", 1)) for each in rest]
        headers = self.rewrite([(name, value) for name, value in given], peer)
        if not any(name.lower() == "upgrade" for name, _ in headers):
            headers = [pair for pair in headers if pair[0].lower() != "connection"]
            headers.append(("Connection", "close"))
        lines = [line, *(f"{name}: {value}" for name, value in headers)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


@contextmanager
def proxy(
    upstream: str | Path,
    rewrite: Callable[[Headers, str], Headers],
    *,
    base_url: str = "/",
    certificate: Certificate | None = None,
) -> Iterator[Proxy]:
    """Run a proxy in front of a URL or unix socket until the block ends."""
    made = Proxy(upstream, rewrite, certificate)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(made.listen(base_url), loop).result(10)
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(made.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def says(headers: Mapping[str, str]) -> Callable[[Headers, str], Headers]:
    """Overwrite some headers, and tell nothing else."""

    def rewrite(given: Headers, peer: str) -> Headers:
        del peer
        names = {name.lower() for name in headers}
        return [*((n, v) for n, v in given if n.lower() not in names), *headers.items()]

    return rewrite
