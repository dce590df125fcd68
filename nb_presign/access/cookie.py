"""The cookie that stands for a guest's session: how it is named, set, read and taken out.

Its value is opaque; the store knows its hash. Cookies do not know ports, so the name tells the
servers of one host apart.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.web import RequestHandler

from nb_presign.model import Session
from nb_presign.secret import Secret

#: Browsers accept such a name only with Secure, Path=/ and without Domain, so that no other host of
#: the domain
#: can plant it (RFC 6265bis, 4.1.3.2).
HOST_PREFIX = "__Host-"
#: A cookie of ours is 43 characters of base64url; whatever is longer than this is not read.
MAX_LENGTH = 512


@dataclass(frozen=True, slots=True)
class GuestCookie:
    """The guest cookie of one server."""

    server_id: str
    #: Name of the cookie, the same on every start; `__Host-` goes in front where it can.
    name: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha256(self.server_id.encode()).hexdigest()
        object.__setattr__(self, "name", f"nb-presign-{digest[:16]}")

    def sent_with(self, request: HTTPServerRequest) -> bool:
        """Tell, quickly, whether a request may have a cookie of ours."""
        return self.name in request.headers.get("Cookie", "")

    def read(self, request: HTTPServerRequest) -> str | None:
        """Return the cookie's value if the request has exactly one of that name.

        Two mean that somebody else planted one, and nobody can tell which.
        """
        if not self.sent_with(request):
            return None
        pairs = [_split(chunk) for chunk in _chunks(request)]
        hosts = [value for name, value in pairs if name == HOST_PREFIX + self.name]
        plain = [value for name, value in pairs if name == self.name]
        # What only this host can have set goes before what any host of the domain can set.
        found = hosts or plain
        return found[0] if len(found) == 1 and 0 < len(found[0]) <= MAX_LENGTH else None

    def set(self, handler: RequestHandler, cookie: Secret, session: Session) -> None:
        """Give the guest their cookie, for as long as the session lasts."""
        seconds = int((session.expires_at - session.created_at).total_seconds())
        name, attributes = self._at(handler)
        handler.set_cookie(name, cookie.reveal(), max_age=seconds, **attributes)

    def clear(self, handler: RequestHandler) -> None:
        """Take the cookie back."""
        name, attributes = self._at(handler)
        handler.clear_cookie(name, **attributes)

    def strip(self, request: HTTPServerRequest) -> None:
        """Take the cookie out of a request's headers: nobody behind us is to see it."""
        if not self.sent_with(request):
            return
        names = {self.name, HOST_PREFIX + self.name}
        kept = [chunk.strip() for chunk in _chunks(request) if _split(chunk)[0] not in names]
        del request.headers["Cookie"]
        if kept:
            request.headers["Cookie"] = "; ".join(kept)
        # tornado 6.6 keeps what it has parsed in this attribute.
        request.__dict__.pop("_cookies", None)

    def _at(self, handler: RequestHandler) -> tuple[str, dict[str, Any]]:
        """Tell name and attributes, which a browser must be given alike to set and to clear."""
        path, secure = handler.settings.get("base_url", "/"), handler.request.protocol == "https"
        attributes = {"path": path, "httponly": True, "samesite": "Lax"}
        if secure:
            attributes["secure"] = True
        return HOST_PREFIX + self.name if secure and path == "/" else self.name, attributes


def _chunks(request: HTTPServerRequest) -> list[str]:
    # HTTP/1.1 allows one Cookie header, but a proxy may have split it; tornado joins repeated
    # headers with a comma.
    return [chunk for header in request.headers.get_list("Cookie") for chunk in header.split(";")]


def _split(chunk: str) -> tuple[str, str]:
    name, _, value = chunk.partition("=")
    return name.strip(), value.strip().strip('"')
