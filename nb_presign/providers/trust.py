"""Whose certificates are good for connections to other servers."""

from __future__ import annotations

import os
import ssl
from functools import cache

import httpx


def trusted(url: str) -> ssl.SSLContext:
    """Give what judges the certificate of the server at a URL.

    It reads some hundred certificates, which takes longer than a call (30 ms): so once for all
    connections, as long as the variables stay the same that OpenSSL goes by. For an address without
    TLS it trusts nobody, and has read nothing.
    """
    if not url.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return _authorities(*(os.environ.get(name, "") for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")))


@cache
def _authorities(_file: str, _directory: str) -> ssl.SSLContext:
    return httpx.create_ssl_context()
