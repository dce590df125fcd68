"""`jupyter presign policy`: say what a policy document comes to, and why.

No server is asked: the document is that of a file, or the one that a server started here would
read from its configuration.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from nb_presign import reference
from nb_presign.bootstrap import connect_policy
from nb_presign.clock import Clock
from nb_presign.commands import command, outcome
from nb_presign.commands.doing.configured import read_settings
from nb_presign.errors import UsageError
from nb_presign.model import Narrowing, Permission, Scope, Target
from nb_presign.policy import ConnectPolicy, Request, Statement, Visit, parse_address
from nb_presign.policy.conditions import KEYS, read_time, show
from nb_presign.policy.connecting import CONNECT
from nb_presign.policy.reading import read_file
from nb_presign.settings import Settings, default_server_name


@dataclass(frozen=True, slots=True)
class _Grant:
    """A link that might be minted."""

    target: Target
    scope: Scope
    narrowing: Narrowing | None
    permission: Permission | None = None


def check(
    asked: command.CheckPolicy, clock: Clock, settings: Settings | None = None
) -> outcome.Ruling:
    """Judge a guest's request as a server would; raises `InputError`, `BadPolicyError`."""
    visit, now = Visit(_address(asked.ip), secure=not asked.http), _time(asked.at, clock)
    policy, source = _policy(asked, settings)
    document = policy.document
    if document is None:
        return outcome.Ruling(
            allowed=True, why="no policy is configured, so that links alone decide", source=""
        )
    target, server = _target(asked.target, policy.server)
    policy = ConnectPolicy(document, server, policy.region)
    grant = _Grant(target, asked.scope, Narrowing(asked.within) if asked.within else None)
    decision = policy.decide(grant, visit, now)
    request = policy.request(grant, visit, now)
    return outcome.Ruling(
        allowed=decision.allowed,
        why=decision.why,
        source=source,
        asked=_facts(request),
        statements=tuple(_judge(one, request) for one in document.statements),
    )


def _policy(asked: command.CheckPolicy, settings: Settings | None) -> tuple[ConnectPolicy, str]:
    settings = settings or read_settings()
    server = settings.server_name or default_server_name(str(Path.cwd()))
    if asked.file:
        document = read_file(Path(asked.file))
        return ConnectPolicy(document, server, settings.aws_api_region), asked.file
    file = settings.policy if isinstance(settings.policy, str) else ""
    return connect_policy(settings, server), file or "c.NbPresign.policy"


def _target(text: str, here: str) -> tuple[Target, str]:
    """Read a target, and the name of its server, as the server itself would write them."""
    found = reference.parse(text) if text else Target("jupyter", here)
    target = found if isinstance(found, Target) else found.of("jupyter")
    name, _, server = target.id.partition("@")
    if target.provider == "session":
        server = here if server in {"", "."} else server
        return replace(target, id=f"{name}@{server}"), server
    server = here if target.id == "." else target.id
    return replace(target, id=server), server


def _address(text: str) -> str:
    address = parse_address(text)
    if text and address is None:
        raise UsageError(
            f"Not an address: {text[:60]!r}.", hint="Write it like 203.0.113.7 or 2001:db8::7."
        )
    return "" if address is None else str(address)


def _time(text: str, clock: Clock) -> datetime:
    try:
        return read_time(text) if text else clock.now()
    except ValueError as error:
        raise UsageError(f"--at: {error}.") from error


def _judge(statement: Statement, request: Request) -> outcome.Judged:
    misses = statement.misses(request)
    because = misses or tuple(each.told(request.context) for each in statement.conditions)
    return outcome.Judged(
        number=statement.number,
        sid=statement.sid,
        effect=str(statement.effect),
        applies=not misses,
        because=because,
    )


def _facts(request: Request) -> tuple[tuple[str, str], ...]:
    """Say what was asked for; of the request's context, what the document looks at."""
    actions = [name for name in request.actions if name != CONNECT] or [CONNECT]
    named = [("action", name) for name in actions] + [("resource", request.resources[-1])]
    known = ((KEYS[key][0], show(fact)) for key, fact in sorted(request.context.items()))
    return (*named, *known)
