"""The header that stands for a guest's session in programs: how it is told, read and taken out.

`nb_presign.redemption` lends the tokens. They begin in a way that no others do, so that headers for
the owner's token, or for an app behind a proxy, are nobody's business here. A query is not looked
at: addresses reach logs, histories and other sites.
"""

from __future__ import annotations

import re

from tornado.httputil import HTTPServerRequest

from nb_presign.redemption import BEARER

HEADER = "Authorization"
#: As jupyter_server takes its own (2.21, `IdentityProvider.auth_header_pat`).
_OURS = re.compile(rf"(?:bearer|token)\s+{re.escape(BEARER)}", re.IGNORECASE)
_WHOLE = re.compile(rf"(?i:bearer|token) +({re.escape(BEARER)}[A-Za-z0-9_-]{{43}})")


def sent_with(request: HTTPServerRequest) -> bool:
    """Tell, quickly, whether a request has a header of ours, good or not."""
    found = request.headers.get(HEADER)
    return found is not None and any(map(_OURS.search, request.headers.get_list(HEADER)))


def read(request: HTTPServerRequest) -> str | None:
    """Return the token if the request has exactly one such header, and it is whole."""
    found = request.headers.get_list(HEADER)
    match = _WHOLE.fullmatch(found[0]) if len(found) == 1 else None
    return match[1] if match else None


def strip(request: HTTPServerRequest) -> None:
    """Take the header out: nobody behind us is to see it."""
    if sent_with(request):
        del request.headers[HEADER]
