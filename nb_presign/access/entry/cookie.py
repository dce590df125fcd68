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

#: Browsers accept such names only from https, and the first only with Path=/ and without Domain,
#: so that no other host of the domain can plant it (RFC 6265bis, 4.1.3).
HOST_PREFIX = "__Host-"
SECURE_PREFIX = "__Secure-"
#: A cookie of ours is 43 characters of base64url; whatever is longer than this is not read.
MAX_LENGTH = 512


@dataclass(frozen=True, slots=True)
class GuestCookie:
    """The guest cookie of one server."""

    server_id: str
    #: Path that the cookie is for.
    base_url: str = "/"
    #: Name of the cookie, the same on every start; over https with a prefix.
    name: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha256(self.server_id.encode()).hexdigest()
        object.__setattr__(self, "name", f"nb-presign-{digest[:16]}")

    @property
    def secure_name(self) -> str:
        """Its name over https."""
        return (HOST_PREFIX if self.base_url == "/" else SECURE_PREFIX) + self.name

    def sent_with(self, request: HTTPServerRequest) -> bool:
        """Tell, quickly, whether a request may have a cookie of ours."""
        return self.name in request.headers.get("Cookie", "")

    def read(self, request: HTTPServerRequest) -> str | None:
        """Return the cookie's value if the request has exactly one of that name.

        Two mean that somebody else planted one, and nobody can tell which. What is known to come
        over https counts only by the name that is given there; where a proxy does not say, that
        name goes before the one that any host of the domain can set.
        """
        if not self.sent_with(request):
            return None
        pairs = [_split(chunk) for chunk in _chunks(request)]
        found = [value for name, value in pairs if name == self.secure_name]
        if not found and request.protocol != "https":
            found = [value for name, value in pairs if name == self.name]
        return found[0] if len(found) == 1 and 0 < len(found[0]) <= MAX_LENGTH else None

    def set(self, handler: RequestHandler, cookie: Secret, session: Session) -> None:
        """Give the guest their cookie, for as long as the session lasts."""
        seconds = int((session.expires_at - session.created_at).total_seconds())
        secure = _over_https(handler.request)
        name = self.secure_name if secure else self.name
        handler.set_cookie(
            name, cookie.reveal(), max_age=seconds, **self._attributes(secure=secure)
        )

    def clear(self, handler: RequestHandler) -> None:
        """Take the cookie back, by whichever name the browser was given it."""
        handler.clear_cookie(self.name, **self._attributes(secure=False))
        # Browsers look at such a name only together with what it promises.
        handler.clear_cookie(self.secure_name, **self._attributes(secure=True))

    def strip(self, request: HTTPServerRequest) -> None:
        """Take the cookie out of a request's headers: nobody behind us is to see it."""
        if not self.sent_with(request):
            return
        names = {self.name, HOST_PREFIX + self.name, SECURE_PREFIX + self.name}
        kept = [chunk.strip() for chunk in _chunks(request) if _split(chunk)[0] not in names]
        del request.headers["Cookie"]
        if kept:
            request.headers["Cookie"] = "; ".join(kept)
        # tornado 6.6 keeps what it has parsed in this attribute.
        request.__dict__.pop("_cookies", None)

    def _attributes(self, *, secure: bool) -> dict[str, Any]:
        attributes = {"path": self.base_url, "httponly": True, "samesite": "Lax"}
        return attributes | ({"secure": True} if secure else {})


def _over_https(request: HTTPServerRequest) -> bool:
    """Tell whether the guest's browser uses TLS, as far as a cookie is concerned.

    Behind a proxy that ends TLS, the browser itself says it: a page's own scripts cannot change
    the Origin of what they send (Fetch standard). Who makes it up by other means harms only the
    cookie of their own.
    """
    return request.protocol == "https" or request.headers.get("Origin", "").startswith("https://")


def _chunks(request: HTTPServerRequest) -> list[str]:
    # HTTP/1.1 allows one Cookie header, but a proxy may have split it; tornado joins repeated
    # headers with a comma.
    return [chunk for header in request.headers.get_list("Cookie") for chunk in header.split(";")]


def _split(chunk: str) -> tuple[str, str]:
    name, _, value = chunk.partition("=")
    return name.strip(), value.strip().strip('"')
