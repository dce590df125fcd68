"""How requests are answered that a front end repeats, and that a guest may not: without effect."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import Enum
from typing import Any

from jupyter_server.auth.identity import User
from tornado.web import RequestHandler


class Absorbed(Enum):
    """What a front end is told when what it asks is taken and let go."""

    #: 204, as settings and workspaces answer.
    DONE = "done"
    #: The guest's own user model, as `PATCH api/me` answers.
    IDENTITY = "identity"
    #: No saved layout: the owner's would open the owner's documents.
    WORKSPACE = "workspace"
    WORKSPACES = "workspaces"
    #: Nothing is set, as a section of the configuration answers.
    NOTHING_SET = "nothing set"
    #: None runs, as the list of terminals answers.
    NONE_RUNS = "none runs"
    NO_NEWS = "no news"
    NO_UPDATE = "no update"
    NO_LANGUAGE_SERVERS = "no language servers"
    NO_PROXIED_APPS = "no proxied apps"
    NOT_RESOLVED = "not resolved"


_BODIES: dict[Absorbed, Any] = {
    Absorbed.WORKSPACES: {"workspaces": {"ids": [], "values": []}},
    Absorbed.NOTHING_SET: {},
    Absorbed.NONE_RUNS: [],
    Absorbed.NO_NEWS: {"news": []},
    Absorbed.NO_UPDATE: {"notification": None},
    Absorbed.NO_LANGUAGE_SERVERS: {"version": 2, "sessions": {}, "specs": {}},
    Absorbed.NO_PROXIED_APPS: {"server_processes": []},
    Absorbed.NOT_RESOLVED: {"resolved": []},
}


def absorb(handler: RequestHandler, absorbed: Absorbed, user: User) -> None:
    """Answer as the handler would have, and do nothing."""
    if absorbed is Absorbed.DONE:
        handler.set_status(204)
        handler.finish()
    elif absorbed is Absorbed.WORKSPACE:
        name = handler.request.path.rpartition("/")[2][:100]
        _answer(handler, {"data": {}, "metadata": {"id": name}})
    elif absorbed is Absorbed.IDENTITY:
        _answer(handler, asdict(user))
    else:
        _answer(handler, _BODIES[absorbed])


def _answer(handler: RequestHandler, body: Any) -> None:  # noqa: ANN401  # JSON is what it is
    handler.set_header("Content-Type", "application/json")
    handler.finish(json.dumps(body))
