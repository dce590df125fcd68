"""A server with guests: made in its store, without the front doors."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import update

from nb_presign.access.entry.cookie import GuestCookie
from nb_presign.attempts import Attempts
from nb_presign.clock import SystemClock
from nb_presign.model import (
    Actor,
    Link,
    Narrowing,
    Permission,
    Scope,
    Session,
    Target,
    new_id,
)
from nb_presign.offload import Offload
from nb_presign.policy import Visit
from nb_presign.redemption import Redeemer, cookie_hash
from nb_presign.settings import default_server_name, server_identity
from nb_presign.signing.keys import KeyRing
from nb_presign.signing.token import TokenSigner
from nb_presign.store.base import Redemption
from nb_presign.store.schema import sessions
from nb_presign.store.sql import SqlStore
from nb_presign.store.statements import advance
from support.servers import RunningServer

OWNER = Actor("owner")
NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": "c1",
            "metadata": {},
            "outputs": [],
            "source": "1 + 1",
        }
    ],
    "metadata": {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
    },
    "nbformat": 4,
    "nbformat_minor": 5,
}


@dataclass
class Guest:
    """A session, and a browser of sorts that holds its cookie."""

    session: Session
    link: Link
    cookie: str
    cookie_name: str
    client: httpx.Client

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"{self.cookie_name}={self.cookie}"}

    def request(self, method: str, path: str, **kwargs) -> httpx.Response:
        """Send a request with XSRF token, as JupyterLab does."""
        xsrf = self.client.cookies.get("_xsrf", "")
        return self.client.request(method, path, headers={"X-XSRFToken": xsrf}, **kwargs)


@dataclass(frozen=True)
class Lent:
    """A session, and the token that stands for it in a program's header."""

    session: Session
    link: Link
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Host:
    """A server with guests, and the store behind it."""

    server: RunningServer
    store: SqlStore
    audience: str

    @classmethod
    def of(cls, server: RunningServer, home: Path) -> Host:
        """Open the store that a server in this home uses by default."""
        url = f"sqlite:///{home / 'data' / 'nb_presign' / 'store.sqlite'}"
        root = str(server.root)
        audience = server_identity(default_server_name(root), root, configured=False)
        return cls(server, SqlStore(url, SystemClock()), audience)

    def guest(
        self,
        scope: Scope = Scope.READ,
        *,
        narrowing: Narrowing | None = None,
        lasts: timedelta = timedelta(hours=1),
        began: timedelta = timedelta(0),
        allowed_ips: tuple[str, ...] = (),
        audience: str = "",
        permission: Permission | None = None,
    ) -> Guest:
        now = datetime.now(timezone.utc)
        link = self.link(
            session_seconds=int(lasts.total_seconds()),
            scope=scope,
            audience=audience or self.audience,
            narrowing=narrowing,
            allowed_ips=allowed_ips,
            permission=permission,
        )
        cookie = secrets.token_urlsafe(32)
        session = self.store.redeem(
            Redemption(
                link_id=link.id,
                audience=link.audience,
                now=now,
                session_id=new_id("ses"),
                cookie_hash=cookie_hash(cookie),
                nonce_hash=secrets.token_bytes(32),
                address="127.0.0.1",
            )
        )
        if began:
            session = self._begun_earlier(session, began)
        name = GuestCookie(self.audience).name
        # Jupyter sends files only to pages of its own.
        headers = {"Referer": f"{self.server.url}lab"}
        client = self.server.stranger(cookies={name: cookie}, headers=headers)
        client.get("login")  # for the XSRF cookie
        return Guest(session, link, cookie, name, client)

    def link(self, **facts: Any) -> Link:
        """Keep a link of this server, without the front doors."""
        now = datetime.now(timezone.utc)
        values: dict[str, Any] = {
            "id": new_id("lnk"),
            "target": Target("jupyter", "b", "lab"),
            "created_at": now,
            "expires_at": now + timedelta(minutes=5),
            "session_seconds": 3600,
            "scope": Scope.READ,
            "audience": self.audience,
        }
        return self.store.add_link(Link(**{**values, **facts}), OWNER)

    def lend(
        self, scope: Scope = Scope.READ, *, permission: Permission | None = None, **facts: Any
    ) -> Lent:
        """Have a token lent for a new link, as AWS's wire protocol does."""
        link = self.link(scope=scope, permission=permission, **facts)
        offload, clock = Offload(), SystemClock()
        redeemer = Redeemer(
            signer=TokenSigner(KeyRing(Path("none-is-read"))),
            store=self.store,
            offload=offload,
            clock=clock,
            audience=self.audience,
            attempts=Attempts(clock),
        )
        # Whoever minted may come from elsewhere than whoever uses it.
        minter = Visit("203.0.113.7", secure=True)
        try:
            token, session = asyncio.run(redeemer.lend(link, minter))
        finally:
            offload.close()
        return Lent(session, link, token.reveal())

    def _begun_earlier(self, session: Session, by: timedelta) -> Session:
        """Write what no clock can bring about: for the store time does not go back."""
        times = {
            "created_at": session.created_at - by,
            "expires_at": session.expires_at - by,
        }
        with self.store._database.writing() as tx:
            tx.execute(update(sessions).where(sessions.c.id == session.id).values(times))
        return replace(session, **times)

    def run_out(self, guest: Guest) -> None:
        """Have the time of a guest's session be over since a moment ago, as its server knows."""
        left = guest.session.expires_at - datetime.now(timezone.utc)
        guest.session = self._begun_earlier(guest.session, left + timedelta(milliseconds=1))
        with self.store._database.writing() as tx:
            # Servers keep what they know of sessions until they hear of an ending.
            advance(tx)
        deadline = time.monotonic() + 20
        with self.server.stranger(headers=guest.headers) as client:
            while client.get("api/me").is_success:
                assert time.monotonic() < deadline, "the server has not heard of it"
                time.sleep(0.02)

    def revoke(self, guest: Guest) -> None:
        """Revoke as another process would."""
        self.store.revoke(guest.link.id, now=datetime.now(timezone.utc), actor=OWNER)
