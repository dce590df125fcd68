"""Tokens and URLs as AWS's look, every one with the canary in it, and kept for searches."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field

from support.aws.keys import CANARY


@dataclass
class Mint:
    """Makes what presign operations answer with, and remembers it."""

    urls: list[str] = field(default_factory=list, repr=False)
    tokens: list[str] = field(default_factory=list, repr=False)

    def token(self, **claims: object) -> str:
        """Return a token that looks like a JWT; nobody can check it."""
        parts = ({"alg": "HS256"}, {**claims, "jti": secrets.token_hex(16)})
        head, body = (
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
            for part in parts
        )
        token = f"{head}.{body}.{CANARY}{secrets.token_urlsafe(32)}"
        self.tokens.append(token)
        return token

    def url(self, host: str, path: str = "", *, field: str = "authToken", **claims: object) -> str:
        """Return a URL with a token in its query: `https://host?authToken=…`."""
        url = f"https://{host}{path}{'&' if '?' in path else '?'}{field}={self.token(**claims)}"
        self.urls.append(url)
        return url
