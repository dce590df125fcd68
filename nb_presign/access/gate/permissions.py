"""What a guest is told of their permissions: what the table can say, in jupyter_server's words.

Front ends may ask `GET api/me?permissions={"contents": ["write"]}`. Resources are named as
jupyter_server's handlers name them (`auth_resource`, 2.21).
"""

from __future__ import annotations

from nb_presign.access.gate.gate import Gate
from nb_presign.model import Session

_KERNEL = "api/kernels/0-0-0-0-0"
#: A request that stands for an action on a resource; whatever is not here is not permitted.
_SAMPLES = {
    ("api", "read"): ("GET", "api/status"),
    ("config", "read"): ("GET", "api/config/notebook"),
    ("config", "write"): ("PATCH", "api/config/notebook"),
    ("contents", "read"): ("GET", "api/contents"),
    ("contents", "write"): ("PUT", "api/contents/x"),
    ("events", "execute"): ("GET", "api/events/subscribe"),
    ("events", "write"): ("POST", "api/events"),
    ("kernels", "read"): ("GET", "api/kernels"),
    ("kernels", "write"): ("POST", "api/kernels"),
    ("kernels", "execute"): ("POST", f"{_KERNEL}/interrupt"),
    ("kernelspecs", "read"): ("GET", "api/kernelspecs"),
    ("lsp", "read"): ("GET", "lsp/status"),
    ("lsp", "execute"): ("GET", "lsp/ws/x"),
    ("nbconvert", "read"): ("GET", "nbconvert/html/x"),
    ("nbconvert", "write"): ("POST", "nbconvert/html"),
    ("server", "write"): ("POST", "api/shutdown"),
    ("sessions", "read"): ("GET", "api/sessions"),
    ("sessions", "write"): ("POST", "api/sessions"),
    ("terminals", "read"): ("GET", "api/terminals"),
    ("terminals", "write"): ("POST", "api/terminals"),
    ("terminals", "execute"): ("GET", "terminals/websocket/x"),
}


def permitted(gate: Gate, session: Session, action: str, resource: str) -> bool:
    """Tell whether a session may do something to a resource, or to some of it."""
    sample = _SAMPLES.get((resource, action))
    return sample is not None and gate.lets(session, *sample)
