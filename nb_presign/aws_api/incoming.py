"""A request as it came, before anything of it is believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from nb_presign.aws_api.refusal import TOO_LARGE, RefusedError

#: Lines and characters of headers, and characters of a query: SDKs send some fifteen lines, and
#: less than 2 KiB of either.
MOST_LINES, MOST_HEADERS, MOST_QUERY = 100, 8 * 1024, 4 * 1024
#: Headers that say who asks for what. A request that says one of them twice could mean either.
_ONCE = frozenset(
    (
        "authorization",
        "content-type",
        "date",
        "host",
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-target",
    )
)


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a client sent."""

    method: str
    #: Of the request line, byte for byte.
    path: str
    query: str = field(repr=False)
    #: Names in lower case, in the order of arrival; one name may be there several times. Without
    #: cookies: whoever calls from a browser sends those of the whole site, and signs none.
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)

    def check_size(self) -> None:
        """Refuse what no SDK sends, before work is spent on it; raises `RefusedError`."""
        size = sum(len(name) + len(value) for name, value in self.headers)
        if len(self.headers) > MOST_LINES or size > MOST_HEADERS or len(self.query) > MOST_QUERY:
            raise RefusedError(
                "RequestEntityTooLargeException",
                f"A request has at most {MOST_LINES} headers of together {MOST_HEADERS} characters "
                f"besides its cookies, and {MOST_QUERY} characters of query.",
                status=TOO_LARGE,
            )

    def header(self, name: str) -> str:
        """Return a header's value, empty if there is none.

        Raises `RefusedError` for one of those that decide if it is there twice.
        """
        found = self.all(name)
        if len(found) > 1 and name in _ONCE:
            raise RefusedError("IncompleteSignatureException", f"Header {name!r} is there twice.")
        return found[0] if found else ""

    def all(self, name: str) -> tuple[str, ...]:
        """Return all values of a header."""
        return tuple(value.strip() for key, value in self.headers if key == name)

    def arguments(self) -> Iterator[tuple[str, str]]:
        """Go through the query's arguments, decoded."""
        for pair in filter(None, self.query.split("&")):
            name, _, value = pair.partition("=")
            yield unquote_plus(name), unquote_plus(value)
