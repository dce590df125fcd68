"""What a guest's browser may keep: nothing that the session was needed for.

Jupyter's answers say when they were last modified, which lets browsers show them again unasked
(RFC 9111, 4.2.2), also when the session is over.
"""

from __future__ import annotations

from tornado.httputil import HTTPHeaders
from tornado.web import OutputTransform


class KeepNothing(OutputTransform):
    """Forbids to keep one answer."""

    def transform_first_chunk(
        self,
        status_code: int,
        headers: HTTPHeaders,
        chunk: bytes,
        finishing: bool,  # noqa: FBT001  # tornado's signature
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Say so in the headers."""
        del finishing
        headers["Cache-Control"] = "no-store"
        return status_code, headers, chunk
