"""Pages of ours: one file each, with style and script inside, which its policy names by hash.

They load nothing, so that they look the same on every server, and nothing else can run on them.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Page:
    """A page and the policy it is sent with."""

    html: str
    policy: str


@cache
def load(name: str, *, forms: bool = False) -> Page:
    """Put a page together from its files; what is shown later is filled in by `fill`.

    `forms` lets its forms be sent, and their answer redirect to any server: browsers apply
    `form-action` to redirects too.
    """
    style, script = _read("page.css"), _read(f"{name}.js")
    html = _read(f"{name}.html").replace("/*style*/", style).replace("/*script*/", script)
    directives = [
        "default-src 'none'",
        f"style-src '{_digest(style)}'",
        f"script-src '{_digest(script)}'" if script else "",
        "connect-src 'self'" if script else "",
        "img-src data:",
        "form-action 'self' http: https:" if forms else "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    return Page(html, "; ".join(filter(None, directives)))


def fill(page: Page, **texts: str) -> str:
    """Write texts, escaped, into the `{{name}}` places of a page."""
    html = page.html
    for name, text in texts.items():
        html = html.replace("{{" + name + "}}", escape(text))
    return html


def _read(name: str) -> str:
    file = files("nb_presign.rest") / "pages" / name
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()
