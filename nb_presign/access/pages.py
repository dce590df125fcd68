"""What pages tell a guest's browser: who they are, and never the owner's token.

JupyterLab writes the owner's token into its page for whoever is signed in, and every template of
jupyter_server is given it (`page_config["token"]` in JupyterLab 4.6,
`JupyterHandler.template_namespace` in jupyter_server 2.21).
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any, TypeAlias

from tornado.web import RequestHandler

from nb_presign.access.marks import session_of
from nb_presign.model import Scope, Session

PageConfig: TypeAlias = dict[str, Any]
PageConfigHook: TypeAlias = Callable[[RequestHandler, PageConfig], PageConfig]

SETTING = "page_config_hook"
#: Key under which a guest's page finds scope and expiry; owners' pages do not have it.
GUEST = "nbPresignGuest"


def install_hook(settings: MutableMapping[str, Any]) -> None:
    """Chain our page configuration hook behind the one that is there."""
    settings[SETTING] = chained(settings.get(SETTING))


def chained(inner: PageConfigHook | None) -> PageConfigHook:
    """Make a hook that calls `inner` and then takes from a guest's page what is not theirs."""

    def hook(handler: RequestHandler, config: PageConfig) -> PageConfig:
        session = session_of(handler)
        if session is not None:
            # A copy: JupyterLab keeps one configuration for all pages and hands that very one to
            # hooks.
            config = dict(config)
        found = inner(handler, config) if inner else config
        return found if session is None else {**found, **_for_guest(session)}

    return hook


def blank_token(handler: RequestHandler) -> None:
    """Make every template that this one handler renders see an empty token."""
    mine: Any = handler
    get_template = getattr(mine, "get_template", None)
    if get_template is not None:
        mine.get_template = lambda name: _WithoutToken(get_template(name))


class _WithoutToken:
    """A jinja template whose namespace has no token."""

    def __init__(self, template: Any) -> None:  # noqa: ANN401  # jinja's, or what an extension has instead
        self._template = template

    def render(self, *args: Any, **names: Any) -> str:  # noqa: ANN401
        return str(self._template.render(*args, **{**names, "token": "", "token_available": False}))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._template, name)


def _for_guest(session: Session) -> PageConfig:
    scope = session.scope
    config: PageConfig = {
        "token": "",
        GUEST: {"scope": str(scope), "expiresAt": session.expires_at.isoformat()},
        # What the gate refuses to everybody but the owner is not offered or asked for.
        "buildAvailable": False,
        "buildCheck": False,
        "extensionManager": "readonly",
        "news": {"disabled": True},
    }
    if scope is not Scope.FULL or session.narrowing is not None:
        config["terminalsAvailable"] = False
    return config
