"""Outcomes as text for people: summaries and tables; never a URL."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from nb_presign.commands import outcome
from nb_presign.commands.table import Table, one_line
from nb_presign.duration import format_duration
from nb_presign.errors import PresignError
from nb_presign.model import Link, LinkState, Scope, Session, SessionState
from nb_presign.reference import format_reference

_MAY = {
    Scope.READ: "look, run nothing, change nothing",
    Scope.EXECUTE: "look, run code and save",
    Scope.FULL: "whatever the owner may do, nb_presign apart",
}


def summary(link: Link, at: datetime) -> str:
    """Write the facts of a link, one in a line."""
    state = link.state(at)
    facts = [
        ("link", link.id),
        ("opens", format_reference(link.target)),
        ("expires" if state is LinkState.LIVE else "state", _expiry(link, at)),
        ("session", f"{format_duration(link.session_seconds)} after it is opened"),
        ("scope", f"{link.scope}: {_MAY[link.scope]}"),
        ("reach", _reach(link)),
        ("uses", _uses(link)),
        ("from", ", ".join(link.allowed_ips)),
        ("note", link.note),
        ("by", link.minted_by),
    ]
    return "\n".join(f"{name:<8} {one_line(value)}" for name, value in facts if value)


def table(result: outcome.Outcome) -> Table | None:
    """Write an outcome that is a list as a table; None for any other."""
    make = _TABLES.get(type(result))
    return make(result) if make else None


def essentials(result: outcome.Outcome) -> tuple[str, ...]:
    """Write what `--quiet` leaves: ids, references, the text; never a URL."""
    if isinstance(result, (outcome.Minted, outcome.Shown)):
        return (result.link.id,)
    if isinstance(result, (outcome.Links, outcome.Sessions, outcome.Keys)):
        return tuple(one.id for one in result.value)
    if isinstance(result, outcome.Targets):
        return tuple(format_reference(info.target) for info in result.targets)
    if isinstance(result, outcome.Ruling):
        return ("allowed" if result.allowed else "denied",)
    if isinstance(result, outcome.Diagnosis):
        return tuple(check.name for check in result.checks if not check.ok)
    return (result.text,)


def complain(error: PresignError) -> str:
    """Write an error: what is wrong, then what to do."""
    lines = one_line(error.message), one_line(error.hint)
    return "\n".join(filter(None, lines))


def _links(result: outcome.Links) -> Table:
    return Table(
        result.caption,
        ("id", "target", "state", "ends", "scope", "uses", "note"),
        tuple(
            (
                link.id,
                format_reference(link.target),
                str(link.state(result.at)),
                _when(link.revoked_at or link.expires_at, result.at),
                str(link.scope),
                _uses(link),
                link.note,
            )
            for link in result.links
        ),
        "No links.",
        _problems(result.problems),
    )


def _sessions(result: outcome.Sessions) -> Table:
    return Table(
        result.caption,
        ("id", "target", "state", "ends", "scope", "from", "link", "note"),
        tuple(_session(session, result.at) for session in result.sessions),
        "No guests' sessions.",
        _problems(result.problems),
    )


def _session(session: Session, at: datetime) -> tuple[str, ...]:
    state = session.state(at)
    ended = session.ended_at if state is SessionState.ENDED else None
    return (
        session.id,
        format_reference(session.target),
        str(state),
        _when(ended or session.expires_at, at),
        str(session.scope),
        session.address,
        session.link_id,
        session.note,
    )


def _targets(result: outcome.Targets) -> Table:
    return Table(
        "Targets",
        ("target", "state", "title", "detail", "to mend"),
        tuple(
            (format_reference(info.target), str(info.state), info.title, info.detail, info.mend)
            for info in result.targets
        ),
        "No targets.",
        result.notes,
    )


def _diagnosis(result: outcome.Diagnosis) -> Table:
    bad = sum(not check.ok for check in result.checks)
    verdict = "All is well." if not bad else f"{bad} of {len(result.checks)} checks failed."
    return Table(
        "What the doctor found",
        ("check", "result", "finding", "to mend"),
        tuple(
            (check.name, "ok" if check.ok else "problem", check.message, check.mend)
            for check in result.checks
        ),
        "Nothing was checked.",
        (verdict,),
    )


def _keys(result: outcome.Keys) -> Table:
    return Table(
        result.caption,
        ("id", "made", "signs new links"),
        tuple(
            (
                key.id,
                _when(key.created_at, result.at) if key.created_at else "unknown",
                "yes"
                if key.signs
                else f"until {_when(key.replaced_at, result.at)}"
                if key.replaced_at
                else "no",
            )
            for key in result.keys
        ),
        result.empty,
        result.notes,
    )


def _ruling(result: outcome.Ruling) -> Table:
    sentence = f"{'Allowed' if result.allowed else 'Denied'}: {result.why}."
    asked = "; ".join(f"{name} {value}" for name, value in result.asked)
    return Table(
        f"The policy of {result.source}" if result.source else "The policy",
        ("statement", "effect", "applies", "because"),
        tuple(
            (
                f"{one.number} ({one.sid})" if one.sid else str(one.number),
                one.effect,
                "yes" if one.applies else "no",
                "; ".join(one.because) or "it has no conditions",
            )
            for one in result.statements
        ),
        sentence,
        (sentence, f"Asked: {asked}.") if result.statements else (),
    )


def _problems(problems: Iterable[PresignError]) -> tuple[str, ...]:
    return tuple(str(problem) for problem in problems)


def _expiry(link: Link, at: datetime) -> str:
    state = link.state(at)
    if state is LinkState.REVOKED and link.revoked_at:
        return f"revoked {_when(link.revoked_at, at)}"
    if state is LinkState.USED:
        return "used up"
    when = f"{_when(link.expires_at, at)} ({link.expires_at:%Y-%m-%d %H:%M:%S} UTC)"
    return when if state is LinkState.LIVE else f"expired {when}"


def _when(then: datetime, at: datetime) -> str:
    seconds = (then - at).total_seconds()
    return f"in {format_duration(seconds)}" if seconds > 0 else f"{format_duration(-seconds)} ago"


def _uses(link: Link) -> str:
    return "unlimited" if link.max_uses is None else f"{link.uses} of {link.max_uses}"


def _reach(link: Link) -> str:
    """Say how much of the place the scope is for; empty where nb_presign is not its service."""
    if link.narrowing:
        return f"only {link.narrowing.path}"
    return "everything on the server" if link.audience else ""


#: By outcome.
_TABLES: dict[type[outcome.Outcome], Callable[[Any], Table]] = {
    outcome.Links: _links,
    outcome.Sessions: _sessions,
    outcome.Targets: _targets,
    outcome.Diagnosis: _diagnosis,
    outcome.Keys: _keys,
    outcome.Ruling: _ruling,
}
