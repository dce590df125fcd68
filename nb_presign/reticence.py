"""Keep what boto3 logs of our calls out of logs: at DEBUG it prints whole answers, URLs and keys.

`botocore.parsers` prints bodies, `botocore.endpoint` and `botocore.auth` headers with session
tokens and signatures, `botocore.hooks` whatever passes by (botocore 1.44). In which fields secrets
stand differs by service, so nothing of it is sorted out: such records keep their logger and level,
and lose their text. What other code of the process asks of boto3 is logged as ever: our calls are
made in threads of `nb_presign.offload`, which have its name.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from nb_presign.offload import THREAD_NAME

_TALKATIVE = ("boto3", "botocore", "s3transfer", "urllib3")
_INSTEAD = "(left out: it may hold what is secret)"
_lock = threading.Lock()


class ReticentRecords:
    """Makes records as they were made before, without the text of those that say too much."""

    def __init__(self, make: Callable[..., logging.LogRecord]) -> None:
        #: May be changed by whoever puts another one below.
        self.make = make

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:  # noqa: ANN401  # as LogRecord itself
        record = self.make(*args, **kwargs)
        if _says_too_much(record):
            record.msg, record.args = _INSTEAD, None
            record.exc_info = record.exc_text = None
        return record


def keep_quiet() -> None:
    """Have it so from now on, in this process; idempotent. Called before boto3 is used."""
    with _lock:
        make = logging.getLogRecordFactory()
        if not isinstance(make, ReticentRecords):
            logging.setLogRecordFactory(ReticentRecords(make))


def _says_too_much(record: logging.LogRecord) -> bool:
    return (
        record.levelno < logging.INFO
        and record.name.partition(".")[0] in _TALKATIVE
        # None where logging was told not to look for it; then whose call it is cannot be seen.
        and (record.threadName is None or record.threadName.startswith(THREAD_NAME))
    )
