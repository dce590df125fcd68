"""A target of a Hub in its own words: whose server, which of them, and what to open in it.

As in references of AWS, `-` stands for a part that is left out before a path: here for the server
without a name, which each user has. Whether `lab` is a server or a page is never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote

from nb_presign.errors import BadReferenceError, TargetNotFoundError
from nb_presign.model import Target
from nb_presign.providers import pages
from nb_presign.providers.hub.place import HubPlace
from nb_presign.reference import format_reference

NAME = "hub"
#: This server, in a reference; the path comes right after it.
HERE = "."
#: In a reference: the server without a name.
UNNAMED = "-"
FORM = "Write hub:<user>/<server-name>/<path>, with '-' for the server without a name, or hub:."


@dataclass(frozen=True, slots=True)
class HubAim:
    """What a target opens."""

    user: str
    #: Empty: the one without a name.
    server: str
    #: Page inside; empty: the start page.
    path: str = ""

    @property
    def target(self) -> Target:
        """Write it as a target, in canonical form."""
        parts = [self.server or UNNAMED, *([self.path] if self.path else [])]
        rest = "" if parts == [UNNAMED] else "/".join(parts)
        return Target(NAME, self.user, rest)

    @property
    def reference(self) -> str:
        """Write it for a command."""
        return format_reference(self.target)

    @property
    def root(self) -> HubAim:
        """The server itself."""
        return replace(self, path="")

    def __str__(self) -> str:
        """Write it in a sentence."""
        return (
            f"server {self.server!r} of {self.user!r}"
            if self.server
            else f"server of {self.user!r}"
        )

    def opened(self, url: str) -> str:
        """Write the address of the page, below the server's own."""
        return url.rstrip("/") + "/" + quote(self.path)


def take_apart(target: Target, place: HubPlace) -> HubAim:
    """Read a target; raises `BadReferenceError`, and `TargetNotFoundError` for a `.` outside."""
    if target.options:
        raise BadReferenceError(
            f"A {NAME} target takes no option {target.options[0][0]!r}.",
            hint="Leave out what comes after '?'.",
        )
    if target.id == HERE:
        if not place.user:
            raise TargetNotFoundError(
                "This process is no server of the Hub, so '.' means nothing here.", hint=FORM
            )
        return HubAim(place.user, place.server, _page(target.path))
    server, _, path = target.path.partition("/")
    return HubAim(target.id, "" if server == UNNAMED else server, _page(path))


def _page(path: str) -> str:
    """Turn a path into a page; servers of a Hub show JupyterLab unless somebody changed it."""
    pages.check_page(path)
    return path if pages.is_page(path) else f"lab/tree/{path}"
