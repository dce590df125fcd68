from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import fields

import pytest
from jupyter_events import EventLogger

from nb_presign.audit import SCHEMAS, AuditEvent, event_emitter, nowhere

REDEEMED = AuditEvent(
    event="link.redeemed",
    link_id="lnk_1",
    session_id="ses_1",
    target="jupyter:b/lab",
    scope="read",
    actor="guest:ses_1",
    address="192.0.2.7",
)
EVERY = [
    AuditEvent(event="link.minted", link_id="lnk_1", scope="full", actor="owner:alice"),
    AuditEvent(event="link.refreshed", link_id="lnk_2", scope="execute", actor="local:alice"),
    AuditEvent(event="link.revoked", link_id="lnk_1", actor="owner:alice"),
    REDEEMED,
    AuditEvent(event="link.refused", link_id="lnk_1", reason="link-expired"),
    AuditEvent(event="session.ended", link_id="lnk_1", session_id="ses_1", actor="owner:alice"),
    AuditEvent(
        event="call.refused",
        action="sagemaker:CreatePresignedNotebookInstanceUrl",
        actor="access-key:AKIA0",
        address="192.0.2.7",
        reason="AccessDeniedException",
    ),
    AuditEvent(event="call.refused", reason="InvalidSignatureException"),
]
FIELDS = [field.name for field in fields(AuditEvent)]


class Kept(logging.Handler):
    """A handler of events that keeps the lines it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


class Failing(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        raise OSError(f"disk full: {record.getMessage()}")


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def sink(kept) -> EventLogger:
    return EventLogger(handlers=[kept])


def ours(caplog) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name == "nb_presign.audit"]


def test_all_schemas_are_registered(sink):
    event_emitter(sink)
    assert set(SCHEMAS.values()) <= set(sink.schemas.schema_ids)


def test_a_second_emitter_of_one_logger_works_too(sink, kept):
    event_emitter(sink)
    event_emitter(sink)(REDEEMED)
    assert len(kept.lines) == 1


@pytest.mark.parametrize("event", EVERY, ids=lambda event: event.event)
def test_every_event_passes_its_schema(sink, kept, caplog, event):
    event_emitter(sink)(event)
    (line,) = map(json.loads, kept.lines)
    assert line["__schema__"] == SCHEMAS[event.event.split(".")[0]]
    told = {name: line[name] for name in FIELDS if name in line}
    assert told == {name: getattr(event, name) for name in told}
    # What a schema does not list, such an event has not.
    assert {name for name in FIELDS if getattr(event, name)} <= set(told)
    assert ours(caplog) == []


def test_a_call_has_no_link_and_a_link_asks_for_no_action(sink, kept):
    emit = event_emitter(sink)
    emit(AuditEvent(event="call.refused", reason="InvalidSignatureException"))
    emit(REDEEMED)
    call, link = map(json.loads, kept.lines)
    assert {"event", "action", "actor", "address", "reason"} == set(call) & set(FIELDS)
    assert set(FIELDS) - set(link) == {"action"}


def test_listeners_hear_of_it(sink):
    heard = []

    async def listen(logger, schema_id, data):  # noqa: ARG001  # called by name
        heard.append(data["link_id"])

    async def main():
        event_emitter(sink)(REDEEMED)
        await sink.gather_listeners()

    sink.add_listener(schema_id=SCHEMAS["link"], listener=listen)
    asyncio.run(main())
    assert heard == ["lnk_1"]


def test_fields_are_capped_and_hold_no_control_characters(sink, kept):
    event_emitter(sink)(
        AuditEvent(event="link.refused", link_id="a\nb\x1b[31m\u2028\ud800c", address="x" * 99_999)
    )
    (line,) = map(json.loads, kept.lines)
    assert line["link_id"] == "ab[31mc"
    assert line["address"] == "x" * 2048


def test_a_failing_sink_is_told_of_once_and_stops_nobody(caplog):
    emit = event_emitter(EventLogger(handlers=[Failing()]))
    for event in EVERY:
        emit(event)
    (record,) = ours(caplog)
    assert record.levelno == logging.WARNING
    assert "OSError" in record.getMessage()
    assert "lnk_1" not in record.getMessage()


def test_an_event_nobody_knows_stops_nobody(sink, kept, caplog):
    emit = event_emitter(sink)
    emit(AuditEvent(event="no.such"))
    emit(AuditEvent(event="link.eaten", link_id="lnk_1"))
    assert kept.lines == []
    assert len(ours(caplog)) == 1


def test_nowhere_takes_everything():
    assert [nowhere(event) for event in EVERY] == [None] * len(EVERY)
