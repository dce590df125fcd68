"""How a target is doing: decided from what AWS describes, never from the texts of errors."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from nb_presign.aws.gateway import AwsGateway
from nb_presign.errors import (
    AccessDeniedError,
    InputError,
    TargetNotFoundError,
    TargetNotReadyError,
)
from nb_presign.model import TargetInfo, TargetState
from nb_presign.providers.aws.aim import Aim
from nb_presign.providers.aws.operation import Look, Operation

#: From what keeps a target from being opened most to what does least.
_WORST_FIRST = (
    TargetState.FAILED,
    TargetState.DOWN,
    TargetState.STOPPED,
    TargetState.STARTING,
    TargetState.UNKNOWN,
    TargetState.READY,
)
#: What may be opened: AWS has words that nobody has told us of, and people who may not describe.
TRIED = frozenset({TargetState.READY, TargetState.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What AWS said of a target."""

    state: TargetState
    #: AWS's word for it; empty where it did not say.
    word: str = ""
    #: Host of its pages in lower case; empty where it did not say.
    host: str = ""
    instance_type: str = ""
    #: Why it is in that state.
    reason: str = ""
    startable: bool = False
    #: Why it may not be described by these credentials.
    denied: AccessDeniedError | None = None


async def look(gateway: AwsGateway, aim: Aim, *, fresh: bool = False) -> Seen:
    """Ask how a target is doing; raises `TargetNotFoundError` where there is none.

    Who may mint may not always describe: that is `UNKNOWN`, and no error.
    """
    asked = [
        (each, parameters)
        for each in aim.row.looks
        if (parameters := aim.look_parameters(each)) is not None
    ]
    found = await asyncio.gather(*(_ask(gateway, aim, *each, fresh=fresh) for each in asked))
    worst = min(found, key=lambda seen: _WORST_FIRST.index(seen.state))
    return replace(
        worst,
        host=next((seen.host for seen in found if seen.host), ""),
        instance_type=next((seen.instance_type for seen in found if seen.instance_type), ""),
    )


async def _ask(
    gateway: AwsGateway, aim: Aim, look: Look, parameters: Mapping[str, str], *, fresh: bool
) -> Seen:
    try:
        answer = await gateway.read(
            aim.place, aim.row.service, look.operation, fresh=fresh, **parameters
        )
    except AccessDeniedError as error:
        return Seen(state=TargetState.UNKNOWN, denied=error)
    except InputError as error:
        if not error.fields.get("aws_code"):
            raise
        # It is asked by a name only, which keeps to the rules of the model: what AWS does not take
        # of it (EMR and Athena have no other error) is that there is nothing of that name.
        raise TargetNotFoundError(error.message, hint=error.hint, **error.fields) from None
    return _seen(look, answer)


def _seen(look: Look, answer: Mapping[str, Any]) -> Seen:
    word = text_at(answer, look.state)
    member, wanted, wrong = look.must
    if member and text_at(answer, member) not in {"", wanted}:
        return Seen(state=TargetState.FAILED, word=word, reason=wrong)
    return Seen(
        state=look.states.get(word, TargetState.UNKNOWN),
        word=word,
        host=host_of(text_at(answer, look.host)),
        instance_type=text_at(answer, look.instance_type),
        reason=text_at(answer, look.reason),
        startable=word in look.startable,
    )


def info(aim: Aim, seen: Seen, *, title: str = "") -> TargetInfo:
    """Tell of a target as lists do."""
    return TargetInfo(
        target=aim.target,
        title=title or list(aim.names.values())[-1],
        state=seen.state,
        detail=detail(seen.state, seen.word, (seen.denied and seen.denied.message) or seen.reason),
        mend=mend(aim.row, aim.reference, seen.state, startable=seen.startable),
        instance_type=seen.instance_type,
        startable=seen.startable and bool(aim.row.start),
    )


def detail(state: TargetState, word: str, reason: str = "") -> str:
    """Say in AWS's words why something is not simply ready."""
    if state is TargetState.READY:
        return ""
    word = "" if word.lower() == state else word
    return ": ".join(part for part in (word, reason.strip().rstrip(".")[:300]) if part)


def mend(row: Operation, reference: str, state: TargetState, *, startable: bool) -> str:
    """Say what makes a target usable."""
    if state in TRIED:
        return ""
    if startable and row.start:
        return f"presign mint {reference} --start"
    if state in {TargetState.STARTING, TargetState.DOWN}:
        return f"Wait a moment, and look again: presign targets {row.provider}"
    return ""


def check_ready(aim: Aim, seen: Seen) -> None:
    """Raise `TargetNotReadyError` for what cannot be opened now, with what mends it."""
    if seen.state in TRIED:
        return
    why = f" {seen.reason.strip()}" if seen.reason else ""
    raise TargetNotReadyError(
        f"The {aim} is {seen.word or seen.state}.{why}"[:500],
        hint=_hint(aim, seen),
        target=aim.reference,
        state=str(seen.state),
        startable=seen.startable and bool(aim.row.start),
        instance_type=seen.instance_type,
    )


def _hint(aim: Aim, seen: Seen) -> str:
    if seen.startable and aim.row.start:
        what = seen.instance_type or "it"
        return (
            f"'presign mint {aim.reference} --start' starts it first; {what} is paid for from then "
            "until it is stopped."
        )
    if seen.state is TargetState.STARTING:
        return f"Wait until it is ready: 'presign targets {aim.row.provider}' tells."
    if seen.state is TargetState.DOWN:
        return f"Wait until it is done, and try again: 'presign targets {aim.row.provider}' tells."
    if seen.state is TargetState.STOPPED:
        return "Start it where it is managed; that is not done from here."
    return f"Choose another one: 'presign targets {aim.row.provider}' lists them."


def text_at(found: Mapping[str, Any], members: str) -> str:
    """Read a text below members with dots between; empty where there is none."""
    value: Any = found
    for member in members.split(".") if members else ():
        value = value.get(member) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def host_of(url: str) -> str:
    """Read the host of a URL in lower case; AWS writes some without `https://`."""
    if not url:
        return ""
    try:
        return (urlsplit(url if "://" in url else f"https://{url}").hostname or "").lower()
    except ValueError:
        return ""
