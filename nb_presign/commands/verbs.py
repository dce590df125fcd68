"""What each verb does: a command and an API in, an outcome out; nothing is printed here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import singledispatch
from typing import TypeVar

from nb_presign.api import PresignApi
from nb_presign.clock import Clock, SystemClock
from nb_presign.commands import command, outcome
from nb_presign.commands.completion.script import completion_script
from nb_presign.commands.connections import STALE, Connections
from nb_presign.commands.doing.abbreviation import find_link, find_session
from nb_presign.commands.doing.doctor import diagnose
from nb_presign.commands.doing.listing import list_targets
from nb_presign.commands.doing.starting import Starter
from nb_presign.commands.progress import Progress
from nb_presign.errors import PresignError, TargetNotReadyError
from nb_presign.model import Link, LinkState, Session, SessionState, Target
from nb_presign.reference import to_markdown

T = TypeVar("T", Link, Session)


async def run(
    asked: command.Command,
    connections: Connections,
    *,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> outcome.Outcome:
    """Do what a command asks for; raises `PresignError`. What takes long is told to `progress`."""
    clock = clock or SystemClock()
    if written := _write(asked, clock):
        return written
    if isinstance(asked, command.KeysCommand):
        from nb_presign.commands.doing.keys import manage  # noqa: PLC0415  # for these verbs only

        return await manage(asked, clock)
    if isinstance(asked, command.AwsKeysCommand):
        from nb_presign.commands.doing import aws_keys  # noqa: PLC0415  # likewise

        return await aws_keys.manage(asked, clock)
    if isinstance(asked, command.Doctor):
        return await diagnose(connections, asked, clock)
    if isinstance(asked, command.WriteLink):
        return await _link(asked, connections)
    try:
        api = await connections.get(asked.server)
        return await _perform(asked, api, clock, progress or Progress())
    except STALE:
        connections.forget(asked.server)
        raise


def _write(asked: command.Command, clock: Clock) -> outcome.Outcome | None:
    """Do what needs no server."""
    if isinstance(asked, command.CheckPolicy):
        from nb_presign.commands.doing.policy import check  # noqa: PLC0415  # for these verbs only

        return check(asked, clock)
    if isinstance(asked, command.WritePolicy):
        from nb_presign.commands.doing.permission import permit  # noqa: PLC0415  # likewise

        return permit(asked)
    if isinstance(asked, command.Help):
        return outcome.Text(text=asked.text)
    if isinstance(asked, command.WriteCompletion):
        return outcome.Text(text=completion_script(asked.shell))
    return None


async def _link(asked: command.WriteLink, connections: Connections) -> outcome.Written:
    target = asked.target
    if not isinstance(target, Target):
        from nb_presign.commands.doing.here import find_here  # noqa: PLC0415  # for this verb only

        target = await find_here(connections, asked.server, path=target.path)
    return outcome.Written(text=to_markdown(target, asked.label), target=target)


async def _perform(
    asked: command.Command, api: PresignApi, clock: Clock, progress: Progress
) -> outcome.Outcome:
    """Do it, and where that is asked for, start first what is not ready.

    Minting is tried before that: terms that are refused must not cost money.
    """
    try:
        return await perform(asked, api, clock)
    except TargetNotReadyError:
        if not isinstance(asked, (command.Mint, command.Open)) or not asked.start:
            raise
    target = await Starter(api, clock, progress).start(asked.request.target)
    return await perform(replace(asked, request=replace(asked.request, target=target)), api, clock)


@singledispatch
async def perform(asked: command.Command, api: PresignApi, clock: Clock) -> outcome.Outcome:
    """Do what a command asks of an API."""
    del api, clock
    msg = f"no verb does {type(asked).__name__}"
    raise TypeError(msg)


@perform.register
async def _mint(asked: command.Mint, api: PresignApi, clock: Clock) -> outcome.Minted:
    link = await api.mint(asked.request)
    return outcome.Minted(link=link, at=clock.now())


@perform.register
async def _open(asked: command.Open, api: PresignApi, clock: Clock) -> outcome.Minted:
    link = await api.mint(asked.request)
    return outcome.Minted(link=link, at=clock.now(), to_open=True)


@perform.register
async def _refresh(asked: command.Refresh, api: PresignApi, clock: Clock) -> outcome.Minted:
    link = await api.refresh(await find_link(api, asked.id))
    return outcome.Minted(link=link, at=clock.now())


@perform.register
async def _show(asked: command.Show, api: PresignApi, clock: Clock) -> outcome.Shown:
    link = await api.link(await find_link(api, asked.id))
    return outcome.Shown(link=link, at=clock.now())


@perform.register
async def _targets(asked: command.ListTargets, api: PresignApi, clock: Clock) -> outcome.Targets:
    del clock
    return await list_targets(api, asked.provider, region=asked.region, profile=asked.profile)


@perform.register
async def _links(asked: command.ListLinks, api: PresignApi, clock: Clock) -> outcome.Links:
    now = clock.now()
    found = tuple(
        link for link in await api.links() if asked.everything or link.state(now) is LinkState.LIVE
    )
    return outcome.Links(links=found, at=now, caption="Links" if asked.everything else "Live links")


@perform.register
async def _sessions(asked: command.ListSessions, api: PresignApi, clock: Clock) -> outcome.Sessions:
    now = clock.now()
    found = tuple(
        session
        for session in await api.sessions()
        if asked.everything or session.state(now) is SessionState.LIVE
    )
    return outcome.Sessions(
        sessions=found, at=now, caption="Sessions" if asked.everything else "Live sessions"
    )


@perform.register
async def _revoke(asked: command.Revoke, api: PresignApi, clock: Clock) -> outcome.Links:
    ids = [await find_link(api, given) for given in asked.ids]
    ended, problems = await _each(api.revoke, ids)
    return outcome.Links(links=ended, at=clock.now(), caption="Revoked", problems=problems)


@perform.register
async def _end(asked: command.End, api: PresignApi, clock: Clock) -> outcome.Sessions:
    if asked.everything:
        everybody = await api.end_sessions()
        return outcome.Sessions(sessions=everybody, at=clock.now(), caption="Ended")
    ids = [await find_session(api, given) for given in asked.ids]
    ended, problems = await _each(api.end_session, ids)
    return outcome.Sessions(sessions=ended, at=clock.now(), caption="Ended", problems=problems)


async def _each(
    end: Callable[[str], Awaitable[T]], ids: Sequence[str]
) -> tuple[tuple[T, ...], tuple[PresignError, ...]]:
    """End all that can be ended: one that cannot must not keep the others alive."""
    ended: list[T] = []
    problems: list[PresignError] = []
    for one in dict.fromkeys(ids):
        try:
            ended.append(await end(one))
        except PresignError as error:  # noqa: PERF203  # each stands for itself
            problems.append(error)
    return tuple(ended), tuple(problems)
