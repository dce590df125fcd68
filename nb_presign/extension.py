"""The Jupyter server extension: wires guests and REST into a server, or says why it cannot.

jupyter_server swallows what goes wrong while extensions are linked, and loads them nevertheless
(2.21). So `load` trusts nothing that `link` was to do: it looks at what the server really uses.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.identity import PasswordIdentityProvider
from jupyter_server.auth.login import LoginHandler
from traitlets import TraitError

from nb_presign import bootstrap, hub_server
from nb_presign.access import Access, authorizer, identity
from nb_presign.access.answers import pages, scrub
from nb_presign.access.answers.known_secrets import KnownSecrets
from nb_presign.access.connections.room import Room
from nb_presign.access.entry.book import SessionBook
from nb_presign.access.entry.cookie import GuestCookie
from nb_presign.access.gate.added import AddedRoutes
from nb_presign.access.gate.gate import Gate
from nb_presign.access.gate.own_files import own_files
from nb_presign.access.gate.places import Places
from nb_presign.audit import event_emitter, nowhere
from nb_presign.config import NbPresign
from nb_presign.errors import BadPolicyError, KeyRingError
from nb_presign.local_server import JupyterServer
from nb_presign.model import Actor, Session
from nb_presign.offload import Offload
from nb_presign.settings import Settings
from nb_presign.signing.keys import KeyRing
from nb_presign.signing.rotation import keys_of
from nb_presign.store.password import take_password
from nb_presign.upkeep import TURN_SECONDS

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from nb_presign.hub_guests import HubGuests

#: Where the web application keeps its `Runtime`.
RUNTIME_SETTING = "nb_presign"
#: Seconds after the start at which what minting needs is imported, in a thread.
WARM_UP_AFTER = 3.0
#: Seconds between two looks for guests of a Hub whose session is over.
HUB_SECONDS = 20.0
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
    except (TraitError, BadPolicyError) as error:
        _stop_or_go_on(app, f"its configuration is not valid: {error}")
        raise
    except Exception as error:
        # jupyter_server logs it and goes on without the extension.
        _stop_or_go_on(app, f"it could not be loaded ({type(error).__name__})")
        raise


def _load(app: ServerApp, settings: Settings) -> None:
    settings = replace(settings, store_url=take_password(settings.store_url, os.environ))
    reason = settings.why_off or _why_not(app) or _why_no_keys(app, settings)
    if settings.why_off:
        app.log.info("nb_presign serves no links of its own: %s.", reason)
    elif reason:
        _stop_or_go_on(app, reason)
    local = None if reason else JupyterServer(app, settings)
    book = _LateBook()
    runtime = bootstrap.build(
        settings,
        actor=Actor(_user_name(), "local"),
        local=local,
        why_off=reason,
        emit=nowhere if app.event_logger is None else event_emitter(app.event_logger),
        on_ended=partial(_forget_all, app, book),
        mint_rules=settings.mint_targets,
    )
    _close_with(app, runtime, book)
    app.web_app.settings[RUNTIME_SETTING] = runtime
    secrets = KnownSecrets(app, KeyRing(settings.data_dir / "keys.json"))
    scrub.install(app.log, secrets.texts)
    if local is not None:
        book.book = SessionBook(
            runtime.store,
            book.offload,
            runtime.clock,
            audience=runtime.info.id,
            policy=runtime.policy,
        )
        _let_guests_in(app, runtime, book.book, secrets)
        if settings.aws_api:
            from nb_presign.aws_api import handler  # noqa: PLC0415  # few servers speak it

            handler.add_handlers(app.web_app, app.base_url, runtime, local)
    from nb_presign.rest.routes import add_handlers  # noqa: PLC0415  # only a server needs it

    add_handlers(app.web_app, app.base_url)
    hub_server.hide_from_visitors(app.web_app.settings, hub_server.hub_owner())
    app.io_loop.call_later(WARM_UP_AFTER, _warm_up, runtime)
    app.io_loop.call_later(TURN_SECONDS, _keep_up, app, runtime)
    app.io_loop.call_later(WARM_UP_AFTER, _see_to_hub, app, bootstrap.hub_guests(runtime))


def _warm_up(runtime: bootstrap.Runtime) -> None:
    """Have the first mint wait for no import; a server that stops meanwhile needs none."""
    with contextlib.suppress(RuntimeError):
        runtime.offload.start(bootstrap.warm_up)


def _keep_up(app: ServerApp, runtime: bootstrap.Runtime) -> None:
    """Look after the store again and again, until the server stops."""
    with contextlib.suppress(RuntimeError):
        bootstrap.keep_up(runtime)
        app.io_loop.call_later(TURN_SECONDS, _keep_up, app, runtime)


async def _see_to_hub(app: ServerApp, guests: HubGuests | None) -> None:
    """End the sessions of a Hub's guests again and again, until the server stops."""
    if guests is None:
        return
    # Raised once the service is closed.
    with contextlib.suppress(RuntimeError):
        try:
            await guests.turn()
        finally:
            # Whatever goes wrong: nobody else lets them go.
            app.io_loop.call_later(HUB_SECONDS, _see_to_hub, app, guests)


class _LateBook:
    """The book of sessions, which needs what is built around it; none where no links are served."""

    book: SessionBook | None = None

    def __init__(self) -> None:
        # Of its own: redemptions wait for whoever writes to the store, guests' requests only read.
        self.offload = Offload()

    def forget_all(self) -> None:
        if self.book is not None:
            self.book.forget_all()

    def close(self) -> None:
        if self.book is not None:
            self.book.close()
        self.offload.close()


def _forget_all(app: ServerApp, book: _LateBook) -> None:
    book.forget_all()
    hub_server.forget_users(app, hub_server.hub_owner())


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


def _why_no_keys(app: ServerApp, settings: Settings) -> str:
    """Say what is wrong with the signing keys; empty also where there are none yet."""
    try:
        keys_of(settings.data_dir / "keys.json")
    except KeyRingError as error:
        # For the log only: the reason is told to strangers, too, and this names files.
        app.log.critical("%s", error.hint)
        return f"its signing keys cannot be used ({error.message.rstrip('.')})"
    return ""


def _stop_or_go_on(app: ServerApp, reason: str) -> None:
    # Read from the configuration itself: it must hold also where the rest of it is not valid.
    required = bool(app.config.NbPresign.get("required", False))
    app.log.critical("nb_presign serves no links: %s.", reason)
    if required:
        app.log.critical("NbPresign.required is set, so the server stops.")
        sys.exit(1)


def _let_guests_in(
    app: ServerApp, runtime: bootstrap.Runtime, book: SessionBook, secrets: KnownSecrets
) -> None:
    settings, base_url = runtime.settings, app.base_url.rstrip("/") + "/"
    root = str(getattr(app.contents_manager, "root_dir", ""))
    app.web_app.settings[identity.SETTING] = Access(
        cookie=GuestCookie(runtime.info.id, base_url),
        book=book,
        gate=Gate(
            base_url,
            lambda: root,
            added=AddedRoutes(app.web_app, base_url, settings.routes),
            hidden=lambda: bool(getattr(app.contents_manager, "allow_hidden", False)),
            closed=own_files(app, settings),
        ),
        places=Places(app.web_app.settings),
        room=Room(book),
        trusted_proxies=settings.trusted_proxies,
        secrets=secrets,
        end=partial(_leave, runtime),
    )
    pages.install_hook(app.web_app.settings, book.now)


def _leave(runtime: bootstrap.Runtime, session: Session) -> Awaitable[Session]:
    """End a session on behalf of its guest."""
    guest = Actor(session.id, "guest")
    return runtime.service.acting_as(guest).end_session(session.id)


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
