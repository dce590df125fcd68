"""The Hub's REST API, as far as links need it.

The token goes into the Authorization header and nowhere else; redirects are not followed. Whatever
goes wrong is one of our errors, without a token or a code in its words.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from nb_presign.errors import (
    AccessDeniedError,
    BadAnswerError,
    ConflictError,
    CredentialsRefusedError,
    NotFoundError,
    PresignError,
    TargetNotFoundError,
    UnreachableError,
    UpstreamError,
    UpstreamThrottledError,
    UpstreamTimeoutError,
)
from nb_presign.providers.hub.answers import (
    CodeModel,
    CodePage,
    ServerModel,
    ShareModel,
    SharePage,
    UserModel,
    UserPage,
)
from nb_presign.providers.hub.place import HubPlace
from nb_presign.providers.hub.scopes import ACCESS, denied, not_shared
from nb_presign.providers.trust import trusted

T = TypeVar("T")

TIMEOUT = httpx.Timeout(20.0, connect=5.0)
#: Where lists are asked for in pages (jupyterhub 6, `apihandlers/base.py`).
PAGED = "application/jupyterhub-pagination+json"
#: Entries of a page; more is the Hub's to refuse.
PAGE = 200
#: Pages of a list; a Hub that has more of one server's shares than that is not one.
MOST_PAGES = 50


class HubClient:
    """Asks one Hub; made by `asking`."""

    def __init__(self, http: httpx.AsyncClient, place: HubPlace) -> None:
        self._http = http
        self._where = _shown(place)
        #: Who was refused something: asked then, to tell what lacks a scope from what is unknown.
        self._refused: UserModel | None = None

    async def whoami(self) -> UserModel:
        """Tell whose token it is, and its scopes."""
        return await self._call("GET", "user", UserModel, what="say who it is")

    async def user(self, name: str) -> UserModel | None:
        """Look at a user with all servers; None for one that there is not, or not for us."""
        path = f"users/{_segment(name)}?include_stopped_servers=1"
        try:
            return await self._call("GET", path, UserModel, what=f"read the servers of {name!r}")
        except NotFoundError:
            return None

    async def users(self, offset: int) -> UserPage:
        """List users with all servers, a page at a time."""
        path = f"users?include_stopped_servers=1&offset={offset}&limit={PAGE}"
        return await self._call("GET", path, UserPage, what="list users")

    async def start(self, user: str, server: str) -> None:
        """Begin to start a server; one that runs or starts stays so.

        The Hub answers when it is ready, or after ten seconds (`slow_spawn_timeout`).
        """
        # Who configured it to wait for longer has begun it all the same.
        with suppress(ConflictError, UpstreamTimeoutError):
            await self._send("POST", f"users/{_server(user, server)}", what="start servers")

    async def add_code(
        self, user: str, server: str, *, scopes: tuple[str, ...], expires_in: int
    ) -> CodeModel:
        """Make a share code."""
        body = {"scopes": scopes, "expires_in": expires_in}
        path = f"share-codes/{_segment(user)}/{_segment(server)}"
        try:
            return await self._call("POST", path, CodeModel, body=body, what="share that server")
        except (CredentialsRefusedError, UnreachableError, UpstreamTimeoutError):
            raise
        except PresignError as error:
            # 403 for a scope that the token lacks, 404 for a server that it has none for, and 500
            # for one that no configuration defines (jupyterhub 6.1, `_check_scopes_exist`).
            me = self._refused if isinstance(error, AccessDeniedError) else await self._me()
            refusal = not_shared(me, user, server)
            if refusal is not None:
                raise refusal from None
            if isinstance(error, NotFoundError):
                raise TargetNotFoundError(
                    f"{self._where} has no such server to share.", hint="Start it, and try again."
                ) from None
            raise

    async def codes(self, user: str, server: str) -> tuple[CodeModel, ...]:
        """List the codes of a server that have not expired; none where there is no such server."""
        found: list[CodeModel] = []
        async for page in self._pages(_below("share-codes", user, server), CodePage):
            found += page.items
        return tuple(found)

    async def shares(self, user: str, server: str) -> tuple[ShareModel, ...]:
        """List who was let in to a server; none where there is no such server."""
        found: list[ShareModel] = []
        async for page in self._pages(_below("shares", user, server), SharePage):
            found += page.items
        return tuple(found)

    async def shared_with(self, user: str) -> tuple[ServerModel, ...]:
        """List others' servers that a user is let in to; none where the token may not read it.

        Of servers that are not ready it cannot be told whether they are about to be.
        """
        found: list[ServerModel] = []
        try:
            async for page in self._pages(f"users/{_segment(user)}/shared", SharePage):
                found += [each.server for each in page.items if ACCESS in _bare(each.scopes)]
        except AccessDeniedError:
            return ()
        return tuple(found)

    async def drop_code(self, user: str, server: str, code_id: str) -> None:
        """Take a code back; one that is gone is gone."""
        path = f"share-codes/{_segment(user)}/{_segment(server)}?id={_segment(code_id)}"
        try:
            await self._send("DELETE", path, what="revoke that share code")
        except NotFoundError:
            return

    async def drop_share(self, user: str, server: str, guest: str, scopes: tuple[str, ...]) -> None:
        """Take scopes of a server from somebody; others of theirs stay."""
        path = f"shares/{_segment(user)}/{_segment(server)}"
        body = {"user": guest, "scopes": scopes}
        try:
            await self._send("PATCH", path, body=body, what="revoke that share")
        except NotFoundError:
            return

    async def _me(self) -> UserModel | None:
        try:
            return await self.whoami()
        except PresignError:
            return None

    async def _pages(self, where: str, page: type[T]) -> AsyncIterator[T]:
        offset = 0
        for _ in range(MOST_PAGES):
            path = f"{where}?offset={offset}&limit={PAGE}"
            try:
                found: Any = await self._call("GET", path, page, what="read who it is shared with")
            except NotFoundError:
                return
            yield found
            if found.pagination.next is None or found.pagination.next.offset <= offset:
                return
            offset = found.pagination.next.offset

    async def _call(
        self, method: str, path: str, kind: type[T], *, what: str, body: object = None
    ) -> T:
        response = await self._send(method, path, what=what, body=body)
        try:
            return msgspec.json.decode(response.content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise BadAnswerError(
                f"The answer of {self._where} is not a Hub's.",
                hint="Check its address, and what stands between.",
            ) from None

    async def _send(
        self, method: str, path: str, *, what: str, body: object = None
    ) -> httpx.Response:
        content = None if body is None else msgspec.json.encode(body)
        try:
            response = await self._http.request(method, path, content=content)
        except httpx.TimeoutException:
            raise UpstreamTimeoutError(
                f"No answer from {self._where} in time.", hint="Try again."
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError):
            raise UnreachableError(
                f"No connection to {self._where}.",
                hint="Is it running? Its address is in JUPYTERHUB_API_URL, or c.NbPresign.hub.",
            ) from None
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            if response.status_code == HTTPStatus.FORBIDDEN:
                # Said of a token that lacks a scope, and of one that the Hub does not know; but to
                # know who it is needs no scope.
                if path == "user":
                    raise self._unknown_token()
                self._refused = await self.whoami()
            raise self._refusal(response, what)
        return response

    def _unknown_token(self) -> PresignError:
        return CredentialsRefusedError(
            f"{self._where} does not know the token.",
            hint="Restart this server from the Hub's page, or check c.NbPresign.hub.",
        )

    def _refusal(self, response: httpx.Response, what: str) -> PresignError:
        status = response.status_code
        if status == HTTPStatus.NOT_FOUND:
            return NotFoundError(f"{self._where} knows no such thing.")
        if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT}:
            # It is so already, or cannot be as things are.
            return ConflictError(f"{self._where} does not do that now.", hint="Try again.")
        if status == HTTPStatus.UNAUTHORIZED:
            return self._unknown_token()
        if status == HTTPStatus.FORBIDDEN:
            return denied(what)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return UpstreamThrottledError(f"{self._where} is busy.", hint="Try again in a minute.")
        return UpstreamError(
            f"{self._where} failed (status {status}).", hint="Try again; its log says more."
        )


@asynccontextmanager
async def asking(place: HubPlace) -> AsyncIterator[HubClient]:
    """Open the API of a Hub for a few calls."""
    async with httpx.AsyncClient(
        base_url=place.api_url,
        headers={
            "Authorization": f"token {place.token.reveal()}",
            "Accept": PAGED,
            "Content-Type": "application/json",
        },
        timeout=TIMEOUT,
        follow_redirects=False,
        # A proxy of the environment is for the world outside; the Hub is inside, or configured.
        trust_env=False,
        verify=trusted(place.api_url),
    ) as http:
        yield HubClient(http, place)


def _segment(text: str) -> str:
    return quote(text, safe="")


def _below(kind: str, user: str, server: str) -> str:
    return f"{kind}/{_segment(user)}/{_segment(server)}"


def _bare(scopes: tuple[str, ...]) -> set[str]:
    """Take the filters off."""
    return {scope.partition("!")[0] for scope in scopes}


def _server(user: str, server: str) -> str:
    return f"{_segment(user)}/" + (f"servers/{_segment(server)}" if server else "server")


def _shown(place: HubPlace) -> str:
    parts = urlsplit(place.api_url)
    return f"the Hub at {parts.scheme}://{parts.netloc.rpartition('@')[2]}"
