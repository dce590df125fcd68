"""The Jupyter server extension: wires guests and REST into a server, or says why it cannot.

jupyter_server swallows what goes wrong while extensions are linked, and loads them nevertheless
(2.21). So `load` trusts nothing that `link` was to do: it looks at what the server really uses.
"""

from __future__ import annotations

import base64
import contextlib
import getpass
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.identity import PasswordIdentityProvider
from jupyter_server.auth.login import LoginHandler
from traitlets import TraitError

from nb_presign import bootstrap
from nb_presign.access import Access, authorizer, identity, pages, scrub
from nb_presign.access.book import SessionBook
from nb_presign.access.cookie import GuestCookie
from nb_presign.access.gate import Gate
from nb_presign.access.sockets import SocketRoom
from nb_presign.audit import event_emitter, nowhere
from nb_presign.config import NbPresign, Settings
from nb_presign.errors import KeyRingError
from nb_presign.local_server import JupyterServer
from nb_presign.model import Actor
from nb_presign.signing.keys import KeyRing

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

#: Where the web application keeps its `Runtime`.
RUNTIME_SETTING = "nb_presign"
#: Seconds after the start at which what minting needs is imported, in a thread.
WARM_UP_AFTER = 3.0
#: Environment variables that the Hub gives to the servers it starts (jupyterhub 5).
HUB_VARIABLES = ("JUPYTERHUB_SERVICE_PREFIX", "JUPYTERHUB_API_URL")


def link(app: ServerApp) -> None:
    """Put our identity provider and authorizer in front of the configured ones."""
    if not _settings(app).self_hosted or _has_legacy_login(app):
        return
    classes = {
        "identity_provider_class": identity.with_guests(app.identity_provider_class),
        "authorizer_class": authorizer.with_guests(app.authorizer_class),
    }
    for name, cls in classes.items():
        setattr(app, name, cls)
        # Also in the configuration: traitlets applies all of it again when an application such as
        # JupyterLab adds its own, and would put back what a deployer configured.
        app.config.ServerApp[name] = cls


def load(app: ServerApp) -> None:
    """Serve links if it can be done safely, and REST in any case.

    Where links are wanted and cannot be served, say so once; stop the server if that is what
    `required` asks for.
    """
    try:
        _load(app, _settings(app))
    except TraitError as error:
        _stop_or_go_on(app, f"its configuration is not valid: {error}")
        raise
    except Exception as error:
        # jupyter_server logs it and goes on without the extension.
        _stop_or_go_on(app, f"it could not be loaded ({type(error).__name__})")
        raise


def _load(app: ServerApp, settings: Settings) -> None:
    reason = _why_not(app) if settings.self_hosted else ""
    if reason:
        _stop_or_go_on(app, reason)
    local = JupyterServer(app, settings) if settings.self_hosted and not reason else None
    book = _LateBook()
    runtime = bootstrap.build(
        settings,
        actor=Actor(_user_name(), "local"),
        local=local,
        emit=nowhere if app.event_logger is None else event_emitter(app.event_logger),
        on_ended=book.forget_all,
    )
    _close_with(app, runtime, book)
    app.web_app.settings[RUNTIME_SETTING] = runtime
    scrub.install(app.log, lambda: filter(None, [app.identity_provider.token]))
    if local is not None:
        book.book = SessionBook(
            runtime.store, runtime.offload, runtime.clock, audience=runtime.info.id
        )
        _let_guests_in(app, settings, book.book, GuestCookie(runtime.info.id))
    from nb_presign.rest.routes import add_handlers  # noqa: PLC0415  # only a server needs it

    add_handlers(app.web_app, app.base_url)
    app.io_loop.call_later(WARM_UP_AFTER, _warm_up, runtime)


def _warm_up(runtime: bootstrap.Runtime) -> None:
    """Have the first mint wait for no import; a server that stops meanwhile needs none."""
    with contextlib.suppress(RuntimeError):
        runtime.offload.start(bootstrap.warm_up)


class _LateBook:
    """The book of sessions, which needs what is built around it; none where no links are served."""

    book: SessionBook | None = None

    def forget_all(self) -> None:
        if self.book is not None:
            self.book.forget_all()

    def close(self) -> None:
        if self.book is not None:
            self.book.close()


def _settings(app: ServerApp) -> Settings:
    under_hub = any(os.environ.get(name) for name in HUB_VARIABLES)
    return NbPresign(parent=app).settings(under_hub=under_hub)


def _why_not(app: ServerApp) -> str:
    """Say why guests cannot be told from owners on this server; empty if they can."""
    used = app.web_app.settings
    if _has_legacy_login(app):
        return "ServerApp.login_handler_class is a login handler from before jupyter_server 2"
    if not (
        isinstance(app.identity_provider, identity.GuestIdentity)
        and isinstance(app.authorizer, authorizer.GuestAuthorizer)
        and used.get("identity_provider") is app.identity_provider
        and used.get("authorizer") is app.authorizer
    ):
        return "its identity provider and authorizer are not in place"
    if not app.identity_provider.auth_enabled:
        return "authentication is off, so that everybody is the owner"
    return ""


def _stop_or_go_on(app: ServerApp, reason: str) -> None:
    # Read from the configuration itself: it must hold also where the rest of it is not valid.
    required = bool(app.config.NbPresign.get("required", False))
    app.log.critical("nb_presign serves no links: %s.", reason)
    if required:
        app.log.critical("NbPresign.required is set, so the server stops.")
        sys.exit(1)


def _let_guests_in(
    app: ServerApp, settings: Settings, book: SessionBook, cookie: GuestCookie
) -> None:
    base_url = app.base_url.rstrip("/") + "/"
    root = str(getattr(app.contents_manager, "root_dir", ""))
    app.web_app.settings[identity.SETTING] = Access(
        cookie=cookie,
        book=book,
        gate=Gate(base_url, lambda: root),
        sockets=SocketRoom(book),
        trusted_proxies=settings.trusted_proxies,
        secrets=_SecretsOf(app, KeyRing(settings.data_dir / "keys.json")),
    )
    pages.install_hook(app.web_app.settings)


class _SecretsOf:
    """Collect what no guest is ever sent; asked for each guest's request."""

    def __init__(self, app: ServerApp, keys: KeyRing) -> None:
        self._app = app
        self._keys = keys
        cookie_secret = app.web_app.settings.get("cookie_secret", b"")
        raw = cookie_secret.encode() if isinstance(cookie_secret, str) else cookie_secret
        self._fixed = (raw, base64.b64encode(raw), raw.hex().encode())

    def __call__(self) -> tuple[bytes, ...]:
        provider: Any = self._app.identity_provider
        found = (str(provider.token), str(getattr(provider, "hashed_password", "")))
        try:
            keys = tuple(key.reveal().encode() for key in self._keys.verifying_keys())
        except KeyRingError:
            keys = ()
        return (*self._fixed, *(text.encode() for text in found), *keys)


def _has_legacy_login(app: ServerApp) -> bool:
    """Tell whether jupyter_server would use its provider for old login handlers."""
    return app.login_handler_class is not LoginHandler and issubclass(
        app.identity_provider_class, PasswordIdentityProvider
    )


def _close_with(app: ServerApp, runtime: bootstrap.Runtime, book: _LateBook) -> None:
    """Close store and threads when the server stops: there is no hook for it."""
    cleanup: Callable[[], Any] = app.cleanup_extensions

    async def close() -> None:
        book.close()
        try:
            await cleanup()
        finally:
            await runtime.service.aclose()

    app.cleanup_extensions = close  # type: ignore[method-assign]  # this one server's only


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "owner"
