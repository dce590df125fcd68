"""The table of what guests may ask of this server. What is not in it is refused.

One row: methods, canonical path below the base URL, the least scope that may, and the rule that
looks at paths and ids. Patterns are matched against the path as it was sent, like tornado's own, so
that an encoded letter in a fixed part matches neither. The routes are those of jupyter_server 2.21,
jupyterlab_server 2.28, JupyterLab 4.6 and Notebook 7.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from re import Pattern

from nb_presign.access import rules
from nb_presign.access.rules import Rule
from nb_presign.model import Scope


class Absorbed(Enum):
    """What a front end is told when its write of convenience state is taken and let go."""

    #: 204, as settings and workspaces answer.
    DONE = "done"
    #: The guest's own user model, as `PATCH api/me` answers.
    IDENTITY = "identity"
    #: No saved layout: the owner's would open the owner's documents.
    WORKSPACE = "workspace"
    WORKSPACES = "workspaces"


@dataclass(frozen=True, slots=True)
class Route:
    """One row: which guests may do what on which paths."""

    methods: frozenset[str]
    pattern: Pattern[str]
    #: The least scope; None: nobody, so that `absorb` holds for all.
    scope: Scope | None
    rule: Rule = rules.anything
    #: How to answer those who may not, instead of refusing.
    absorb: Absorbed | None = None
    #: Whether a session that is narrowed to one notebook may, if the rule agrees.
    narrowed: bool = True
    #: Open to everybody: a guest is treated as nobody, so that no answer depends on the guest's
    #: session.
    public: bool = False
    #: The same for everybody, so that a guest's browser may keep it after the session.
    cacheable: bool = False


_ID = r"(?P<id>\w+-\w+-\w+-\w+-\w+)"
_PATH = r"(?P<path>(?:(?:/[^/]+)+|/?))"
_REST = r"(?P<path>.*)"
# Those that only turn a notebook into text: PDF and its like start programs on what a guest may
# have written.
_FORMAT = r"(?:html|markdown|rst|script|python|notebook|asciidoc|latex|slides)"

READ, EXECUTE, FULL = Scope.READ, Scope.EXECUTE, Scope.FULL


def _row(  # noqa: PLR0913  # the columns of the table
    methods: str,
    pattern: str,
    scope: Scope | None,
    rule: Rule = rules.anything,
    *,
    absorb: Absorbed | None = None,
    narrowed: bool = True,
    public: bool = False,
    cacheable: bool = False,
) -> Route:
    return Route(
        frozenset(methods.split()),
        re.compile(pattern, re.ASCII),
        scope,
        rule,
        absorb,
        narrowed,
        public,
        cacheable,
    )


ROUTES: tuple[Route, ...] = (
    # Open to everybody; logging in and out is how a guest becomes an owner.
    _row("GET HEAD POST", r"login", None, public=True),
    _row("GET HEAD", r"logout", None, public=True),
    _row("GET HEAD", r"static/.*|favicon\.ico|robots\.txt|api", None, public=True),
    _row("GET HEAD POST", r"nb-presign/redeem", None, public=True),
    _row("GET HEAD", r"nb-presign/static/.*", None, public=True),
    # Pages, and what they are made of.
    _row("GET HEAD", r"", READ),
    _row("GET HEAD", r"lab/?", READ),
    _row("GET HEAD", r"(?:lab|doc)(?:/workspaces/[\w-]+)?/tree(?P<path>/.*)", READ, rules.page),
    _row("GET HEAD", r"(?:lab|doc)/workspaces/[\w-]+", READ),
    _row("GET HEAD", r"(?:tree|notebooks|edit|consoles)(?P<path>(?:/.*)?)", READ, rules.page),
    _row("GET HEAD", r"terminals/\w+", FULL, narrowed=False),
    _row("GET HEAD", r"lab/extensions/.*|lab/api/themes/.*|custom/.*", READ, cacheable=True),
    _row("GET HEAD", r"lab/api/(?:translations(?:/[\w-]*)?|licenses/.*)", READ),
    _row("GET HEAD", r"lab/api/listings/.*", READ),
    _row("GET HEAD", r"kernelspecs/[\w.%-]+/.*", READ, cacheable=True),
    # State of the front end. A read guest's Lab saves its layout every few seconds.
    _row("GET", r"lab/api/settings(?:/.*)?", READ),
    _row("PUT", r"lab/api/settings/.+", FULL, absorb=Absorbed.DONE, narrowed=False),
    _row("GET", r"lab/api/workspaces/?", FULL, absorb=Absorbed.WORKSPACES, narrowed=False),
    _row("GET", r"lab/api/workspaces/.+", FULL, absorb=Absorbed.WORKSPACE, narrowed=False),
    _row("PUT DELETE", r"lab/api/workspaces/.+", FULL, absorb=Absorbed.DONE, narrowed=False),
    _row("GET", r"api/me", READ),
    _row("PATCH", r"api/me", None, absorb=Absorbed.IDENTITY),
    _row("GET", r"api/(?:status|spec\.yaml|config/\w+|nbconvert)", READ),
    _row("GET", r"api/kernelspecs(?:/[\w.%-]+)?", READ),
    # Files.
    _row("GET", rf"api/contents{_PATH}/checkpoints", READ, rules.file),
    _row("POST", rf"api/contents{_PATH}/checkpoints", EXECUTE, rules.file),
    _row("POST DELETE", rf"api/contents{_PATH}/checkpoints/[\w-]+", EXECUTE, rules.file),
    _row("POST", rf"api/contents{_PATH}/trust", FULL, rules.file, narrowed=False),
    _row("GET HEAD", rf"api/contents{_PATH}", READ, rules.listing),
    _row("POST PUT PATCH", rf"api/contents{_PATH}", EXECUTE, rules.write),
    _row("DELETE", rf"api/contents{_PATH}", FULL, rules.file, narrowed=False),
    _row("GET HEAD", rf"(?:files|view)/{_REST}", READ, rules.file),
    _row("GET", rf"nbconvert/{_FORMAT}{_PATH}", READ, rules.file),
    # Kernels and their sessions. Reading guests watch: `access.sockets` drops whatever they send.
    _row("GET", r"api/kernels", READ),
    _row("POST", r"api/kernels", EXECUTE, rules.new_kernel),
    _row("GET", rf"api/kernels/{_ID}", READ, rules.kernel),
    _row("DELETE", rf"api/kernels/{_ID}", EXECUTE, rules.kernel, narrowed=False),
    _row("POST", rf"api/kernels/{_ID}/(?:restart|interrupt)", EXECUTE, rules.kernel),
    _row("GET", rf"api/kernels/{_ID}/channels", READ, rules.kernel),
    _row("GET", r"api/sessions", READ),
    _row("POST", r"api/sessions", EXECUTE, rules.new_session),
    _row("GET", rf"api/sessions/{_ID}", READ, rules.session),
    _row("PATCH", rf"api/sessions/{_ID}", EXECUTE, rules.changed_session),
    _row("DELETE", rf"api/sessions/{_ID}", EXECUTE, rules.session, narrowed=False),
    # Terminals.
    _row("GET POST", r"api/terminals", FULL, narrowed=False),
    _row("GET DELETE", r"api/terminals/\w+", FULL, narrowed=False),
    _row("GET", r"terminals/websocket/\w+", FULL, narrowed=False),
)
