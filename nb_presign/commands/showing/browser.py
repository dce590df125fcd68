"""Goes to a URL in the person's browser, without writing it on a command line."""

from __future__ import annotations

import json
import os
import secrets
import webbrowser
from datetime import datetime, timedelta, timezone
from pathlib import Path

from nb_presign.clock import Clock, SystemClock
from nb_presign.secret import Secret

_PREFIX = "nb_presign-open-"
#: How long a link of ours for oneself is good; its page is swept after that.
_KEEP = timedelta(seconds=60)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">
<title>Presigned link</title></head>
<body><p>One moment …</p><script>location.replace({url});</script></body></html>
"""


def open_in_browser(url: Secret, *, clock: Clock | None = None) -> bool:
    """Open a URL; False where there is no browser.

    A browser is given a file that leads there, as `jupyter lab` does: what stands on a command line
    is seen by everybody on the machine. The file is readable by its owner only and swept by a later
    call; by then a browser has read it, and most links in it have ended.
    """
    from jupyter_core.paths import jupyter_runtime_dir  # noqa: PLC0415  # not at %load_ext

    directory = Path(jupyter_runtime_dir())
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(directory, (clock or SystemClock()).now())
    page = directory / f"{_PREFIX}{secrets.token_hex(8)}.html"
    # Inside a script element, only '<' could end the string's surroundings.
    quoted = json.dumps(url.reveal()).replace("<", "\\u003c")
    handle = os.open(page, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(_PAGE.format(url=quoted))
    if webbrowser.open(page.as_uri()):
        return True
    page.unlink(missing_ok=True)
    return False


def _sweep(directory: Path, now: datetime) -> None:
    for page in directory.glob(f"{_PREFIX}*.html"):
        try:
            written = datetime.fromtimestamp(page.stat().st_mtime, timezone.utc)
            if now - written > _KEEP:
                page.unlink()
        except FileNotFoundError:  # noqa: PERF203  # somebody else swept it
            continue
