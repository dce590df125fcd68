"""Keep secrets out of the server's logs, whoever prints them.

jupyter_server scrubs access logs by the name of a query's key; `log_exception` prints the raw URI
(tornado 6.6), and botocore's parsers print whole answers at DEBUG. Records are cleaned when they
are made, so that a library with a logger, handler and formatter of its own writes none either, and
by filters where records arrive that were made otherwise.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from typing import Any

from nb_presign.reticence import ReticentRecords

_PLACEHOLDER = "[secret]"
_TOKEN = re.compile(r"nb[pobs]1\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?")
_COOKIE = re.compile(r"(nb-presign-[0-9a-f]{16}=)\"?[^;,\s\"']+")
#: What carries a presigned URL's right, of AWS's signatures and of SageMaker's and Athena's URLs.
_QUERY = re.compile(
    r"((?:authToken|sessionToken|X-Amz-(?:Signature|Security-Token|Credential))=)[^&\s\"'<>\\]+",
    re.IGNORECASE,
)
_OWNERS_QUERY = re.compile(r"([?&]token=)[^&\s\"'<>\\]+", re.IGNORECASE)
#: The same in answers of AWS, as JSON or as Python shows it.
_FIELD = re.compile(
    r"((?:AuthorizedUrl|NotebookUrl|AuthToken|SecretAccessKey|SessionToken)\\?[\"']\s*:\s*\\?[\"'])"
    r"[^\"'\\]+",
    re.IGNORECASE,
)
_PAIRS = (_COOKIE, _QUERY, _FIELD)
#: One of these stands in every text that a pattern fits.
_SIGNS = ("nb", "oken", "OKEN", "mz-", "MZ-", "rl", "Key", "key")
#: The module that shows the owner how to log in when the server starts: that is its purpose.
_SHOWS_LOGIN = "serverapp"
MIN_LENGTH = 8
#: Attribute of a record that says by whom it was cleaned; formatters of JSON pass over names that
#: begin so, and would write any other into each line (python-json-logger 2 to 4).
_CLEANED = "_nb_presign_cleaned"


class SecretScrubber(logging.Filter):
    """Replace presigned tokens and URLs, guests' cookies and the server's secrets in records."""

    def __init__(self, known: Callable[[], Iterable[str]]) -> None:
        super().__init__()
        self._known = known

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, without its secrets; never raises."""
        # Loggers and handlers meet a record that was cleaned when it was made: once is enough.
        if record.__dict__.get(_CLEANED) is self:
            return True
        try:
            self._clean(record)
            record.__dict__[_CLEANED] = self
        except Exception:  # noqa: BLE001  # a record that cannot be formatted is the logging module's to tell of
            return True
        return True

    def _clean(self, record: logging.LogRecord) -> None:
        shows_login = record.module == _SHOWS_LOGIN
        known = () if shows_login else tuple(self._known())
        message = record.getMessage()
        clean = _scrubbed(message, known, shows_login=shows_login)
        if clean != message:
            # Events are logged as dictionaries, which their formatters take apart.
            whole = isinstance(record.msg, dict)
            record.msg = _scrubbed_parts(record.msg, known) if whole else clean
            record.args = None
        if record.exc_info and not record.exc_text:
            text = logging.Formatter().formatException(record.exc_info)
            if (clean := scrub(text, known)) != text:
                # Formatters print this; the exception itself is for no handler.
                record.exc_text, record.exc_info = clean, None


class _CleanRecords:
    """Makes records as they were made before, and cleans them."""

    def __init__(self, make: Callable[..., logging.LogRecord], scrubber: SecretScrubber) -> None:
        self.make = make
        self._scrubber = scrubber

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:  # noqa: ANN401  # as LogRecord itself
        record = self.make(*args, **kwargs)
        self._scrubber.filter(record)
        return record


def scrub(text: str, known: Iterable[str] = ()) -> str:
    """Replace what is secret in a text."""
    for secret in known:
        if len(secret) >= MIN_LENGTH:
            text = text.replace(secret, _PLACEHOLDER)
    if not any(sign in text for sign in _SIGNS):
        return text
    text = _TOKEN.sub(_PLACEHOLDER, text)
    for pattern in _PAIRS:
        text = pattern.sub(rf"\1{_PLACEHOLDER}", text)
    return text


def _scrubbed(text: str, known: Iterable[str], *, shows_login: bool) -> str:
    clean = scrub(text, known)
    return clean if shows_login else _OWNERS_QUERY.sub(rf"\1{_PLACEHOLDER}", clean)


def _scrubbed_parts(value: Any, known: Iterable[str]) -> Any:  # noqa: ANN401  # JSON is what it is
    """Clean each text in what is going to be JSON; what its own code is stays as it is."""
    if isinstance(value, str):
        return _scrubbed(value, known, shows_login=False)
    if isinstance(value, dict):
        return {key: _scrubbed_parts(each, known) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_scrubbed_parts(each, known) for each in value]
    return value


def install(app_log: logging.Logger, known: Callable[[], Iterable[str]]) -> None:
    """Scrub every record that this process makes, and what the server's loggers and handlers see.

    `known` tells secrets that no pattern fits. Handlers too: a filter of a logger does not see what
    its children hand up.
    """
    scrubber = SecretScrubber(known)
    make = logging.getLogRecordFactory()
    logging.setLogRecordFactory(_CleanRecords(_unwrapped(make), scrubber))
    names = ("tornado", "tornado.access", "tornado.application", "tornado.general", "asyncio")
    loggers = [app_log, logging.getLogger(), *map(logging.getLogger, names)]
    for place in [*loggers, *(handler for logger in loggers for handler in logger.handlers)]:
        for old in [f for f in place.filters if isinstance(f, SecretScrubber)]:
            place.removeFilter(old)
        place.addFilter(scrubber)


def uninstall() -> None:
    """Make records as before `install`."""
    logging.setLogRecordFactory(_unwrapped(logging.getLogRecordFactory()))


def _unwrapped(make: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    if isinstance(make, ReticentRecords):
        # Stays: once AWS was asked, it is for the whole life of a process.
        make.make = _unwrapped(make.make)
    return make.make if isinstance(make, _CleanRecords) else make
