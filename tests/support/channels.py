"""WebSockets that do nothing by themselves, and answer no close."""

from __future__ import annotations

import json
import struct
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import websocket

V1 = "v1.kernel.websocket.jupyter.org"
_HUNG_UP = (websocket.WebSocketConnectionClosedException, ConnectionError)


class Line:
    """One connection, that only reads and writes when it is told to."""

    def __init__(
        self, url: str, headers: Mapping[str, str], *, protocol: str = "", origin: str | None = None
    ) -> None:
        options: dict[str, Any] = {"subprotocols": [protocol]} if protocol else {}
        if origin is None:
            options["suppress_origin"] = True
        else:
            options["origin"] = origin
        self.socket = websocket.create_connection(
            url.replace("http", "ws", 1), header=dict(headers), timeout=20, **options
        )
        self.closed_with: int | None = None

    def frames(self, *, seconds: float) -> Iterator[websocket.ABNF]:
        """Read frames until the server hangs up, or time is over."""
        deadline = time.monotonic() + seconds
        with suppress(*_HUNG_UP, websocket.WebSocketTimeoutException):
            while (left := deadline - time.monotonic()) > 0:
                self.socket.settimeout(left)
                frame = self.socket.recv_frame()
                if frame.opcode == websocket.ABNF.OPCODE_CLOSE:
                    # Without a code it is 1005 (RFC 6455, 7.1.5).
                    self.closed_with = int.from_bytes(frame.data[:2], "big") or 1005
                yield frame

    def messages(self, *, seconds: float) -> Iterator[str | bytes]:
        """Read messages, likewise."""
        for frame in self.frames(seconds=seconds):
            if frame.opcode == websocket.ABNF.OPCODE_TEXT:
                yield frame.data.decode()
            elif frame.opcode == websocket.ABNF.OPCODE_BINARY:
                yield frame.data

    def wait_for_close(self, *, seconds: float = 5) -> None:
        """Read until the server has said that it closes, and answer nothing."""
        for _ in self.frames(seconds=seconds):
            if self.closed_with is not None:
                return
        raise AssertionError("the server did not close")

    def wait_for_hang_up(self, *, seconds: float) -> float:
        """Read until the server hangs up, answering nothing; returns how long it took."""
        began = time.monotonic()
        for _ in self.frames(seconds=seconds):
            pass
        if (took := time.monotonic() - began) >= seconds:
            raise AssertionError("the server did not hang up")
        return took


class Channels(Line):
    """A kernel's channels."""

    def execute(self, code: str, *, encoding: str = "text", stdin: bool = False) -> str:
        """Send an execute request; returns its message id."""
        return self.send(
            "shell",
            "execute_request",
            {"code": code, "silent": False, "store_history": False, "allow_stdin": stdin},
            encoding=encoding,
        )

    def send(self, channel: str, kind: str, content: Any, *, encoding: str = "text") -> str:
        """Send one message as JSON text, as legacy binary, or as v1 binary."""
        message_id = uuid.uuid4().hex
        header = {
            "msg_id": message_id,
            "msg_type": kind,
            "session": uuid.uuid4().hex,
            "username": "",
            "version": "5.3",
            "date": "2026-01-01T00:00:00Z",
        }
        message = {
            "header": header,
            "parent_header": {},
            "metadata": {},
            "content": content,
            "channel": channel,
            "buffers": [],
        }
        if encoding == "text":
            self.socket.send(json.dumps(message))
        elif encoding == "binary":
            text = json.dumps(message).encode()
            self.socket.send_binary(struct.pack("!2I", 1, 8) + text)
        else:
            parts = [json.dumps(message[k]).encode() for k in ("header", "parent_header")]
            parts += [json.dumps(message[k]).encode() for k in ("metadata", "content")]
            parts = [channel.encode(), *parts]
            offsets = [8 * (len(parts) + 2)]
            for part in parts:
                offsets.append(offsets[-1] + len(part))
            head = struct.pack(f"<{len(offsets) + 1}Q", len(offsets), *offsets)
            self.socket.send_binary(head + b"".join(parts))
        return message_id

    def wait_for(self, kind: str, parent: str = "", *, seconds: float = 20) -> Mapping[str, Any]:
        """Read text messages until one of a type (and parent) comes."""
        for frame in self.frames(seconds=seconds):
            if frame.opcode == websocket.ABNF.OPCODE_TEXT:
                message = json.loads(frame.data)
                if message["msg_type"] == kind and parent in {
                    "",
                    message["parent_header"].get("msg_id"),
                }:
                    return message
        raise AssertionError(f"no {kind} came within {seconds} s")

    def run(self, code: str) -> None:
        """Run code, and wait for it to be done."""
        self.wait_for("execute_reply", self.execute(code))
