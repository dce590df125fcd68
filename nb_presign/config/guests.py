"""What guests may do on this server, beside what links say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from traitlets import Dict, HasTraits, List, Unicode, Union, validate

from nb_presign.entries import configured_route


class GuestsTraits(HasTraits):
    """Policy and routes of guests."""

    policy = Union(
        [Dict(), Unicode()],
        default_value=None,
        allow_none=True,
        config=True,
        help="""Policy document of IAM's kind that guests' requests must satisfy, or the absolute
        path of a JSON file that holds one; read when the server starts.

        Asked for each request and each connection, beside what a link allows. Default: none, so
        that links alone decide. What no statement allows is denied. 'jupyter presign policy check'
        explains what it comes to. Example: c.NbPresign.policy = {"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny",
        "Action": "*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp":
        ["203.0.113.0/24", "2001:db8::/32"]}}}]}
        """,
    )
    routes: List[Any] = List(
        Dict(),
        config=True,
        help="""Rows for the table of what guests may ask of this server: routes of extensions that
        the table does not know.

        Each has 'methods' (names, apart by blanks), 'path' (a regular expression for the whole path
        below the base URL) and 'scope', the least that may: 'read', 'execute' or 'full'. Looked at
        after the built-in rows, of which they loosen none; not for links that are narrowed to a
        path, and not for nb_presign's own routes. Over a WebSocket a 'read' guest only watches.
        Example: c.NbPresign.routes = [{"methods": "GET", "path": "my-ext/.*", "scope": "read"}]
        """,
    )

    @validate("routes")
    def _check_routes(self, proposal: Mapping[str, Any]) -> list[Any]:
        for entry in proposal["value"]:
            configured_route(entry)
        return list(proposal["value"])
