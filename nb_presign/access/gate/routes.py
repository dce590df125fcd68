"""The table of what guests may ask of this server. What is not in it is refused.

One row: methods, canonical path below the base URL, the least scope that may, and the rule that
looks at paths and ids. The first row that names method and path decides. Patterns are matched
against the path as it was sent, like tornado's own, so that an encoded letter in a fixed part
matches neither. The routes are those of jupyter_server 2.21, jupyterlab_server 2.28, JupyterLab
4.6, Notebook 7, nbclassic 1, jupyter_server_terminals, jupyter_server_fileid, jupyter_server_ydoc
(collaboration), jupyter_lsp and jupyter_server_proxy; `access.gate.added` has those that are not
known before a server runs.

Nobody is let to nb_presign's own REST and `nb-presign/open`, whatever the scope: there is no row.
"""

from __future__ import annotations

from nb_presign.access.gate import rules
from nb_presign.access.gate.absorbed import Absorbed
from nb_presign.access.gate.frames import Frames
from nb_presign.access.gate.route import Needs, Route, row
from nb_presign.model import Scope

__all__ = ["ROUTES", "Absorbed", "Route"]

READ, EXECUTE, FULL = Scope.READ, Scope.EXECUTE, Scope.FULL

_ID = r"(?P<id>\w+-\w+-\w+-\w+-\w+)"
_PATH = r"(?P<path>(?:(?:/[^/]+)+|/?))"
_REST = r"(?P<path>.*)"
# Those that turn a notebook into text without starting programs, as PDF, LaTeX and what pandoc
# makes do. (`script` does as the notebook says; whoever can write that could run it as well.)
_FORMAT = r"(?:html|markdown|script|python|notebook|slides)"
_FILE = r"\w+:[\w.+-]+:(?P<file>[\w-]+)"
_FORK = r"(?P<fork>[0-9a-f]{32})"
_KERNELS = Needs.SESSIONS | Needs.KERNELS

#: Logging in and out is how a guest becomes an owner, or nobody.
OPEN = (
    row("GET POST", r"login", None, public=True),
    row("GET", r"logout", None, public=True),
    row("GET HEAD", r"static/.*|favicon\.ico|robots\.txt", None, public=True),
    row("GET", r"api", None, public=True),
    row("GET HEAD POST", r"nb-presign/redeem", None, public=True),
    row("GET HEAD", r"nb-presign/(?:static/.*|ended)", None, public=True),
    # AWS's wire protocol: whoever signs with an access key, and nobody else, whoever is signed in.
    row("GET HEAD POST PUT PATCH DELETE OPTIONS", r"nb-presign/aws/?", None, public=True),
    # Redirects whoever asks; where it leads to is judged itself.
    row("GET POST PUT PATCH DELETE", r"api/notebooks/?.*", None, public=True),
)

PAGES = (
    row("GET", r"|lab/?|nbclassic", READ),
    row("GET", r"(?:lab|doc)(?:/workspaces/[\w-]+)?/tree(?P<path>/.*)", READ, rules.page),
    row("GET", r"(?:lab|doc)/workspaces/[\w-]+", READ),
    row("GET", r"consoles(?P<path>(?:/.*)?)", READ, rules.page),
    # These look whether there is such a file.
    row("GET", r"(?:nbclassic/)?(?:tree|notebooks|edit)(?P<path>(?:/.*)?)", READ, rules.listing),
    row("GET", rf"nbclassic/view{_PATH}", READ, rules.file),
    # nbclassic's page starts the terminal.
    row("GET", r"terminals/[^/]+", FULL, narrowed=False),
    row(
        "GET HEAD",
        r"(?:lab/extensions|lab/api/themes|nbextensions|custom|kernelspecs/[\w.%-]+)/.*",
        READ, rules.plain_url, cacheable=True,
    ),
    row("GET", r"server-proxy/icon/.*", READ, cacheable=True),
)  # fmt: skip

#: What front ends are made of, ask for, and save by themselves. A read guest's Lab saves its layout
#: every few seconds; the owner's stays as it is.
FRONT_ENDS = (
    row("GET", r"lab/api/(?:translations(?:/[\w-]*)?|licenses/.*|listings/.*)", READ),
    row("GET", r"lab/api/settings(?:/.*)?", READ),
    row(
        "PUT", rf"lab/api/settings/?{_REST}", FULL, rules.others_settings,
        absorb=Absorbed.DONE, narrowed=False,
    ),
    row("GET", r"lab/api/workspaces/?", FULL, absorb=Absorbed.WORKSPACES, narrowed=False),
    row("GET", r"lab/api/workspaces/.+", FULL, absorb=Absorbed.WORKSPACE, narrowed=False),
    row("PUT DELETE", r"lab/api/workspaces(?:/.*)?", FULL, absorb=Absorbed.DONE, narrowed=False),
    row("GET", r"lab/api/news", FULL, absorb=Absorbed.NO_NEWS, narrowed=False),
    row("GET", r"lab/api/update", FULL, absorb=Absorbed.NO_UPDATE, narrowed=False),
    row("GET POST DELETE", r"lab/api/build", FULL, narrowed=False),
    row("GET", r"lab/api/(?:extensions|plugins)", FULL, narrowed=False),
    row("POST", r"lab/api/(?:extensions|plugins)", FULL, rules.others_extension, narrowed=False),
    row("GET", r"api/config/\w+", READ),
    row("PUT", r"api/config/\w+", FULL, absorb=Absorbed.DONE, narrowed=False),
    row("PATCH", r"api/config/\w+", FULL, absorb=Absorbed.NOTHING_SET, narrowed=False),
)  # fmt: skip

#: The server and who is there. A login cookie, as `PATCH api/me` sets one, outlives the session.
SERVER = (
    row("GET", r"api/me", READ),
    row("PATCH", r"api/me", None, absorb=Absorbed.IDENTITY),
    row("GET", r"api/status", READ),
    row("GET HEAD", r"api/spec\.yaml", READ),
    row("GET", r"api/kernelspecs(?:/[\w.%-]+)?", READ),
    row("GET", r"metrics", FULL, narrowed=False),
    row("POST", r"api/shutdown", FULL, narrowed=False),
    row("POST", r"api/security/csp-report", None, absorb=Absorbed.DONE),
    row(
        "GET", r"api/events/subscribe", READ,
        frames=Frames.EVENTS, narrowed_frames=Frames.SILENT,
    ),
    row("POST", r"api/events", FULL, rules.others_event, narrowed=False),
)  # fmt: skip

FILES = (
    row("GET", rf"api/contents{_PATH}/checkpoints", READ, rules.file),
    row("POST", rf"api/contents{_PATH}/checkpoints", EXECUTE, rules.file),
    row("POST DELETE", rf"api/contents{_PATH}/checkpoints/[\w-]+", EXECUTE, rules.file),
    row("POST", rf"api/contents{_PATH}/trust", FULL, rules.file, narrowed=False),
    row("GET", rf"api/contents{_PATH}", READ, rules.listing),
    row("POST PUT PATCH", rf"api/contents{_PATH}", EXECUTE, rules.write),
    row("DELETE", rf"api/contents{_PATH}", FULL, rules.removal),
    row("GET HEAD", rf"files/{_REST}", READ, rules.file),
    row("GET", rf"view/{_REST}", READ, rules.file),
    row("GET", r"api/nbconvert", READ),
    row("GET", rf"nbconvert/{_FORMAT}{_PATH}", READ, rules.file),
    row("GET", rf"nbconvert/\w+{_PATH}", FULL, rules.file, narrowed=False),
    row("POST", r"nbconvert/\w+", FULL, narrowed=False),
    row("GET", r"api/fileid/id", READ, rules.path_argument),
    row("GET", r"api/fileid/path", READ, rules.document_or_none, needs=Needs.FILE),
    row("GET", r"api/resolvePath", READ, rules.resolved, absorb=Absorbed.NOT_RESOLVED),
)

#: Reading guests watch kernels: whatever they send is dropped. Who executes may restart any, and
#: end what they have started themselves.
KERNELS = (
    row("GET", r"api/kernels", READ, needs=Needs.SESSIONS),
    row("POST", r"api/kernels", EXECUTE, rules.new_kernel, narrowed=False, needs=Needs.KERNELS),
    row("GET", rf"api/kernels/{_ID}(?:/channels)?", READ, rules.kernel, needs=Needs.SESSIONS),
    row("DELETE", rf"api/kernels/{_ID}", EXECUTE, rules.kernel_end, needs=_KERNELS),
    row(
        "POST", rf"api/kernels/{_ID}/(?:restart|interrupt)", EXECUTE, rules.kernel,
        needs=Needs.SESSIONS,
    ),
    row("GET", r"api/sessions", READ, needs=Needs.SESSIONS),
    row("POST", r"api/sessions", EXECUTE, rules.new_session, needs=_KERNELS),
    row("GET", rf"api/sessions/{_ID}", READ, rules.session, needs=Needs.SESSIONS),
    row("PATCH", rf"api/sessions/{_ID}", EXECUTE, rules.changed_session, needs=_KERNELS),
    row("DELETE", rf"api/sessions/{_ID}", EXECUTE, rules.session_end, needs=_KERNELS),
)  # fmt: skip

TERMINALS = (
    row("GET", r"api/terminals", FULL, absorb=Absorbed.NONE_RUNS, narrowed=False),
    row("POST", r"api/terminals", FULL, rules.new_terminal, narrowed=False),
    row("GET DELETE", r"api/terminals/\w+", FULL, narrowed=False),
    row("GET", r"terminals/websocket/\w+", FULL, narrowed=False),
)

#: Whoever is in a room writes (Yjs has no readers), so that guests who read are not let in. Rooms
#: are named by the last segment as it was sent.
COLLABORATION = (
    row("PUT", rf"api/collaboration/session/{_REST}", EXECUTE, rules.file),
    row("GET", rf"api/collaboration/room/{_FILE}", EXECUTE, rules.document, needs=Needs.FILE),
    row(
        "GET", rf"api/collaboration/room/{_FORK}", EXECUTE, rules.document_or_none,
        needs=Needs.FORK,
    ),
    row(
        "GET", r"api/collaboration/room/JupyterLab:globalAwareness", EXECUTE,
        narrowed_frames=Frames.SILENT,
    ),
    row("GET PUT", rf"api/collaboration/fork/{_FILE}", EXECUTE, rules.document, needs=Needs.FILE),
    row(
        "DELETE", rf"api/collaboration/fork/{_FORK}", EXECUTE, rules.document_or_none,
        needs=Needs.FORK,
    ),
    # Nothing says of which document the fork is that these make and change.
    row("GET", rf"api/collaboration/timeline/{_REST}", EXECUTE, rules.file, narrowed=False),
    row("PUT", r"api/collaboration/undo_redo/[^/]+", EXECUTE, narrowed=False),
)  # fmt: skip

#: What is behind these is not ours to judge. Named apps are added when the server runs.
BEHIND = (
    row("GET", r"lsp/status", FULL, absorb=Absorbed.NO_LANGUAGE_SERVERS, narrowed=False),
    row("GET", r"lsp/ws/.*", FULL, narrowed=False),
    row(
        "GET", r"server-proxy/servers-info", FULL,
        absorb=Absorbed.NO_PROXIED_APPS, narrowed=False,
    ),
    row("GET HEAD POST PUT PATCH DELETE OPTIONS", r"proxy/.*", FULL, narrowed=False),
)  # fmt: skip

#: Asked before requests from other origins, of which guests send none: answered as to a stranger.
PREFLIGHT = (row("OPTIONS", r".*", None, public=True),)

ROUTES: tuple[Route, ...] = (
    *OPEN,
    *PAGES,
    *FRONT_ENDS,
    *SERVER,
    *FILES,
    *KERNELS,
    *TERMINALS,
    *COLLABORATION,
    *BEHIND,
    *PREFLIGHT,
)
