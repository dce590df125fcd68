"""What passes over a guest's WebSocket: what is taken from it, and what comes out of it."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any

from nb_presign.model import Scope, Session

#: Events that guests of the whole server may know, by the beginning of their schema's id
#: (jupyter_server 2.21, event_schemas).
_FOR_ALL = (
    "https://events.jupyter.org/jupyter_server/contents_service/",
    "https://events.jupyter.org/jupyter_server/kernel_actions/",
)
#: And those of scope `full` besides: JupyterLab's collaboration listens to them
#: (jupyter_server_ydoc 3.0).
_FOR_FULL = ("https://schema.jupyter.org/jupyter_collaboration/",)


class Frames(Enum):
    """How a row of the table holds the socket that it opens."""

    #: Reading guests watch; all others talk, too.
    CHANNEL = "channel"
    #: Nobody talks, and only events that the scope may know come out.
    EVENTS = "events"
    #: Nobody talks and nothing comes out: open, so that a front end does not try again and again.
    SILENT = "silent"

    def takes_input(self, session: Session) -> bool:
        """Tell whether what a guest sends reaches the handler, in whatever encoding."""
        return self is Frames.CHANNEL and session.scope is not Scope.READ

    def lets_out(self, session: Session, message: Any) -> bool:  # noqa: ANN401  # tornado's: text, bytes or JSON
        """Tell whether a guest is sent a message of the handler."""
        if self is Frames.EVENTS:
            return may_know(session, _schema_id(message))
        return self is Frames.CHANNEL


def may_know(session: Session, schema_id: str) -> bool:
    """Tell whether a guest is told of events of a schema.

    A narrowed one of none: an event tells of paths and kernels all over the server. Nobody of
    nb_presign's own, which tell of other guests.
    """
    if session.narrowing is not None:
        return False
    known = _FOR_ALL + _FOR_FULL if session.scope is Scope.FULL else _FOR_ALL
    return schema_id.startswith(known)


def _schema_id(message: Any) -> str:  # noqa: ANN401  # as above
    """Read whose event a message is; empty if it does not plainly say so.

    The id stands beside the event's own data, which may hold anything
    (`SubscribeWebsocket.event_listener`, jupyter_server 2.21).
    """
    try:
        found = message if isinstance(message, dict) else json.loads(message)
    except ValueError:
        return ""
    schema_id = found.get("schema_id") if isinstance(found, dict) else None
    return schema_id if isinstance(schema_id, str) else ""
