"""How a Hub's servers are doing."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from nb_presign.errors import PresignError, TargetNotFoundError, TargetNotReadyError
from nb_presign.model import TargetInfo, TargetState
from nb_presign.providers.hub.aim import HubAim
from nb_presign.providers.hub.answers import ServerModel, UserModel
from nb_presign.providers.hub.place import HubPlace
from nb_presign.providers.hub.scopes import covers, denied

if TYPE_CHECKING:
    from nb_presign.providers.hub.client import HubClient


def is_here(aim: HubAim, place: HubPlace) -> bool:
    """Tell whether a target is on the very server that this process is, or belongs to."""
    return bool(place.user) and aim.root == HubAim(place.user, place.server)


async def find(hub: HubClient, aim: HubAim, place: HubPlace) -> ServerModel:
    """Look at a server; raises `TargetNotFoundError` and `AccessDeniedError`."""
    user = await hub.user(aim.user)
    if user is None:
        raise await _no_user(hub, aim)
    if user.servers is None:
        if is_here(aim, place):
            return ServerModel(name=aim.server, ready=True, stopped=False)
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


def infos_of(user: UserModel, me: UserModel, place: HubPlace) -> list[TargetInfo]:
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
    state, here = state_of(server), is_here(aim, place)
    startable = state is TargetState.STOPPED and any(
        covers(me.scopes, scope, aim.user, aim.server) for scope in ("start:servers", "servers")
    )
    return TargetInfo(
        target=aim.target,
        title=f"{aim.user}/{aim.server}" if aim.server else aim.user,
        state=state,
        detail="this server" if here else "",
        mend=f"presign mint {aim.reference} --start" if startable else "",
        startable=startable,
    )


def state_of(server: ServerModel) -> TargetState:
    """Tell whether it can be opened; the Hub says by three members of its answer."""
    if server.ready:
        return TargetState.READY
    if server.pending == "spawn":
        return TargetState.STARTING
    if server.pending:
        return TargetState.DOWN
    return TargetState.STOPPED if server.stopped else TargetState.STARTING


def check_ready(aim: HubAim, server: ServerModel) -> None:
    """Raise `TargetNotReadyError` for one that cannot be opened now, with what mends it."""
    state = state_of(server)
    if state is TargetState.READY:
        return
    hints = {
        TargetState.STOPPED: f"'presign mint {aim.reference} --start' starts it first.",
        TargetState.STARTING: "Wait until it is ready: 'presign targets hub' tells.",
    }
    raise TargetNotReadyError(
        f"The {aim} is {state}.",
        hint=hints.get(state, "Wait until it is stopped, then start it."),
        target=aim.reference,
        state=str(state),
        startable=state is TargetState.STOPPED,
    )


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
