"""The paths of Jupyter's pages: which of them a link may open, and which file each shows.

The front ends and their URLs are those of JupyterLab 4, Notebook 7, nbclassic 1 and jupyter_server
2.
"""

from __future__ import annotations

from nb_presign.errors import BadReferenceError

#: First segments of pages; a path that starts otherwise is the path of a file.
FRONT_ENDS = frozenset(
    {
        "lab",
        "tree",
        "notebooks",
        "doc",
        "edit",
        "view",
        "files",
        "consoles",
        "terminals",
        "nbclassic",
    }
)
#: First segments that are no pages: a link would act, sign in or out, or lead to another link.
REFUSED = frozenset({"nb-presign", "api", "login", "logout"})

#: Beginnings of pages whose rest is the path of a file.
_FILE_PAGES = (
    ("lab", "tree"),
    ("doc", "tree"),
    ("nbclassic", "tree"),
    ("nbclassic", "notebooks"),
    ("nbclassic", "edit"),
    ("tree",),
    ("notebooks",),
    ("edit",),
    ("view",),
    ("files",),
    ("consoles",),
)
_WORKSPACE = ("lab", "workspaces")


def check_page(path: str) -> None:
    """Refuse the path of something that is no page; raises `BadReferenceError`."""
    first = path.partition("/")[0]
    if first.lower() in REFUSED:
        raise BadReferenceError(
            f"A link cannot lead to {path[:80]!r}: that is no page.",
            hint=f"For a file in a folder {first!r} write lab/tree/{path[:80]}.",
        )


def is_page(path: str) -> bool:
    """Say whether a path is one of a front end, not of a file; no path at all is the start page."""
    return not path or path.partition("/")[0] in FRONT_ENDS


def file_of(page: str) -> str:
    """Tell which file or directory below the root directory a page shows; empty for none."""
    segments = tuple(page.split("/"))
    if segments[:2] == _WORKSPACE and segments[3:4] == ("tree",):
        return "/".join(segments[4:])
    for beginning in _FILE_PAGES:
        if segments[: len(beginning)] == beginning:
            return "/".join(segments[len(beginning) :])
    return ""
