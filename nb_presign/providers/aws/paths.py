"""How the URL of a notebook instance opens a path.

AWS documents none of it: the URL has the start page's address only, without even a slash before its
query. So the page is put in between, and the query is kept byte for byte. `c.NbPresign.
aws_open_paths` switches it off; what is documented is to open the start page first, which signs the
browser in, and to go to the page's own address then.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from nb_presign.providers import pages

#: What the links of a notebook instance look like: an origin, a query, and no path to lose.
_PLAIN = re.compile(r"(?P<origin>https://[^/?#]+)/?(?P<query>\?[^#]*)")


def page_of(path: str) -> str:
    """Turn a path into a page: a front end's own (`tree/…`, `lab`), or a file in JupyterLab.

    Raises `BadReferenceError` for what is no page.
    """
    pages.check_page(path)
    return path if pages.is_page(path) else f"lab/tree/{path}"


def quoted(path: str) -> str:
    """Write a path for a URL; slashes part its segments."""
    return "/".join(quote(segment, safe="") for segment in path.split("/"))


def with_page(url: str, page: str) -> str | None:
    """Put a page into a URL; None where it has a path already, which may matter."""
    found = _PLAIN.fullmatch(url)
    return f"{found['origin']}/{quoted(page)}{found['query']}" if found else None
