"""How a Hub's servers are doing."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from nb_presign.errors import (
    AccessDeniedError,
    PresignError,
    TargetNotFoundError,
    TargetNotReadyError,
)
from nb_presign.model import TargetInfo, TargetPage, TargetState
from nb_presign.providers.hub.aim import HubAim
from nb_presign.providers.hub.answers import ServerModel, UserModel
from nb_presign.providers.hub.place import HubPlace
from nb_presign.providers.hub.scopes import STARTING, covers, denied

if TYPE_CHECKING:
    from nb_presign.providers.hub.client import HubClient


def is_here(aim: HubAim, place: HubPlace) -> bool:
    """Tell whether a target is on the very server that this process is, or belongs to."""
    return bool(place.user) and aim.root == HubAim(place.user, place.server)


async def find(hub: HubClient, aim: HubAim, place: HubPlace) -> ServerModel:
    """Look at a server; raises `TargetNotFoundError` and `AccessDeniedError`."""
    user = await hub.user(aim.user)
    if user is not None and user.servers is None and is_here(aim, place):
        return ServerModel(name=aim.server, ready=True, stopped=False)
    if user is None or user.servers is None:
        # Nobody sees other people's, but for those that they were let in to.
        shared = await _shared(hub, aim)
        if shared is not None:
            return shared
    if user is None:
        raise await _no_user(hub, aim)
    if user.servers is None:
        raise denied(f"read the servers of {aim.user!r}", ("read:servers",))
    if aim.server in user.servers:
        return user.servers[aim.server]
    if not aim.server:
        # It was never started.
        return ServerModel()
    near = get_close_matches(aim.server, user.servers, n=3, cutoff=0.5)
    written = " or ".join(HubAim(aim.user, each).reference for each in near)
    raise TargetNotFoundError(
        f"{aim.user!r} has no server {aim.server[:60]!r}.",
        hint=f"Did you mean {written}?"
        if near
        else "A page of the server without a name is written "
        f"{HubAim(aim.user, '', '/'.join(filter(None, (aim.server, aim.path)))).reference}",
        matches=near,
    )


async def page_of(hub: HubClient, place: HubPlace, offset: int) -> TargetPage:
    """List whatever servers the token may see, from a number of users on."""
    me = await hub.whoami()
    try:
        page = await hub.users(offset)
    except AccessDeniedError:
        return TargetPage(items=await _seen_by(hub, me, place))
    following = page.pagination.next
    return TargetPage(
        items=tuple(info for user in page.items for info in _infos_of(user, me, place)),
        cursor=str(following.offset) if following else "",
    )


async def _seen_by(hub: HubClient, me: UserModel, place: HubPlace) -> tuple[TargetInfo, ...]:
    """List what those see who may not list users: their own servers, and others' by shares."""
    if me.kind != "user":
        return tuple(_infos_of(me, me, place))
    own = await hub.user(me.name) or me
    shared = await hub.shared_with(me.name)
    # One is there as often as it was shared, with a person and with groups; maybe one's own, too.
    aims = {HubAim(each.user.name, each.name): each for each in shared if each.user.name != me.name}
    others = (info_of(aim, server, me, place) for aim, server in aims.items())
    return (*_infos_of(own, me, place), *others)


def _infos_of(user: UserModel, me: UserModel, place: HubPlace) -> list[TargetInfo]:
    """List a user's servers; one's own without a name always, since it can be started."""
    servers = dict(user.servers or {})
    if user.name == place.user and place.server not in servers:
        servers[place.server] = ServerModel(name=place.server, ready=True, stopped=False)
    if user.name == me.name and user.servers is not None:
        servers.setdefault("", ServerModel())
    return [
        info_of(HubAim(user.name, name), server, me, place)
        for name, server in sorted(servers.items())
    ]


def info_of(aim: HubAim, server: ServerModel, me: UserModel, place: HubPlace) -> TargetInfo:
    """Tell how a server is doing, to whom `me` is."""
    state, details = state_of(server), []
    startable = state is TargetState.STOPPED and may_start(aim, me)
    if is_here(aim, place):
        details.append("this server")
    if server.user.name:
        details.append(f"shared by {aim.user}")
    return TargetInfo(
        target=aim.target,
        title=f"{aim.user}/{aim.server}" if aim.server else aim.user,
        state=state,
        detail=" · ".join(details),
        mend=f"presign mint {aim.reference} --start" if startable else "",
        startable=startable,
    )


def may_start(aim: HubAim, me: UserModel) -> bool:
    """Tell whether a token holds what starts a server."""
    return any(covers(me.scopes, scope, aim.user, aim.server) for scope in STARTING)


def state_of(server: ServerModel) -> TargetState:
    """Tell whether it can be opened; the Hub says by three members of its answer."""
    if server.ready:
        return TargetState.READY
    if server.pending == "spawn":
        return TargetState.STARTING
    if server.pending:
        return TargetState.DOWN
    return TargetState.STOPPED if server.stopped else TargetState.STARTING


def not_ready(aim: HubAim, server: ServerModel, me: UserModel) -> TargetNotReadyError:
    """Say that a server cannot be opened now, with what mends it for whom `me` is."""
    state, startable = state_of(server), may_start(aim, me)
    hints = {
        TargetState.STOPPED: f"'presign mint {aim.reference} --start' starts it first."
        if startable
        else f"Ask {aim.user!r} to start it, or have the scope 'servers' given to this token.",
        TargetState.STARTING: "Wait until it is ready: 'presign targets hub' tells.",
    }
    return TargetNotReadyError(
        f"The {aim} is {state}.",
        hint=hints.get(state, "Wait until it is stopped, then start it."),
        target=aim.reference,
        state=str(state),
        startable=startable and state is TargetState.STOPPED,
    )


async def _shared(hub: HubClient, aim: HubAim) -> ServerModel | None:
    """Look among the servers that the token's owner is let in to."""
    me = await hub.whoami()
    servers = await hub.shared_with(me.name) if me.kind == "user" else ()
    here = (each for each in servers if (each.user.name, each.name) == (aim.user, aim.server))
    return next(here, None)


async def _no_user(hub: HubClient, aim: HubAim) -> TargetNotFoundError:
    near: list[str] = []
    try:
        near = get_close_matches(aim.user, [u.name for u in (await hub.users(0)).items], n=3)
    except PresignError:
        near = []
    return TargetNotFoundError(
        f"The Hub knows no user {aim.user[:60]!r}, or does not show them to this token.",
        hint=f"Did you mean {' or '.join(f'hub:{each}' for each in near)}?"
        if near
        else "'presign targets hub' lists whose servers can be seen.",
        matches=near,
    )
