"""Keep secrets out of the server's logs, whoever prints them.

jupyter_server scrubs access logs by the name of a query's key; `log_exception` prints the raw URI
(tornado 6.6).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable

_PLACEHOLDER = "[secret]"
_TOKEN = re.compile(r"nb[po]1\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?")
_COOKIE = re.compile(r"(nb-presign-[0-9a-f]{16}=)\"?[^;,\s\"']+")
#: The module that shows the owner how to log in when the server starts: that is its purpose.
_SHOWS_LOGIN = "serverapp"
MIN_LENGTH = 8


class SecretScrubber(logging.Filter):
    """Replace presigned tokens, guests' cookies and the owner's token in every record."""

    def __init__(self, owner_tokens: Callable[[], Iterable[str]]) -> None:
        super().__init__()
        self._owner_tokens = owner_tokens

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, without its secrets; never raises."""
        try:
            self._clean(record)
        except Exception:  # noqa: BLE001  # a record that cannot be formatted is the logging module's to tell of
            return True
        return True

    def _clean(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        known = () if record.module == _SHOWS_LOGIN else tuple(self._owner_tokens())
        if (clean := scrub(message, known)) != message:
            record.msg, record.args = clean, None
        if record.exc_info and not record.exc_text:
            text = logging.Formatter().formatException(record.exc_info)
            if (clean := scrub(text, known)) != text:
                # Formatters print this instead of formatting the exception themselves.
                record.exc_text = clean


def scrub(text: str, known: Iterable[str] = ()) -> str:
    """Replace what is secret in a text."""
    for token in known:
        if len(token) >= MIN_LENGTH:
            text = text.replace(token, _PLACEHOLDER)
    if "nb" not in text:
        return text
    return _COOKIE.sub(rf"\1{_PLACEHOLDER}", _TOKEN.sub(_PLACEHOLDER, text))


def install(app_log: logging.Logger, owner_tokens: Callable[[], Iterable[str]]) -> None:
    """Scrub what the server's loggers and their handlers write.

    Handlers too: a filter of a logger does not see what its children hand up.
    """
    scrubber = SecretScrubber(owner_tokens)
    names = ("tornado", "tornado.access", "tornado.application", "tornado.general", "asyncio")
    loggers = [app_log, logging.getLogger(), *map(logging.getLogger, names)]
    for place in [*loggers, *(handler for logger in loggers for handler in logger.handlers)]:
        for old in [f for f in place.filters if isinstance(f, SecretScrubber)]:
            place.removeFilter(old)
        place.addFilter(scrubber)
