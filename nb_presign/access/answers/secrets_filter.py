"""The last net: no answer to a guest holds the owner's token, a cookie secret or a signing key.

Whatever page, template or handler forgot that not everybody who is signed in is the owner, and
whichever file of the server's own lies below its root: what is found here is not sent. It looks at
what a handler writes, before compression, across the borders of chunks, as it is, URL-encoded and
in base64, in which the contents API sends any file that is asked for so.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote

from tornado.httputil import HTTPHeaders
from tornado.web import OutputTransform, RequestHandler

#: Shorter ones would be found by chance.
MIN_LENGTH = 8
#: One stands in every answer that holds a file in base64: the contents API's `format`, or a data
#: URL's. Others are spared the search.
_BASE64 = (b'"base64"', b";base64,")
#: What breaks base64 into lines, in JSON and out of it (jupyter_server 2.21 sends lines of 76).
_LINE_ENDS = (b"\\n", b"\n", b"\\r", b"\r")


class SecretsFilter(OutputTransform):
    """Refuses to send one answer if it holds a secret; made for each answer to a guest.

    Takes the wish for a part of a file out of the request: parts of a secret look like nothing.
    """

    def __init__(
        self, handler: RequestHandler, secrets: tuple[bytes, ...], lives: Callable[[], bool]
    ) -> None:
        super().__init__(handler.request)
        handler.request.headers.pop("Range", None)
        self._handler = handler
        self._plain, self._encoded = _spellings(secrets)
        self._overlap = max((len(s) for s in self._plain), default=1) - 1
        self._lives = lives
        self._kept = b""
        self._has_base64 = False
        self._stopped = False

    def transform_first_chunk(
        self,
        status_code: int,
        headers: HTTPHeaders,
        chunk: bytes,
        finishing: bool,  # noqa: FBT001  # tornado's signature
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Turn an answer that holds a secret into an empty 500."""
        lines = "\n".join(value for _, value in headers.get_all()).encode("utf-8", "replace")
        if self._holds_secret(lines) or self._holds_secret(chunk):
            self._stopped = True
            self._handler.log_exception(
                None, RuntimeError("a secret in an answer to a guest"), None
            )
            clean = HTTPHeaders({"Content-Length": "0", "Cache-Control": "no-store"})
            return 500, clean, b""
        return status_code, headers, self._pass(chunk, finishing=finishing)

    def transform_chunk(self, chunk: bytes, finishing: bool) -> bytes:  # noqa: FBT001
        """Hang up where a secret comes, or the session ends, in the middle of an answer."""
        if self._stopped:
            return b""
        if not self._lives() or self._holds_secret(self._kept + chunk):
            self._stopped = True
            self._hang_up()
            return b""
        return self._pass(chunk, finishing=finishing)

    def _pass(self, chunk: bytes, *, finishing: bool) -> bytes:
        """Keep back what could be the beginning of a secret."""
        data = self._kept + chunk
        if finishing or not self._overlap:
            self._kept = b""
            return data
        # Base64 takes a third more, and lines; where one begins in it cannot be seen.
        kept = max(0, len(data) - self._overlap * (2 if self._has_base64 else 1))
        while not self._has_base64 and kept < len(data):
            if any(s.startswith(data[kept:]) for s in self._plain):
                break
            kept += 1
        self._kept = data[kept:]
        return data[:kept]

    def _holds_secret(self, data: bytes) -> bool:
        if any(secret in data for secret in self._plain):
            return True
        self._has_base64 = self._has_base64 or any(mark in data for mark in _BASE64)
        if not self._has_base64:
            return False
        for line_end in _LINE_ENDS:
            data = data.replace(line_end, b"")
        return any(secret in data for secret in self._encoded)

    def _hang_up(self) -> None:
        stream = getattr(self._handler.request.connection, "stream", None)
        if stream is not None:
            stream.close()


@lru_cache(maxsize=8)
def _spellings(secrets: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Write secrets as answers may: plain and URL-encoded; and in base64."""
    long_enough = [secret for secret in secrets if len(secret) >= MIN_LENGTH]
    plain = [form for s in long_enough for form in (s, quote(s).encode(), quote(s, "").encode())]
    encoded = [form for secret in long_enough for form in _base64_forms(secret)]
    return tuple(dict.fromkeys(plain)), tuple(dict.fromkeys(encoded))


def _base64_forms(secret: bytes) -> tuple[bytes, ...]:
    """Write what of a secret's base64 is the same whatever stands before and after it.

    Three bytes become four characters, so that there are three ways to be in step.
    """
    forms = []
    for before in range(3):
        text = base64.b64encode(bytes(before) + secret).rstrip(b"=")
        # The first characters hold bits of what is before, the last one of what comes after.
        whole = (before + len(secret)) % 3 == 0
        forms.append(text[(0, 2, 3)[before] : len(text) if whole else len(text) - 1])
    return tuple(
        form for text in forms for form in {text, text.translate(bytes.maketrans(b"+/", b"-_"))}
    )
