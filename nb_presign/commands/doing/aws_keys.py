"""`jupyter presign aws-keys`: make, list and revoke what programs sign their requests with.

No server is asked: access keys are in the store that this user's servers share. Running servers
notice by themselves.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import singledispatch
from pathlib import Path

from nb_presign.access_keys import DEFAULT_POLICY, AccessKeys
from nb_presign.bootstrap import build, kept_access_keys
from nb_presign.bootstrap.user import local_actor
from nb_presign.clock import Clock
from nb_presign.commands import command, outcome
from nb_presign.commands.doing.abbreviation import find_access_key
from nb_presign.commands.doing.configured import has_store, read_settings
from nb_presign.commands.doing.endpoint import find_endpoint
from nb_presign.errors import BadPolicyError, PresignError
from nb_presign.model import AccessKey, Link
from nb_presign.policy.actions import OPERATIONS
from nb_presign.providers.running import running_servers
from nb_presign.settings import Settings

_DEFAULT = (
    f"Without --policy, it may do the {len(OPERATIONS)} operations that AWS's protocol has here, "
    "for every server and session, and nothing else."
)
_NOT_SPOKEN = (
    "No server speaks AWS's protocol yet, as far as the configuration says: write "
    "c.NbPresign.aws_api = True into jupyter_server_config.py, and start the server again."
)
_NOT_SERVED = "This configuration serves no links of its own: {}."


async def manage(
    asked: command.AwsKeysCommand, clock: Clock
) -> outcome.NewAccessKey | outcome.AccessKeys:
    """Do what a verb of `aws-keys` asks for; raises `PresignError`."""
    settings = read_settings()
    if not isinstance(asked, command.CreateAccessKey) and not has_store(settings):
        for given in asked.ids if isinstance(asked, command.RevokeAccessKeys) else ():
            find_access_key((), given)  # raises that there is none
        return _listed((), clock)
    with kept_access_keys(settings, clock) as keys:
        return await _do(asked, keys, settings)


async def revocable(clock: Clock) -> tuple[str, ...]:
    """List the ids of the keys that are good; raises `PresignError`."""
    settings = read_settings()
    if not has_store(settings):
        return ()
    with kept_access_keys(settings, clock) as keys:
        return tuple(key.id for key in await keys.all() if key.live)


@singledispatch
async def _do(
    asked: command.AwsKeysCommand, keys: AccessKeys, settings: Settings
) -> outcome.NewAccessKey | outcome.AccessKeys:
    del keys, settings
    msg = f"no verb does {type(asked).__name__}"
    raise TypeError(msg)


@_do.register
async def _create(
    asked: command.CreateAccessKey, keys: AccessKeys, settings: Settings
) -> outcome.NewAccessKey:
    policy = _document(asked.policy) if asked.policy else DEFAULT_POLICY
    where = find_endpoint(asked.url, settings, running_servers())
    key, secret = await keys.create(policy, scope=asked.scope, note=asked.note, actor=local_actor())
    notes = (
        "" if asked.policy else _DEFAULT,
        where.note,
        _NOT_SERVED.format(settings.why_off) if settings.why_off else "",
        "" if settings.aws_api else _NOT_SPOKEN,
    )
    return outcome.NewAccessKey(
        key=key,
        secret=secret,
        endpoint=where.url,
        region=settings.aws_api_region,
        instance=where.instance,
        notes=tuple(filter(None, notes)),
    )


@_do.register
async def _list(
    asked: command.ListAccessKeys, keys: AccessKeys, settings: Settings
) -> outcome.AccessKeys:
    del settings
    found = [key for key in await keys.all() if asked.everything or key.live]
    return _listed(found, keys.clock)


@_do.register
async def _revoke(
    asked: command.RevokeAccessKeys, keys: AccessKeys, settings: Settings
) -> outcome.AccessKeys:
    known = [key.id for key in await keys.all()]
    ids = dict.fromkeys(find_access_key(known, given) for given in asked.ids)
    actor = local_actor()
    ended = [await keys.revoke(key_id, actor) for key_id in ids]
    now = keys.clock.now()
    links = [link for one in ended for link in one.links]
    return outcome.AccessKeys(
        keys=tuple(
            outcome.AccessKeyFacts(
                key=one.key,
                links=sum(link.expires_at > now for link in one.links),
                sessions=len(one.sessions),
            )
            for one in ended
        ),
        at=now,
        caption="Revoked",
        problems=await _end_elsewhere(links, keys, settings),
    )


async def _end_elsewhere(
    links: Iterable[Link], keys: AccessKeys, settings: Settings
) -> tuple[PresignError, ...]:
    """End what servers of the configuration redeem, which may have stores of their own.

    Returns why that could not be done.
    """
    names = {server.name for server in settings.servers}
    away = [link for link in links if link.target.id.rpartition("@")[2] in names]
    if not away:
        return ()
    runtime = build(settings, actor=local_actor(), clock=keys.clock)
    problems = []
    try:
        for link in away:
            try:
                await runtime.service.revoke(link.id)
            except PresignError as error:  # noqa: PERF203  # each stands for itself
                problems.append(_still_open(link, error))
    finally:
        await runtime.service.aclose()
    return tuple(problems)


def _still_open(link: Link, error: PresignError) -> PresignError:
    server = link.target.id.rpartition("@")[2]
    return type(error)(
        f"The link {link.id} is revoked here, but {server!r} could not be told: {error.message}",
        hint=f"Try again: presign revoke {link.id}",
        **error.fields,
    )


def _listed(keys: Iterable[AccessKey], clock: Clock) -> outcome.AccessKeys:
    return outcome.AccessKeys(
        keys=tuple(outcome.AccessKeyFacts(key=key) for key in keys),
        at=clock.now(),
        caption="Access keys",
    )


def _document(given: str) -> str:
    """Read a policy: JSON as it is, `-` for standard input, or the path of a file."""
    if given.lstrip().startswith("{"):
        return given
    try:
        return sys.stdin.read() if given == "-" else Path(given).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadPolicyError(
            f"The policy cannot be read from {given[:200]!r} ({type(error).__name__}).",
            hint="Write the path of a JSON file, '-' for standard input, or the JSON itself.",
        ) from error
