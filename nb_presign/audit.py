"""Tell the outside what happened, as Jupyter events; the store keeps its own rows of the same."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Protocol

#: Schema of each kind of event, by the first word of its name.
SCHEMAS = {
    "link": "https://nb-presign.readthedocs.io/events/link/v1",
    "session": "https://nb-presign.readthedocs.io/events/session/v1",
    "call": "https://nb-presign.readthedocs.io/events/call/v1",
}
_FILES = ("link_v1.yaml", "session_v1.yaml", "call_v1.yaml")
_MAX_FIELD = 2_048
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One thing that happened; ids and names, never a secret.

    A field that the schema of its kind does not list is not told.
    """

    #: `link.minted`, `link.refreshed`, `link.revoked`, `link.redeemed`, `link.refused`,
    #: `session.ended`, `call.refused`.
    event: str
    link_id: str = ""
    session_id: str = ""
    target: str = ""
    scope: str = ""
    actor: str = ""
    address: str = ""
    #: Code of the error, for a refusal.
    reason: str = ""
    #: What a call asked for.
    action: str = ""


Emit = Callable[[AuditEvent], None]


def nowhere(event: AuditEvent) -> None:
    """Emit to nobody."""
    del event


class EventSink(Protocol):
    """What is used of `jupyter_events.EventLogger` (0.10 to 0.12)."""

    @property
    def schemas(self) -> Any:  # noqa: ANN401  # a SchemaRegistry; see `_register`
        """Schemas that are registered, by id."""
        ...

    def register_event_schema(self, schema: str) -> None:
        """Register a schema, given as YAML."""
        ...

    def emit(self, *, schema_id: str, data: dict[str, Any]) -> dict[str, Any] | None:
        """Validate an event and hand it to handlers and listeners."""
        ...


def event_emitter(sink: EventSink) -> Emit:
    """Register our schemas with Jupyter's event logger, and return what emits through it.

    What it returns never raises: nobody is refused because a handler of events fails. The first
    failure is logged as a warning, without the event.
    """
    fields = _register(sink)
    failed = False

    def emit(event: AuditEvent) -> None:
        nonlocal failed
        kind = event.event.partition(".")[0]
        try:
            data = {name: _printable(getattr(event, name)) for name in fields[kind]}
            sink.emit(schema_id=SCHEMAS[kind], data=data)
        except Exception as error:  # noqa: BLE001  # handlers and listeners are anybody's code
            if not failed:
                failed = True
                _log.warning("Audit events are lost: %s in the event logger.", type(error).__name__)

    return emit


def _register(sink: EventSink) -> Mapping[str, tuple[str, ...]]:
    """Register what is not yet, and return the fields that each kind of event has."""
    for name, schema_id in zip(_FILES, SCHEMAS.values(), strict=True):
        if schema_id not in sink.schemas:
            sink.register_event_schema(
                (files("nb_presign") / "events" / name).read_text(encoding="utf-8")
            )
    return {
        kind: tuple(sink.schemas.get(schema_id).properties) for kind, schema_id in SCHEMAS.items()
    }


def _printable(text: str) -> str:
    """Cap a field, and take out what could forge a line in a log."""
    return _CONTROL.sub("", text[:_MAX_FIELD])
