"""The owner's methods over HTTP: `PresignApi` against the REST of another server.

The owner's token goes into the Authorization header and nowhere else. Redirects are not followed,
cookies not kept. Whatever goes wrong is one of our errors, without an address's query or a token in
its words.
"""

from __future__ import annotations

import asyncio
import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from ipaddress import ip_address
from urllib.parse import quote, urlsplit
from weakref import WeakKeyDictionary

import httpx
import msgspec

from nb_presign import wire
from nb_presign.client.refusals import late, refused, shown, unreachable, unreadable
from nb_presign.model import (
    Finding,
    Folder,
    Link,
    MintRequest,
    ProviderInfo,
    ServerInfo,
    Session,
    Target,
    TargetInfo,
    TargetPage,
    TargetQuery,
)
from nb_presign.providers.base import ServerAddress
from nb_presign.providers.trust import trusted
from nb_presign.reference import format_reference
from nb_presign.wire import (
    FindingOut,
    FolderOut,
    LinkOut,
    MintBody,
    ProviderOut,
    ServerOut,
    SessionOut,
    T,
    TargetBody,
    TargetOut,
    TargetPageOut,
)

#: A server that is there answers at once; minting may ask an upstream first.
TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_ROOT = "nb-presign/api/"


def connect_to(address: ServerAddress) -> PresignClient:
    """Open the API of a server; nothing is sent before the first call."""
    return PresignClient(address)


class PresignClient:
    """Implements `PresignApi` for the server at an address.

    Usable from several event loops: each has its own connections, made with its first call.
    """

    def __init__(
        self, address: ServerAddress, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.address = address
        #: In place of sockets; for tests.
        self.transport = transport
        self._pool: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient]
        self._pool = WeakKeyDictionary()

    async def server(self) -> ServerInfo:
        return (await self._call("GET", "server", ServerOut)).info()

    async def providers(self) -> tuple[ProviderInfo, ...]:
        return tuple(
            item.info() for item in await self._call("GET", "providers", list[ProviderOut])
        )

    async def targets(self, query: TargetQuery) -> TargetPage:
        asked = {
            "provider": query.provider,
            "region": query.region,
            "profile": query.profile,
            "cursor": query.cursor,
        }
        given = {name: value for name, value in asked.items() if value}
        return (await self._call("GET", "targets", TargetPageOut, params=given)).page()

    async def target(self, target: Target) -> TargetInfo:
        asked = {"target": format_reference(target)}
        return (await self._call("GET", "target", TargetOut, params=asked)).info()

    async def notebooks(self, target: Target, folder: str = "") -> Folder:
        asked = {"target": format_reference(target), "folder": folder}
        given = {name: value for name, value in asked.items() if value}
        return (await self._call("GET", "notebooks", FolderOut, params=given)).listing()

    async def start(self, target: Target) -> TargetInfo:
        body = wire.encode(TargetBody(format_reference(target)))
        return (await self._call("POST", "target/start", TargetOut, body=body)).info()

    async def examine(
        self, query: TargetQuery, target: Target | None = None
    ) -> tuple[Finding, ...]:
        asked = {
            "region": query.region,
            "profile": query.profile,
            "target": format_reference(target) if target else "",
        }
        given = {name: value for name, value in asked.items() if value}
        path = f"providers/{_segment(query.provider)}/findings"
        answer = await self._call("GET", path, list[FindingOut], params=given)
        return tuple(item.finding() for item in answer)

    async def report(self, link: Link) -> Link:
        body = wire.encode(LinkOut.of(link, link.created_at))
        return (await self._call("PUT", f"links/{_segment(link.id)}", LinkOut, body=body)).link()

    async def mint(self, request: MintRequest) -> Link:
        body = wire.encode(MintBody.of(request))
        return (await self._call("POST", "links", LinkOut, body=body)).link()

    async def link(self, link_id: str) -> Link:
        return (await self._call("GET", f"links/{_segment(link_id)}", LinkOut)).link()

    async def links(self) -> tuple[Link, ...]:
        return tuple(item.link() for item in await self._call("GET", "links", list[LinkOut]))

    async def refresh(self, link_id: str) -> Link:
        return (await self._call("POST", f"links/{_segment(link_id)}/refresh", LinkOut)).link()

    async def revoke(self, link_id: str) -> Link:
        return (await self._call("DELETE", f"links/{_segment(link_id)}", LinkOut)).link()

    async def sessions(self) -> tuple[Session, ...]:
        return tuple(
            item.session() for item in await self._call("GET", "sessions", list[SessionOut])
        )

    async def end_session(self, session_id: str) -> Session:
        answer = await self._call("DELETE", f"sessions/{_segment(session_id)}", SessionOut)
        return answer.session()

    async def end_sessions(self) -> tuple[Session, ...]:
        answer = await self._call("DELETE", "sessions", list[SessionOut])
        return tuple(item.session() for item in answer)

    async def aclose(self) -> None:
        """Let go of this loop's connections; those of other loops go with them."""
        client = self._pool.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    async def _call(
        self,
        method: str,
        path: str,
        kind: type[T],
        *,
        params: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> T:
        where = shown(self.address)
        response = await self._send(method, path, params, body)
        if response.status_code >= httpx.codes.MULTIPLE_CHOICES:
            raise refused(response, where)
        try:
            return msgspec.json.decode(response.content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise unreadable(where) from None

    async def _send(
        self, method: str, path: str, params: dict[str, str] | None, body: bytes | None
    ) -> httpx.Response:
        headers = {"Content-Type": "application/json"} if body is not None else None
        where = shown(self.address)
        try:
            return await self._client().request(
                method, _ROOT + path, params=params, content=body, headers=headers
            )
        except httpx.TimeoutException as error:
            raise late(error, where, TIMEOUT) from None
        except (httpx.TransportError, ssl.SSLError, OSError) as error:
            raise unreachable(error, where) from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise unreadable(where) from None

    def _client(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        client = self._pool.get(loop)
        if client is None or client.is_closed:
            client = self._pool[loop] = self._open()
        return client

    def _open(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.address.url,
            headers={
                "Authorization": f"token {self.address.token.reveal()}",
                "Accept": "application/json",
                "User-Agent": f"nb_presign/{version('nb_presign')}",
            },
            # Jupyter answers a token with a login cookie; we are no browser and keep none.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=TIMEOUT,
            follow_redirects=False,
            trust_env=not _is_loopback(self.address.url),
            verify=trusted(self.address.url),
            transport=self.transport,
        )


def _segment(text: str) -> str:
    return quote(text, safe="")


def _is_loopback(url: str) -> bool:
    # A proxy of the environment is for the world outside, not for this machine's own traffic.
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
