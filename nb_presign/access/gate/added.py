"""Rows that are not known before a server runs: a deployer's, and those of apps behind a proxy.

They are looked at last, so that they loosen no row of the table, and never below `nb-presign`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from tornado.routing import Rule
from tornado.web import Application

from nb_presign.access.gate import rules
from nb_presign.access.gate.route import Route, row
from nb_presign.model import Scope
from nb_presign.settings import ConfiguredRoute


class AddedRoutes:
    """The rows of one server; found out at the first guest who asks for what the table lacks."""

    def __init__(
        self, application: Application, base_url: str, configured: Iterable[ConfiguredRoute]
    ) -> None:
        self._application = application
        self._base_url = base_url
        self._configured = tuple(map(_configured, configured))
        self._known: tuple[int, tuple[Route, ...]] = (-1, ())

    def __call__(self) -> tuple[Route, ...]:
        """List them; extensions may still add handlers to a server that runs."""
        rules_now = list(_walk(self._application.default_router.rules))
        count, routes = self._known
        if count != len(rules_now):
            routes = (*self._configured, *self._proxied(rules_now))
            self._known = (len(rules_now), routes)
        return routes

    def _proxied(self, found: Iterable[Rule]) -> Iterator[Route]:
        """Make a row of each app that jupyter_server_proxy serves under a name of its own."""
        module: Any = sys.modules.get("jupyter_server_proxy.handlers")
        if module is None:
            return
        for rule in found:
            pattern = getattr(getattr(rule.matcher, "regex", None), "pattern", "")
            if not pattern.startswith(self._base_url) or not isinstance(rule.target, type):
                continue
            below = pattern.removeprefix(self._base_url).removesuffix("$")
            if issubclass(rule.target, (module.ProxyHandler, module.AddSlashHandler)):
                methods = "GET HEAD POST PUT PATCH DELETE OPTIONS"
                yield row(methods, below, Scope.FULL, narrowed=False)


def _walk(found: Iterable[Rule]) -> Iterator[Rule]:
    for rule in found:
        below = getattr(rule.target, "rules", None)
        if below is None:
            yield rule
        else:
            yield from _walk(below)


def _configured(setting: ConfiguredRoute) -> Route:
    """Make a row of what a deployer wrote; no narrowed session, since nobody knows of its paths."""
    return row(
        " ".join(setting.methods),
        setting.path,
        Scope(setting.scope),
        rules.plain_url,
        narrowed=False,
    )
