"""From a request to what is sent back, step by step as AWS does it."""

from __future__ import annotations

import json
import threading
import uuid
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any

from support.aws import operations, rules, signatures, writing
from support.aws.exchange import Asked, Call
from support.aws.faults import Fault, Line
from support.aws.operations.table import served
from support.aws.reading import Incoming, Meant, read
from support.aws.refusal import RefusedError
from support.aws.reply import Reply
from support.aws.state import State

__all__ = ["Desk", "operations"]


class Desk:
    """Answers requests from a state, in as many threads as there are connections."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._closed = threading.Event()

    def close(self) -> None:
        """Let go what waits."""
        self._closed.set()
        self._state.programme.end()

    def serve(self, incoming: Incoming, line: Line) -> None:
        """Answer a request on its line."""
        visit = _Visit(self._state, incoming)
        reply = visit.reply()
        visit.fault.met.set()
        if self._state.latency:
            self._closed.wait(self._state.latency)
        visit.fault.send(line, reply)


class _Visit:
    """One request."""

    def __init__(self, state: State, incoming: Incoming) -> None:
        self._state = state
        self._incoming = incoming
        self._id = str(uuid.uuid4())
        self._now = datetime.now(timezone.utc) + state.skew
        #: What a client whose request cannot be read is answered in.
        self._protocol = "json"
        self.fault = Fault()

    def reply(self) -> Reply:
        """Do it all."""
        status = 200
        try:
            lent = self._state.lender.names(self._incoming)
            headers, body = self._lent(*lent) if lent else self._answered()
        except RefusedError as refusal:
            status, headers, body = refusal.written(self._protocol, self._id)
        date = format_datetime(self._now, usegmt=True)
        return Reply(status, {**headers, "x-amzn-RequestId": self._id, "Date": date}, body)

    def _arrive(self, call: Call) -> None:
        with self._state.lock:
            self._state.calls.append(call)
            self.fault = self._state.programme.next(call.operation)
        self._now += self.fault.skew

    def _lent(self, service: str, operation: str) -> tuple[dict[str, str], bytes]:
        self._protocol = "rest-json"
        self._arrive(Call(service, operation, {}, "", "", self._incoming.headers))
        state = self._state

        def lend(_: Asked | None) -> dict[str, Any]:
            key, told = state.lender.lend(self._incoming, state.key.account, self._now)
            state.keys.append(key)
            return told

        return {"Content-Type": "application/json"}, json.dumps(
            self.fault.around(None, lend)
        ).encode()

    def _answered(self) -> tuple[dict[str, str], bytes]:
        signed = signatures.claimed(self._incoming)
        meant = read(self._incoming, signed.service)
        self._protocol = meant.protocol
        self._arrive(
            Call(
                meant.service,
                meant.operation,
                meant.parameters,
                signed.region,
                signed.key,
                self._incoming.headers,
            )
        )
        keys = list(self._state.keys)
        key = signatures.checked(self._incoming, signed, keys, self._now)
        _check(meant, signed)
        operation = served(meant.service, meant.operation)
        with self._state.lock:
            asked = Asked(
                meant=meant,
                key=key,
                place=self._state.place(signed.region, account=key.account),
                now=self._now,
                mint=self._state.mint,
                page_size=self._state.page_size,
                know=self._state.keys.append,
                lasts=self._state.lender.lasts,
                resource=operation.resource,
            )
            if not key.may(asked.action):
                raise asked.denial()
            result = self.fault.around(asked, operation.answer)
            result = {name: value for name, value in result.items() if value is not None}
            self._look_for_mistakes(meant, result)
        return writing.written(meant, result, self._id)

    def _look_for_mistakes(self, meant: Meant, result: dict[str, Any]) -> None:
        if type(self.fault) is Fault:  # others make them on purpose
            wrong = rules.broken(meant.model.output_shape, result)
            self._state.mistakes += [f"{meant.operation}: {each}" for each in wrong]


def _check(meant: Meant, signed: signatures.Signed) -> None:
    name = meant.model.service_model.signing_name
    if signed.service != name:
        raise RefusedError(
            "InvalidSignatureException",
            f"Credential should be scoped to correct service: '{name}'.",
        )
    broken = list(rules.broken(meant.model.input_shape, dict(meant.parameters)))
    if broken:
        # Athena has a name of its own for it.
        code = "InvalidRequestException" if meant.service == "athena" else "ValidationException"
        many = f"{len(broken)} validation error{'s' if len(broken) > 1 else ''} detected: "
        raise RefusedError(code, many + "; ".join(broken))
