"""The URL of a link that another server minted: what it may be before anybody follows or sends it.

That server is told what to mint, and what it answers goes into redirects and windows of people
here.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from nb_presign.errors import UpstreamError
from nb_presign.model import Link
from nb_presign.providers.base import ServerAddress
from nb_presign.secret import Secret

#: Where browsers open links, below the base URL; the token comes after it.
LANDING = "nb-presign/redeem"
#: What urlsplit and browsers read differently: controls, blanks, backslashes, all but ASCII.
_ODD = re.compile(r"[^!-\[\]-~]")
_TOKEN = {
    interactive: re.compile(rf"{prefix}\d\.[A-Za-z0-9_.-]+")
    for interactive, prefix in ((False, "nbp"), (True, "nbo"))
}
_PORTS = {"http": 80, "https": 443}


def check_url(link: Link, address: ServerAddress, *, own_host: bool) -> None:
    """Refuse a URL that is not one of a landing page; raises `UpstreamError`.

    `own_host`: it must also be on the very host and port where the server is known to be. Otherwise
    it may be where the server says that browsers reach it.
    """
    url = link.url or Secret("")
    parts = _split(url.reveal())
    if parts is None or not _is_landing(parts, interactive=link.interactive):
        raise UpstreamError(
            f"The server {address.name!r} answered with something else than a presigned URL.",
            hint="Check that it is the server that you mean.",
            server=address.name,
        )
    if own_host and _origin(parts) != _origin(urlsplit(address.url)):
        scheme, host, port = _origin(parts)
        raise UpstreamError(
            f"The server {address.name!r} leads to {scheme}://{host}:{port}, not to its address.",
            hint="Set c.NbPresign.public_url there, or its url in c.NbPresign.servers here.",
            server=address.name,
        )


def _split(url: str) -> SplitResult | None:
    if _ODD.search(url):
        return None
    try:
        parts = urlsplit(url)
        _origin(parts)
    except ValueError:
        return None
    return parts


def _is_landing(parts: SplitResult, *, interactive: bool) -> bool:
    token = parts.fragment or parts.query.removeprefix("authToken=")
    return (
        parts.scheme in _PORTS
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and parts.path.startswith("/")
        and parts.path.endswith(f"/{LANDING}")
        and not (parts.fragment and parts.query)
        and bool(_TOKEN[interactive].fullmatch(token))
    )


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)
