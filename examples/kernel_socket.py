"""A kernel of a Jupyter server, spoken to over its WebSocket as JupyterLab does."""

from __future__ import annotations

import asyncio
import json
import ssl
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

#: Seconds that running a cell may take.
PATIENCE = 60


@dataclass
class Outcome:
    """What running some code gave."""

    #: `ok`, `error`, or `closed` when the server cut the connection instead.
    status: str = ""
    #: Everything shown as text: streams, results, displays, the error.
    text: str = ""
    #: The `data` of each result and display.
    displayed: list[Mapping[str, Any]] = field(default_factory=list)
    #: Texts of the expressions that were asked for.
    values: dict[str, str] = field(default_factory=dict)


class KernelSocket:
    """One connection to a kernel's channels."""

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self._connection = connection
        self._session = uuid.uuid4().hex
        self._hung_up = False

    @classmethod
    async def open(
        cls,
        server_url: str,
        kernel_id: str,
        headers: Mapping[str, str],
        *,
        tls: ssl.SSLContext | None = None,
    ) -> KernelSocket:
        """Connect; raises tornado's `HTTPClientError` where the server refuses."""
        address = server_url.replace("http", "ws", 1) + f"api/kernels/{kernel_id}/channels"
        origin = "/".join(server_url.split("/")[:3])
        request = HTTPRequest(
            address, headers={"Origin": origin, **headers}, connect_timeout=20, ssl_options=tls
        )
        return cls(await websocket_connect(request))

    @property
    def close_code(self) -> int | None:
        """The code with which the server closed, once it has."""
        return self._connection.close_code

    async def run(self, code: str, **expressions: str) -> Outcome:
        """Run code to its end, then evaluate the expressions; `closed` if the server hangs up."""
        return await asyncio.wait_for(self._run(code, expressions), PATIENCE)

    async def send(self, code: str) -> str:
        """Send code without waiting for it; returns the message's id."""
        return await self._request("execute_request", _execution(code, {}))

    async def ping(self, count: int) -> None:
        """Ask the kernel for its facts some times over, then wait for all answers."""
        waiting = {await self._request("kernel_info_request", {}) for _ in range(count)}
        while waiting:
            message = await self._read()
            if message is None:
                raise ConnectionResetError("the server hung up")
            if message["msg_type"] == "kernel_info_reply":
                waiting.discard(message["parent_header"].get("msg_id"))

    async def closed(self, within: float) -> bool:
        """Tell whether the server closes within some seconds; what arrives before is dropped."""
        try:
            while not self._hung_up:
                await asyncio.wait_for(self._read(), within)
        except asyncio.TimeoutError:
            return False
        return True

    async def answered(self, message_id: str, within: float) -> bool:
        """Tell whether anything comes back for a message within some seconds."""
        try:
            while (message := await asyncio.wait_for(self._read(), within)) is not None:
                if message["parent_header"].get("msg_id") == message_id:
                    return True
        except asyncio.TimeoutError:
            pass
        return False

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    async def _run(self, code: str, expressions: Mapping[str, str]) -> Outcome:
        message_id = await self._request("execute_request", _execution(code, expressions))
        outcome, idle = Outcome(), False
        while not (idle and outcome.status):
            message = await self._read()
            if message is None:
                outcome.status = "closed"
                return outcome
            if message["parent_header"].get("msg_id") == message_id:
                idle |= _take(outcome, message["msg_type"], message["content"])
        return outcome

    async def _read(self) -> dict[str, Any] | None:
        if self._hung_up:
            # tornado would wait for ever.
            return None
        text = await self._connection.read_message()
        self._hung_up = text is None
        return None if text is None else json.loads(text)

    async def _request(self, kind: str, content: Mapping[str, Any]) -> str:
        message_id = uuid.uuid4().hex
        header = {
            "msg_id": message_id,
            "msg_type": kind,
            "session": self._session,
            "username": "",
            "date": datetime.now(timezone.utc).isoformat(),
            "version": "5.3",
        }
        message = {
            "channel": "shell",
            "header": header,
            "parent_header": {},
            "metadata": {},
            "content": content,
            "buffers": [],
        }
        await self._connection.write_message(json.dumps(message))
        return message_id


def _execution(code: str, expressions: Mapping[str, str]) -> dict[str, Any]:
    return {
        "code": code,
        "silent": False,
        "store_history": True,
        "user_expressions": dict(expressions),
        "allow_stdin": False,
        "stop_on_error": True,
    }


def _take(outcome: Outcome, kind: str, content: Mapping[str, Any]) -> bool:
    """Add a message to the outcome; tells whether the kernel became idle."""
    if kind == "stream":
        outcome.text += content["text"]
    elif kind in {"execute_result", "display_data"}:
        outcome.displayed.append(content["data"])
        outcome.text += content["data"].get("text/plain", "") + "\n"
    elif kind == "error":
        outcome.text += f"{content['ename']}: {content['evalue']}\n"
    elif kind == "execute_reply":
        outcome.status = content["status"]
        for name, value in content.get("user_expressions", {}).items():
            outcome.values[name] = value.get("data", {}).get("text/plain", "")
    return kind == "status" and content["execution_state"] == "idle"
