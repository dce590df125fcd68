"""Whether everybody can use a part of a page, as far as axe-core can tell."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Page

_AXE = Path(__file__).parents[2] / "labextension/node_modules/axe-core/axe.min.js"
_RUN = "selector => axe.run(selector).then(({ violations }) => violations)"


def violations(page: Page, selector: str) -> list[tuple[str, str, str]]:
    """Ask axe-core about an element; what is wrong, by rule and element."""
    page.add_script_tag(content=_AXE.read_text())
    found = page.evaluate(_RUN, selector)
    return [
        (one["id"], node["html"][:200], json.dumps(node["any"])[:300])
        for one in found
        for node in one["nodes"]
    ]
