"""What the providers `jupyter` and `session` share: mint here, or ask the server that redeems.

A target of this server is minted in this process. One of another server is passed on to it as a
target of its own (`.`), so that the rules for its paths, names and sessions live in one place,
there. A connection is made for each call and closed after it: calls come from several event loops
and minutes apart.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from nb_presign.api import PresignApi
from nb_presign.errors import (
    BadReferenceError,
    LinkNotFoundError,
    NotAuthorizedError,
    NotFoundError,
    SelfHostingOffError,
    TargetNotFoundError,
    UnauthenticatedError,
    UpstreamError,
)
from nb_presign.model import Link, MintRequest, Narrowing, ProviderInfo, Target
from nb_presign.policy import SELF_HOSTED, Bounds, ConnectPolicy
from nb_presign.policy.connecting import held_actions, resources
from nb_presign.providers.base import LocalServer, Provider, ServerAddress
from nb_presign.providers.context import ProviderContext
from nb_presign.providers.minted import LANDING, check_url
from nb_presign.providers.servers import ServerDirectory
from nb_presign.secret import Secret

#: This server, in a reference.
HERE = "."


class SelfHostedProvider(Provider):
    """Mints links that a Jupyter server with nb_presign serves itself."""

    def __init__(self, context: ProviderContext) -> None:
        self.context = context
        self.directory = context.directory or directory_of(context)

    @property
    def bounds(self) -> Bounds:
        return SELF_HOSTED

    @abstractmethod
    def server_of(self, target: Target) -> str:
        """Tell the server's name in a target; empty where it does not say."""

    @abstractmethod
    def at(self, target: Target, server: str) -> Target:
        """Write a target with another name for its server."""

    @abstractmethod
    async def narrowing_of(self, draft: Link) -> Narrowing | None:
        """Tell to what a link for a target of this server is limited.

        The draft has what was asked for. Raises `OutOfRangeError` where that cannot be.
        """

    async def status(self) -> ProviderInfo:
        if self.context.local or await self.directory.all():
            return ProviderInfo(name=self.name, title=self.title, usable=True)
        return ProviderInfo(
            name=self.name,
            title=self.title,
            usable=False,
            reason="No Jupyter server is running, and none is configured.",
            mend="Start a Jupyter server, or name one in c.NbPresign.servers.",
            configured=False,
        )

    async def resolve_again(self, link: Link) -> Target:
        if self._is_ours(link):
            return await self.resolve(self.at(link.target, HERE))
        address = await self.directory.by_id(link.audience)
        return await self.resolve(self.at(link.target, address.name) if address else link.target)

    async def mint(self, draft: Link) -> Link:
        if self.is_here(self.server_of(draft.target)):
            return await self._mint_here(draft)
        address = await self.directory.find(self.server_of(draft.target))
        async with self.asking(address) as api:
            link = await api.mint(_request(draft, self.at(draft.target, HERE)))
            await _check_held(link, draft, api, address)
        return self._as_known_here(link, draft, address)

    async def refresh(self, link: Link, draft: Link) -> Link:
        if self.is_here(self.server_of(draft.target)):
            return await self._mint_here(draft)
        address = await self._server_that_redeems(link)
        async with self.asking(address) as api:
            successor = await api.refresh(link.id)
            await _check_held(successor, draft, api, address)
        return self._as_known_here(successor, draft, address)

    async def revoke(self, link: Link) -> None:
        """End a link where it is redeemed, too.

        A server that is neither configured nor answering belonged to this user on this machine, and
        reads its revocations from the store that we share; for it the store's own record is enough.
        """
        if self._is_ours(link):
            return
        try:
            address = await self._server_that_redeems(link)
            async with self.asking(address) as api:
                await api.revoke(link.id)
        except LinkNotFoundError:
            return
        except (UpstreamError, NotFoundError):
            if self._is_configured(self.server_of(link.target)):
                raise

    def is_here(self, server: str) -> bool:
        """Say whether a name is this server's.

        Raises `TargetNotFoundError` for `.` where this process is no server.
        """
        local = self.context.local
        if server == HERE:
            self.here()
        return server == HERE or (local is not None and server in {local.name, local.id})

    def here(self) -> LocalServer:
        """Return the server that this process is; raises `TargetNotFoundError`."""
        if self.context.why_off:
            raise SelfHostingOffError(
                f"This server serves no links of its own: {self.context.why_off}.",
                hint="'presign doctor' says what else there is.",
            )
        if self.context.local is None:
            raise TargetNotFoundError(
                "This process is no Jupyter server that serves links, so '.' means nothing here.",
                hint="Name a server, as in jupyter:my-server; 'presign targets' lists them.",
            )
        return self.context.local

    @asynccontextmanager
    async def asking(self, address: ServerAddress) -> AsyncIterator[PresignApi]:
        """Open the API of another server for one call."""
        api = self.context.connect(address)
        try:
            yield api
        except UnauthenticatedError as error:
            # As it is, it would say that the asking person is not signed in here.
            raise UpstreamError(
                f"The server {address.name!r} refuses our token.",
                hint="Check token_env or token_file in c.NbPresign.servers, then try again.",
            ) from error
        finally:
            await api.aclose()

    async def _mint_here(self, draft: Link) -> Link:
        local, signer = self.here(), self.context.signer
        if signer is None:
            raise SelfHostingOffError(
                "This server serves no links of its own.", hint="See c.NbPresign.self_hosted."
            )
        narrowing = await self.narrowing_of(draft)
        target = draft.target
        if narrowing is not None and not target.path:
            # The start page would show a folder that holds next to nothing of the guest's.
            target = replace(target, path=local.page_of(narrowing.path))
        link = replace(draft, target=target, audience=local.id, narrowing=narrowing)
        self._check_opens(link, local)
        if signer.ready:
            token = signer.sign(link)
        else:
            token = await self.context.offload(signer.sign, link)
        mark = "?authToken=" if self.context.settings.link_style == "query" else "#"
        return replace(link, url=Secret(f"{local.url}{LANDING}{mark}{token.reveal()}"))

    def _check_opens(self, link: Link, local: LocalServer) -> None:
        """Refuse what nobody could open, as by the names of this server its policy never lets them.

        Whoever asks may know the server by another name, or for one in another region, and has
        asked the policy by that. Raises `NotAuthorizedError`.
        """
        if link.permission is None:
            return
        region = self.context.settings.aws_api_region
        decision = ConnectPolicy(None, local.name, region).could_open(link)
        if not decision.allowed:
            actions = held_actions(link, link.permission)
            names = resources(local.name, link, region=region)
            raise NotAuthorizedError(
                f"The policy lets nobody open this link: {decision.why}. The server that opens it "
                f"asks for {' or '.join(actions)} on {' or '.join(names)}.",
                hint="Allow one of these; the region is that server's c.NbPresign.aws_api_region.",
                action=actions[0],
                resource=names[0],
            )

    def _as_known_here(self, link: Link, draft: Link, address: ServerAddress) -> Link:
        """Write another server's link with the name that it has here, and who asked for it here.

        Raises `UpstreamError` for a URL that is none of a landing page. What is opened at once is
        on the host that a deployer named, whatever that server says of itself; a server that runs
        as this user is believed.
        """
        own_host = draft.interactive and self._is_configured(address.name)
        check_url(replace(link, interactive=draft.interactive), address, own_host=own_host)
        return replace(link, target=self.at(link.target, address.name), minted_by=draft.minted_by)

    def _is_ours(self, link: Link) -> bool:
        return self.context.local is not None and link.audience == self.context.local.id

    def _is_configured(self, server: str) -> bool:
        return any(server == entry.name for entry in self.context.settings.servers)

    async def _server_that_redeems(self, link: Link) -> ServerAddress:
        address = await self.directory.by_id(link.audience)
        return address or await self.directory.find(self.server_of(link.target))


def directory_of(context: ProviderContext) -> ServerDirectory:
    """Make the directory of servers that a context describes."""
    return ServerDirectory(
        context.settings, context.clock, context.offload, context.connect, local=context.local
    )


def refuse_options(target: Target) -> None:
    """Refuse options such as region: a Jupyter server has none."""
    if target.options:
        raise BadReferenceError(
            f"A {target.provider} target takes no option {target.options[0][0]!r}.",
            hint="Leave out what comes after '?'.",
        )


async def _check_held(link: Link, draft: Link, api: PresignApi, address: ServerAddress) -> None:
    """Refuse a link whose sessions would not be held to the policy that it was asked for under.

    An older server knows of none. Raises `UpstreamError`.
    """
    if link.permission != draft.permission:
        await api.revoke(link.id)
        raise UpstreamError(
            f"The server {address.name!r} does not hold links to the policy that they are minted "
            "under.",
            hint="Bring nb_presign up to date there: pip install -U nb_presign.",
            id=link.id,
        )


def _request(draft: Link, target: Target) -> MintRequest:
    """Ask for the terms of a draft again."""
    return MintRequest(
        target=target,
        expires_in=round((draft.expires_at - draft.created_at).total_seconds()),
        session_seconds=draft.session_seconds,
        scope=draft.scope,
        max_uses=draft.max_uses,
        allowed_ips=draft.allowed_ips,
        note=draft.note,
        interactive=draft.interactive,
        within=draft.narrowing.path if draft.narrowing else "",
        bind_ip=draft.bind_ip,
        permission=draft.permission,
    )
