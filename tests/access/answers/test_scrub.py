"""Logs without secrets, whoever writes them."""

from __future__ import annotations

import io
import json
import logging

import pytest
from jupyter_events import EventLogger

from nb_presign.access.answers.scrub import SecretScrubber, install, scrub, uninstall

OWNER = "0123456789abcdef0123"
TOKEN = f"nbp1.{'a' * 30}.{'b' * 43}"
COOKIE = f"nb-presign-0123456789abcdef={'c' * 43}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nothing to see, nb", "nothing to see, nb"),
        (f"GET /redeem?authToken={TOKEN}&x=1", "GET /redeem?authToken=[secret]&x=1"),
        (TOKEN.replace("nbp1", "nbo1"), "[secret]"),
        (f"nbp1.{'a' * 30}", "[secret]"),
        (f"Authorization: Bearer nbb1.{'a' * 43}, x", "Authorization: Bearer [secret], x"),
        (f"sealed nbs1.0123abcd.{'d' * 90}", "sealed [secret]"),
        (f"Cookie: a=1; {COOKIE}; b=2", "Cookie: a=1; nb-presign-0123456789abcdef=[secret]; b=2"),
        (f"/lab?token={OWNER}", "/lab?token=[secret]"),
        ("sheet of abc", "sheet of abc"),
        (
            "https://a.sagemaker.aws?authToken=eyJhb.c&x=1",
            "https://a.sagemaker.aws?authToken=[secret]&x=1",
        ),
        (
            "?X-Amz-Credential=A%2Fb&X-Amz-Signature=0f",
            "?X-Amz-Credential=[secret]&X-Amz-Signature=[secret]",
        ),
        ('{"AuthorizedUrl": "https://a.aws/x", "b": 1}', '{"AuthorizedUrl": "[secret]", "b": 1}'),
        ('b\'{"AuthToken":"x-y"}\'', 'b\'{"AuthToken":"[secret]"}\''),
        ("{'SecretAccessKey': 'x/y'}", "{'SecretAccessKey': '[secret]'}"),
        ("monkey: 'keys' of urls", "monkey: 'keys' of urls"),
    ],
)
def test_what_is_secret_is_replaced(text, expected):
    assert scrub(text, [OWNER, "abc"]) == expected


@pytest.fixture
def logged():
    """A logger with its stream."""
    stream = io.StringIO()
    logger = logging.getLogger("nb_presign.test_scrub")
    logger.propagate = False
    logger.addHandler(logging.StreamHandler(stream))
    install(logger, lambda: [OWNER])
    yield logger, stream
    for place in (logging.getLogger(), *map(logging.getLogger, ("tornado", "asyncio"))):
        place.filters = [f for f in place.filters if not isinstance(f, SecretScrubber)]
    logger.handlers.clear()
    uninstall()


def test_records_with_arguments_children_and_exceptions(logged):
    logger, stream = logged
    logger.warning("opened %s by %d", TOKEN, 3)
    logger.getChild("child").warning("cookie %s", COOKIE)
    try:
        int(f"bad request: {OWNER}")
    except ValueError:
        logger.exception("failed")
    written = stream.getvalue()
    assert "opened [secret] by 3" in written
    assert "bad request: [secret]" in written
    for secret in (TOKEN, "c" * 43, OWNER):
        assert secret not in written


@pytest.mark.usefixtures("logged")
def test_a_library_with_a_handler_of_its_own_writes_none_either():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    library = logging.getLogger("a.library.that.logs.past.everything")
    library.propagate = False
    library.addHandler(handler)
    error = RuntimeError(TOKEN)
    error.__cause__ = ValueError(OWNER)
    library.warning("answer: %r, %s", {"AuthToken": "canary"}, COOKIE, exc_info=error)
    library.removeHandler(handler)
    written = stream.getvalue()
    assert "RuntimeError: [secret]" in written
    for secret in (TOKEN, OWNER, "canary", "c" * 43):
        assert secret not in written


EVENT = """
$id: https://example.org/schema
version: "1"
title: An event
type: object
properties: {said: {type: string}, more: {type: array}}
"""


@pytest.mark.usefixtures("logged")
@pytest.mark.parametrize("said", ["nothing", TOKEN])
def test_an_event_stays_one_and_gets_nothing_added(said):
    stream = io.StringIO()
    events = EventLogger(handlers=[logging.StreamHandler(stream)])
    events.register_event_schema(EVENT)
    events.emit(schema_id="https://example.org/schema", data={"said": said, "more": [said, 1]})
    written = json.loads(stream.getvalue())
    clean = "[secret]" if said == TOKEN else said
    assert {k: v for k, v in written.items() if not k.startswith("__")} == {
        "said": clean,
        "more": [clean, 1],
    }
    assert written["__schema__"] == "https://example.org/schema"


@pytest.mark.usefixtures("logged")
def test_what_made_records_before_makes_them_again():
    before = logging.getLogRecordFactory()
    uninstall()
    plain = logging.getLogRecordFactory()
    assert plain is not before
    install(logging.getLogger("nb_presign.test_scrub"), list)
    install(logging.getLogger("nb_presign.test_scrub"), list)
    uninstall()
    assert logging.getLogRecordFactory() is plain


def test_the_message_that_lets_the_owner_log_in_stays(logged):
    logger, stream = logged
    for file in ("serverapp.py", "elsewhere.py"):
        text = f"{file}: /lab?token={OWNER}"
        record = logger.makeRecord(logger.name, logging.CRITICAL, file, 1, text, (), None)
        logger.handle(record)
    assert stream.getvalue().split() == [
        "serverapp.py:",
        f"/lab?token={OWNER}",
        "elsewhere.py:",
        "/lab?token=[secret]",
    ]


def test_a_record_that_cannot_be_formatted_is_let_through():
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, "%d", ("no number",), None)
    assert SecretScrubber(list).filter(record) is True


def test_installing_twice_scrubs_once(logged):
    logger, _ = logged
    install(logger, lambda: [OWNER])
    assert sum(isinstance(f, SecretScrubber) for f in logger.filters) == 1
