from __future__ import annotations

import logging
import threading

import pytest

from nb_presign.access.answers import scrub
from nb_presign.offload import Offload
from nb_presign.reticence import ReticentRecords, keep_quiet

SECRET = "https://name.notebook.us-west-2.sagemaker.aws?authToken=canary"


@pytest.fixture(autouse=True)
def before():
    """Be in a process in which no server has put filters into the log."""
    root, make = logging.getLogger(), logging.getLogRecordFactory()
    filters = {place: place.filters[:] for place in (root, *root.handlers)}
    logging.setLogRecordFactory(logging.LogRecord)
    for place in filters:
        place.filters.clear()
    yield
    logging.setLogRecordFactory(make)
    for place, those in filters.items():
        place.filters[:] = those


def log(name, level=logging.DEBUG):
    logger = logging.getLogger(name)
    logger.setLevel(logging.DEBUG)
    try:
        {}[SECRET]
    except KeyError:
        logger.log(level, "Response body:\n%s", SECRET, exc_info=True)


def in_our_thread(call, *args):
    offload = Offload(1)
    offload._pool.submit(call, *args).result(10)
    offload.close()


@pytest.mark.parametrize("name", ["botocore.parsers", "boto3", "urllib3.connectionpool"])
def test_what_our_calls_log_has_no_text(caplog, name):
    keep_quiet()
    in_our_thread(log, name)
    (record,) = caplog.records
    assert (record.name, record.levelname) == (name, "DEBUG")
    assert "canary" not in caplog.text
    assert "canary" not in str(vars(record))


@pytest.mark.parametrize(
    ("name", "level"),
    [("botocore.credentials", logging.INFO), ("botocores", logging.DEBUG), ("x", logging.DEBUG)],
)
def test_all_else_is_logged_as_ever(caplog, name, level):
    keep_quiet()
    in_our_thread(log, name, level)
    assert "canary" in caplog.text


def test_other_peoples_calls_are_logged_as_ever(caplog):
    keep_quiet()
    thread = threading.Thread(target=log, args=("botocore.parsers",))
    thread.start()
    thread.join()
    assert "canary" in caplog.text


def test_where_threads_are_not_told_all_calls_are_quiet(caplog, monkeypatch):
    keep_quiet()
    monkeypatch.setattr(logging, "logThreads", False)
    log("botocore.parsers")
    assert "canary" not in caplog.text


def test_twice_is_as_good_as_once():
    keep_quiet()
    make = logging.getLogRecordFactory()
    keep_quiet()
    assert logging.getLogRecordFactory() is make


def test_a_server_that_scrubs_its_logs_before_or_after_can_stop_it():
    scrub.install(logging.getLogger("a"), lambda: ())
    keep_quiet()
    scrub.install(logging.getLogger("a"), lambda: ())
    scrub.uninstall()
    scrub.uninstall()
    make = logging.getLogRecordFactory()
    assert isinstance(make, ReticentRecords)
    assert make.make is logging.LogRecord
