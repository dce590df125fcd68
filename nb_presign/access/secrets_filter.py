"""The last net: no answer to a guest holds the owner's token, a cookie secret or a signing key.

Whatever page, template or handler forgot that not everybody who is signed in is the owner: what is
found here is not sent. It looks at what a handler writes, before compression, and across the
borders of chunks.
"""

from __future__ import annotations

from collections.abc import Callable

from tornado.httputil import HTTPHeaders
from tornado.web import OutputTransform, RequestHandler

#: Shorter ones would be found by chance.
MIN_LENGTH = 8


class SecretsFilter(OutputTransform):
    """Refuses to send one answer if it holds a secret; made for each answer to a guest."""

    def __init__(
        self, handler: RequestHandler, secrets: tuple[bytes, ...], lives: Callable[[], bool]
    ) -> None:
        super().__init__(handler.request)
        self._handler = handler
        self._secrets = tuple(s for s in secrets if len(s) >= MIN_LENGTH)
        self._overlap = max((len(s) for s in self._secrets), default=1) - 1
        self._lives = lives
        self._kept = b""
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
        kept = max(0, len(data) - self._overlap)
        while kept < len(data) and not any(s.startswith(data[kept:]) for s in self._secrets):
            kept += 1
        self._kept = data[kept:]
        return data[:kept]

    def _holds_secret(self, data: bytes) -> bool:
        return any(secret in data for secret in self._secrets)

    def _hang_up(self) -> None:
        stream = getattr(self._handler.request.connection, "stream", None)
        if stream is not None:
            stream.close()
