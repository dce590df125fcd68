"""What pages tell a guest's browser: who they are, and never the owner's token.

JupyterLab writes the owner's token into its page for whoever is signed in, and every template of
jupyter_server is given it (`page_config["token"]` in JupyterLab 4.6,
`JupyterHandler.template_namespace` in jupyter_server 2.21).
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from datetime import datetime
from typing import Any, TypeAlias

from tornado.web import RequestHandler

from nb_presign.access.marks import session_of
from nb_presign.model import Scope, Session

PageConfig: TypeAlias = dict[str, Any]
PageConfigHook: TypeAlias = Callable[[RequestHandler, PageConfig], PageConfig]

SETTING = "page_config_hook"
#: Key under which a page finds plugins, and packages of plugins, that it is not to begin.
DISABLED = "disabledExtensions"
#: Key under which a guest's page finds scope and expiry; owners' pages do not have it.
GUEST = "nbPresignGuest"
#: Plugins of the front ends, or packages of such, that ask a guest something or offer what the gate
#: refuses: to every guest, to all but those of the whole server with scope full, to reading ones.
#: The names are those of JupyterLab 4.6, jupyter-server-proxy 4.6 and jupyter-collaboration 5;
#: whoever does not have them passes them over.
_NO_GUEST = ("@jupyterlab/apputils-extension:announcements",)
_BELOW_FULL = (
    "@jupyterlab/extensionmanager-extension",
    "@jupyterlab/pluginmanager-extension",
    "@jupyterhub/jupyter-server-proxy",
    "@jupyter-lsp/jupyterlab-lsp",
    "@jupyter-lsp/notebook-adapter",
    "@jupyter-lsp/fileeditor-adapter",
    "@jupyter/docprovider-extension:statusBarTimeline",
)
_READING = ("@jupyter/collaboration-extension",)
#: What a package switches off to take its place (jupyterlab-lsp 5.3): it is back where that is not.
_REPLACED = {
    "@jupyter-lsp/jupyterlab-lsp": frozenset(
        {
            "@jupyterlab/completer-extension:base-service",
            "@jupyterlab/fileeditor-extension:language-server",
            "@jupyterlab/lsp-extension:settings",
            "@jupyterlab/notebook-extension:language-server",
        }
    )
}


def install_hook(settings: MutableMapping[str, Any], now: Callable[[], datetime]) -> None:
    """Chain our page configuration hook behind the one that is there.

    `now` is the time that sessions end by, which a guest's own clock may not agree with.
    """
    settings[SETTING] = chained(settings.get(SETTING), now)


def chained(inner: PageConfigHook | None, now: Callable[[], datetime]) -> PageConfigHook:
    """Make a hook that calls `inner` and then takes from a guest's page what is not theirs."""

    def hook(handler: RequestHandler, config: PageConfig) -> PageConfig:
        session = session_of(handler)
        if session is not None:
            # A copy: JupyterLab keeps one configuration for all pages and hands that very one to
            # hooks.
            config = dict(config)
        found = inner(handler, config) if inner else config
        return found if session is None else {**found, **_for_guest(session, found, now())}

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


def _for_guest(session: Session, found: PageConfig, now: datetime) -> PageConfig:
    scope = session.scope
    whole_server = scope is Scope.FULL and session.narrowing is None
    unwanted = [
        *_NO_GUEST,
        *(() if whole_server else _BELOW_FULL),
        *(_READING if scope is Scope.READ else ()),
    ]
    back = {name for package in unwanted for name in _REPLACED.get(package, ())}
    disabled = [name for name in disabled_in(found) if name not in back]
    config: PageConfig = {
        "token": "",
        GUEST: {
            "scope": str(scope),
            "expiresAt": session.expires_at.isoformat(),
            "now": now.isoformat(),
        },
        # JupyterLab asks neither for builds nor for news without these.
        "buildAvailable": False,
        "buildCheck": False,
        "news": {"disabled": True},
        DISABLED: [*disabled, *unwanted],
    }
    if not whole_server:
        config["terminalsAvailable"] = False
    if scope is Scope.READ:
        # Documents are read by the contents API, and not from rooms that are written to as well.
        config["disableRTC"] = "true"
    return config


def disabled_in(config: PageConfig) -> list[str]:
    """Read what is disabled for everybody: a list, or names with whether they are."""
    disabled = config.get(DISABLED)
    if isinstance(disabled, dict):
        return [name for name, is_disabled in disabled.items() if is_disabled]
    return list(disabled) if isinstance(disabled, (list, tuple)) else []
