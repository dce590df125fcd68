"""Finds out what keeps a server of a Hub from being shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nb_presign.errors import PresignError
from nb_presign.model import Finding, Target, TargetState
from nb_presign.providers.hub.aim import take_apart
from nb_presign.providers.hub.looking import find, info_of
from nb_presign.providers.hub.place import HubPlace
from nb_presign.providers.hub.scopes import not_shared

if TYPE_CHECKING:
    from nb_presign.providers.hub.client import HubClient


async def examine_server(hub: HubClient, target: Target, place: HubPlace) -> list[Finding]:
    """Look whether a server runs, and whether the token may share it; what fails is a finding."""
    try:
        aim = take_apart(target, place)
        server = await find(hub, aim, place)
        me = await hub.whoami()
    except PresignError as error:
        return [Finding(name="server", ok=False, message=error.message, mend=error.hint)]
    info = info_of(aim, server, me, place)
    findings = [
        Finding(
            name="server",
            ok=info.state is TargetState.READY,
            message=f"{info.title} is {info.state}.",
            mend=info.mend,
        )
    ]
    refusal = not_shared(me, aim.user, aim.server)
    if refusal is not None:
        findings.append(
            Finding(name="sharing", ok=False, message=refusal.message, mend=refusal.hint)
        )
    return findings
