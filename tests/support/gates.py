"""A gate to ask without a server, over a few files and links; and what runs there."""

from __future__ import annotations

import json
from pathlib import Path

from nb_presign.access.gate.gate import Gate, Live, Verdict
from nb_presign.access.gate.reach import RunningSession
from nb_presign.model import Narrowing
from support.guests import a_session

KERNEL = "11111111-2222-3333-4444-555555555555"
OTHER = "99999999-2222-3333-4444-555555555555"
SHARED = "77777777-2222-3333-4444-555555555555"
UNKNOWN = "66666666-2222-3333-4444-555555555555"
SESSION = "aaaaaaaa-2222-3333-4444-555555555555"
PRIVATE = "bbbbbbbb-2222-3333-4444-555555555555"
TWO = "cccccccc-2222-3333-4444-555555555555"
OWN = Narrowing("pub/own.ipynb", KERNEL, SESSION)
PUB = Narrowing("pub")
#: Which notebooks are open, and on which kernels.
RUNNING = (
    RunningSession(SESSION, "pub/own.ipynb", KERNEL),
    RunningSession(PRIVATE, "priv/x.ipynb", OTHER),
    RunningSession(TWO, "pub/two.ipynb", SHARED),
    RunningSession("dddddddd-2222-3333-4444-555555555555", "priv/two.ipynb", SHARED),
)
ROOM = "api/collaboration/room/json:notebook:11111111-2222-3333-4444-555555555555"


def a_root(directory: Path) -> Path:
    """Make a directory to serve: `pub` and `priv`, links between them, and one that leads out."""
    root = directory / "root"
    (root / "pub").mkdir(parents=True)
    (root / "priv").mkdir()
    (root / "pub" / "own.ipynb").touch()
    (root / "box" / "deep").mkdir(parents=True)
    (root / "box" / "deep" / "link").symlink_to(directory)
    (root / "out").symlink_to(directory)
    (root / "within").symlink_to(root / "priv")
    (root / "pub" / "to-priv").symlink_to(root / "priv")
    return root


class Asker:
    """Asks a gate with base URL `/base/` for a verdict."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.gate = Gate("/base/", lambda: str(root))

    def __call__(
        self, scope, method, path, body=None, narrowing=None, *, live=None, arguments=None
    ) -> Verdict:
        sent = b"" if body is None else json.dumps(body).encode()
        session = a_session(scope=scope, narrowing=narrowing)
        ruling = self.gate.decide(
            session, method, f"/base/{path}", sent, live=live or Live(), arguments=arguments
        )
        return ruling.verdict
