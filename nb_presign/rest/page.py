"""Pages of ours: one file each, with style and script inside, which its policy names by hash.

They load nothing, so that they look the same on every server, and nothing else can run on them.
What they have in common is in `pages/parts`, and a comment stands where it goes: `<!--mark-->`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files

_PART = re.compile(r"<!--(\w+)-->")
_PLACE = re.compile(r"\{\{(\w+)\}\}")


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
    html = _PART.sub(lambda part: _read(f"parts/{part[1]}.html"), _read(f"{name}.html"))
    style, script = _read("page.css"), _read(f"{name}.js") if "/*script*/" in html else ""
    html = html.replace("/*style*/", style).replace("/*script*/", script)
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
    """Write texts, escaped, into the `{{name}}` places of a page; raises `KeyError` without one.

    All at once: a text that looks like such a place is shown, and not filled with another.
    """
    return _PLACE.sub(lambda place: escape(texts[place[1]]), page.html)


def _read(name: str) -> str:
    return (files("nb_presign.rest") / "pages" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()
